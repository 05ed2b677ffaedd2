//! `trace-inspect`: the walk over JSON.
//!
//! - Each header of a flat object of strings is found.
//! - A `traceparent` is found as the value of a key, as an item of a list, in a pair of name and
//!   value, and with a type.
#![cfg_attr(not(test), no_main)]

use propagator_oracle::notations::{flat_object, known};
use propagator_oracle::w3c::read_traceparent;
use tool_fuzz::found::{assert_has, assert_message, read};

propagator_fuzz::value! {
    typical_len: 64;
    words: [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "{\"traceparent\":\"", "\"}",
        "{\"headers\":", "[\"traceparent\",\"0\"]", "{\"name\":\"b3\",\"value\":\"1\"}", "\"values\":[",
        "{\"log\":{\"entries\":[", "{\"request\":", "\"method\":\"GET\",\"url\":\"/\"", "\"status\":200",
        "\"trace_id\":\"27bb7faa48294cf49ae6007d70905468\"", "\"disabled\":true", "{", "}", "[", "]", ",",
        ":", "null", "1", "\\u0061", "\"StringValue\":", "\"DataType\":\"String\"", "[116, 114, 97, 99"
    ];
    fn check(text: &str) {
        let (messages, _) = read(text.as_bytes());
        messages.iter().for_each(assert_message);
        if text.len() == 55 && read_traceparent(text).is_some() {
            check_shapes(text);
        }
        // A name occurs once.
        let mut names = Vec::new();
        let is_flat = text.starts_with('{') && flat_object(text, |key, _| names.push(key.to_ascii_lowercase())).is_some();
        names.sort();
        if is_flat && names.windows(2).all(|pair| pair[0] != pair[1]) {
            flat_object(text, |key, value| {
                let is_plain = value.len() == 55 && read_traceparent(value).is_some();
                if let Some(name) = known(key).filter(|name| is_plain && *name == "traceparent") {
                    assert_has(&messages, name, value);
                }
            });
        }
    }
}

fn check_shapes(text: &str) {
    for (before, after) in [
        ("{\"request\":{\"headers\":{\"Traceparent\":[\"", "\"]}}}"),
        ("[[\"host\",\"a\"],[\"traceparent\",\"", "\"]]"),
        ("[{\"name\":\"traceparent\",\"value\":\"", "\"}]"),
        ("[\"Host\",\"a\",\"traceparent\",\"", "\"]"),
        (
            "{\"key\":\"traceparent\",\"value\":{\"stringValue\":\"",
            "\"}}",
        ),
        ("{\"traceparent\":{\"Type\":\"String\",\"Value\":\"", "\"}}"),
        ("{\"http.request.header.traceparent\":\"", "\"}"),
        ("{\"a\":1}\n{\"traceparent\":\"", "\"}\n[]"),
    ] {
        let value = [before, text, after].concat();
        assert_has(&read(value.as_bytes()).0, "traceparent", text);
    }
}
