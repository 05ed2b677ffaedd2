//! `KonturTrace`. The first three lines of the input are its headers.
//!
//! - The trace is the one that the naive parsers read from the three values.
//! - The headers written for a trace are extracted as that trace.
//! - Errors are short and safe to log.
#![cfg_attr(not(test), no_main)]

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_kontur::header::{KonturTrace, IS_SAMPLED, SPAN_ID, TRACE_ID};
use propagator_fuzz::carrier::Few;
use propagator_fuzz::value::assert_safe_to_log;
use propagator_oracle::{first_value, kontur};

propagator_fuzz::value! {
    typical_len: 96;
    words: [
        "27bb7faa48294cf49ae6007d70905468\n", "\n0bcd098a592642e4", "\n0bcd098a", "\ntrue",
        "\nFalse", "\n", " ", ",", "00000000"
    ];
    fn check(text: &str) {
        let carrier = Few::new([TRACE_ID, SPAN_ID, IS_SAMPLED], text);
        let trace = KonturTrace::extract(&carrier, |error| assert_safe_to_log(error));

        let [trace_id, span_id, sampled] = carrier.values();
        let lines = |value: &Option<_>| value.map_or([""], |value| [value]);
        let trace_id = first_value(trace_id, &lines(&trace_id), kontur::read_trace_id);
        let span_id = first_value(span_id, &lines(&span_id), kontur::read_span_id);
        let sampled = first_value(sampled, &lines(&sampled), kontur::read_is_sampled);
        assert_eq!(trace.map(|trace| trace.trace_id), trace_id.map(TraceId::from));
        if let Some(trace) = trace {
            assert_eq!(trace.span_id, span_id.map(SpanId::from));
            assert_eq!(trace.sampled, sampled);
            let mut written = carrier.without_values();
            trace.inject(&mut written);
            assert_eq!(KonturTrace::extract(&written, |error| panic!("{error}")), Some(trace));
        }
    }
}
