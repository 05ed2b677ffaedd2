//! The bytes of an envelope of `context-globals` or `context-properties`.
//!
//! - `Globals` contains the trace and the allowed entries that the naive parser finds.
//! - An invalid tracing entry is reported with an error that is short and safe to log.
//! - The written globals are parsed as the same trace and entries.
//! - Properties are accepted exactly if the whole envelope is valid and within the limit.
#![cfg_attr(not(test), no_main)]

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_vostok::header::{parse_properties, REQUEST_PRIORITY};
use opentelemetry_propagator_vostok::Globals;
use propagator_fuzz::value::assert_safe_to_log;
use propagator_oracle::{base64, vostok};

const ALLOW: [&str; 2] = [REQUEST_PRIORITY, "a"];

/// A string whose length takes two bytes.
#[cfg(not(test))]
const LONG: [u8; 261] = {
    let mut string = [b'v'; 261];
    (string[0], string[1], string[2], string[3]) = (1, 1, 0, 0);
    string
};

propagator_fuzz::value! {
    typical_len: 128;
    max_len: 1024;
    words: [
        "\x16\0\0\0vostok.tracing.context\
        \x49\0\0\x0027bb7faa-4829-4cf4-9ae6-007d70905468;0bcd098a-5926-42e4-9603-2b13607e899e",
        "\x17\0\0\0vostok.request.priority", "\x08\0\0\0Ordinary", "\x01\0\0\0a", "\0\0\0\0",
        "\x01\0\0\0", "\0\0\0\x7f", "\x01\x01\0\0a", "\x01\0\x01\0a", "\x01\0\0\x01a",
        match std::str::from_utf8(&LONG) {
            Ok(string) => string,
            Err(_) => panic!("the bytes are ASCII"),
        }
    ];
    fn check(input: &[u8]) {
        let header = base64::encode(input);
        let globals = Globals::parse(&header, &ALLOW, 1000);
        let expected = vostok::globals(&header, &ALLOW, 1000);
        assert_eq!(globals.is_ok(), expected.is_some());
        match (globals, expected) {
            (Ok(globals), Some(expected)) => {
                let ids = globals.tracing.map(|tracing| (tracing.trace_id(), tracing.span_id()));
                let id = |(trace, span): (u128, Option<u64>)| {
                    (TraceId::from(trace), span.map_or(SpanId::INVALID, SpanId::from))
                };
                assert_eq!(ids, expected.trace.map(id));
                assert_eq!(globals.tracing_error.is_some(), expected.is_trace_invalid);
                let allowed = expected.allowed.iter();
                let allowed = allowed.map(|(name, value)| (name.as_bytes(), value.as_slice()));
                assert!(globals.allowed.iter().eq(allowed));
                if let Some(error) = &globals.tracing_error {
                    assert_safe_to_log(error);
                }
                if let Some(written) = globals.encode() {
                    let again = Globals::parse(&written, &ALLOW, usize::MAX)
                        .expect("the written header is valid");
                    assert_eq!((again.tracing, again.allowed), (globals.tracing, globals.allowed));
                }
            }
            (Err(error), _) => assert_safe_to_log(&error),
            (Ok(_), None) => unreachable!("the assertion above compares them"),
        }
        let properties = parse_properties(&header, &ALLOW, 1000).ok();
        assert_eq!(properties.is_some(), vostok::open(&header).is_valid && header.len() <= 1000);
    }
}
