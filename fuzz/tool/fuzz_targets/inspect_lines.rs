//! `trace-inspect`: names and values in lines.
//!
//! - Each value is part of the text, apart from the whitespace of joined lines.
//! - Header lines are one message with exactly these headers.
//! - A valid value is found after a name and an equals sign.
//! - A `traceparent` is found in the notations of languages and of logs.
#![cfg_attr(not(test), no_main)]

use propagator_oracle::notations::{assignment, header_line, known};
use propagator_oracle::w3c::read_traceparent;
use tool_fuzz::found::{assert_has, assert_message, only};
use trace_inspect::headers::readers::{is_valid, lines};

propagator_fuzz::value! {
    typical_len: 56;
    words: [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "traceparent: ", "baggage: a=1,\n b=2",
        "x-kontur-trace-id: 27bb7faa48294cf49ae6007d70905468", "sentry-trace", "\nbaggage: a", " b3=",
        "context-globals: FwAAAHZv", "TRACEPARENT=", "\"traceparent\": \"", "=> ", "[", "('", "\\\"",
        "name=\"traceparent\" value=\"", "\n", "\n ", "\t", ", "
    ];
    fn check(text: &str) {
        let block: Vec<&str> = text.lines().collect();
        let is_escaped = text.contains('\\');
        lines(&block, &mut |message| {
            assert_message(&message);
            for value in message.headers.values() {
                assert!(is_escaped || is_part(value.as_bytes(), text), "{value:?}");
            }
        });
        if !block.is_empty() && block.iter().all(|line| header_line(line).is_some()) {
            check_header_lines(&block);
        }
        if let [line] = block[..] {
            check_assignments(line);
        }
        if text.len() == 55 && read_traceparent(text).is_some() {
            check_notations(text);
        }
    }
}

/// Whether a value consists of bytes of the text in their order, apart from spaces.
fn is_part(value: &[u8], text: &str) -> bool {
    let mut rest = text.bytes();
    let mut bytes = value.iter().filter(|byte| **byte != b' ');
    bytes.all(|byte| rest.any(|other| other == *byte))
}

fn check_header_lines(block: &[&str]) {
    let message = only(|out| lines(block, out));
    assert_eq!(message.headers.len(), block.len());
    for (name, value) in block.iter().filter_map(|line| header_line(line)) {
        assert_has(&message, name, value);
    }
}

fn check_assignments(line: &str) {
    if !line.split(' ').all(|word| assignment(word).is_some()) {
        return;
    }
    for (name, value) in line.split(' ').filter_map(assignment) {
        if let Some(name) = known(name).filter(|name| is_valid(name, value)) {
            assert_has(&only(|out| lines(&[line], out)), name, value);
        }
    }
}

fn check_notations(text: &str) {
    for (before, after) in [
        ("level=info traceparent=", " status=200"),
        ("\"GET / HTTP/1.1\" 200 traceparent=\"", "\""),
        ("{'host': 'a', 'Traceparent': '", "'}"),
        ("map[Host:[a] Traceparent:[", "]]"),
        ("<meta name=\"traceparent\" content=\"", "\">"),
        ("HTTP_TRACEPARENT => ", ","),
    ] {
        let line = [before, text, after].concat();
        assert_has(&only(|out| lines(&[&line], out)), "traceparent", text);
    }
}
