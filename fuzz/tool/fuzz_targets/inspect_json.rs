//! `trace-inspect`: JSON.
//!
//! - A flat object of strings is JSON, and each of its headers is found.
//! - A `traceparent` is found as the value of a key, as an item of a list, and in a pair of name and
//!   value.
#![cfg_attr(not(test), no_main)]

use propagator_oracle::notations::{flat_object, known};
use propagator_oracle::w3c::read_traceparent;
use tool_fuzz::found::{assert_has, assert_message, only};
use trace_inspect::headers::readers::json;

propagator_fuzz::value! {
    typical_len: 64;
    words: [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "{\"traceparent\":\"", "\"}",
        "{\"headers\":", "[\"traceparent\",\"0\"]", "{\"name\":\"b3\",\"value\":\"1\"}", "\"values\":[",
        "{\"log\":{\"entries\":[", "{\"request\":", "\"method\":\"GET\",\"url\":\"/\"", "\"status\":200",
        "\"trace_id\":\"27bb7faa48294cf49ae6007d70905468\"", "\"disabled\":true", "{", "}", "[", "]", ",",
        ":", "null", "1", "\\u0061"
    ];
    fn check(text: &str) {
        let mut first = None;
        let is_json = json(text, &mut |message| {
            assert_message(&message);
            first.get_or_insert(message);
        });
        assert!(is_json || first.is_none());
        if text.starts_with('{') && flat_object(text, |_, _| {}).is_some() {
            assert!(is_json);
            flat_object(text, |key, value| {
                let is_plain = value.bytes().all(|b| b.is_ascii_graphic());
                if let Some(name) = known(key).filter(|_| is_plain && !matches!(value, "" | "-")) {
                    assert_has(first.as_ref().expect("a message"), name, value);
                }
            });
        }
        if text.len() == 55 && read_traceparent(text).is_some() {
            check_shapes(text);
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
        ("{\"http.request.header.traceparent\":\"", "\"}"),
        ("{\"a\":1}\n{\"traceparent\":\"", "\"}\n[]"),
    ] {
        let value = [before, text, after].concat();
        assert_has(&only(|out| assert!(json(&value, out))), "traceparent", text);
    }
}
