//! `sentry-trace`.
//!
//! - The parser accepts what the naive parser accepts, with the same ids and decision.
//! - The written value is parsed as the same trace.
//! - Errors are short and safe to log.
#![cfg_attr(not(test), no_main)]

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_sentry::SentryTrace;
use propagator_fuzz::value::assert_safe_to_log;
use propagator_oracle::sentry::read_trace;

propagator_fuzz::value! {
    typical_len: 64;
    words: [
        "771a43a4192642f0b136d5159a501700-1234567890abcdef", "-0", "-1", "-", "00-", "-00", ",",
        " ", "\t", "0000000000000000", "A"
    ];
    fn check(text: &str) {
        let parsed = text.parse::<SentryTrace>();
        let expected = read_trace(text).map(|trace| {
            let span_id = SpanId::from(trace.span_id.expect("the header contains a span id"));
            SentryTrace::new(TraceId::from(trace.trace_id), span_id, trace.sampled)
        });
        assert_eq!(parsed.as_ref().ok().copied(), expected);
        match parsed {
            Ok(trace) => assert_eq!(trace.encode().parse(), Ok(trace)),
            Err(error) => assert_safe_to_log(&error),
        }
    }
}
