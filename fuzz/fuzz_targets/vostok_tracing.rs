//! The entry `vostok.tracing.context`, which contains two GUIDs in any of .NET's forms.
//!
//! - The parser accepts what the naive parser accepts, with the same ids.
//! - The written text is parsed as the same ids.
//! - Errors are short and safe to log.
#![cfg_attr(not(test), no_main)]

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_vostok::TracingContext;
use propagator_fuzz::value::assert_safe_to_log;
use propagator_oracle::vostok::read_tracing;

propagator_fuzz::value! {
    typical_len: 80;
    words: [
        "27bb7faa-4829-4cf4-9ae6-007d70905468;0bcd098a-5926-42e4-9603-2b13607e899e",
        "27BB7FAA48294CF49AE6007D70905468", "{27bb7faa-4829-4cf4-9ae6-007d70905468}",
        "(27bb7faa-4829-4cf4-9ae6-007d70905468)",
        "{0x27bb7faa,0x4829,0x4cf4,{0x9a,0xe6,0x00,0x7d,0x70,0x90,0x54,0x68}}", "0x", "0x0", "+", ",",
        "00000000-0000-0000-0000-000000000000", ";",
        ";;", " ", "\u{a0}", "{", ")"
    ];
    fn check(text: &str) {
        let parsed = text.parse::<TracingContext>();
        let ids = parsed.as_ref().ok().map(|tracing| (tracing.trace_id(), tracing.span_id()));
        let expected = read_tracing(text.as_bytes()).map(|(trace, span)| {
            (TraceId::from(trace), span.map_or(SpanId::INVALID, SpanId::from))
        });
        assert_eq!(ids, expected);
        match parsed {
            Ok(tracing) => assert_eq!(tracing.to_string().parse(), Ok(tracing)),
            Err(error) => assert_safe_to_log(&error),
        }
    }
}
