//! `traceparent`.
//!
//! - The parser accepts what the naive parser accepts, with the same ids and flags.
//! - The written value is parsed as the same parent.
//! - If each line of the input is one header, a parent is extracted only if there is exactly one
//!   value.
//! - Errors are short and safe to log.
#![cfg_attr(not(test), no_main)]

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_w3c::traceparent::{TraceParent, TRACEPARENT};
use propagator_fuzz::carrier::OneName;
use propagator_fuzz::value::assert_safe_to_log;
use propagator_oracle::w3c;

propagator_fuzz::value! {
    typical_len: 64;
    words: [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "01-", "ff-", "-02", "-03", "-",
        "00000000000000000000000000000000", "\n", ",", " ", "\t", "A", "-01-extra"
    ];
    fn check(text: &str) {
        let parsed = text.parse::<TraceParent>();
        assert_eq!(parsed.as_ref().ok().copied(), w3c::read_traceparent(text).map(trace_parent));
        match parsed {
            Ok(parent) => assert_eq!(parent.to_string().parse(), Ok(parent)),
            Err(error) => assert_safe_to_log(&error),
        }
        // Two values are invalid.
        let carrier = OneName::new(TRACEPARENT, text);
        let extracted = TraceParent::extract(&carrier, |error| assert_safe_to_log(error));
        let expected = w3c::read_only_traceparent(&carrier.lines);
        assert_eq!(extracted, expected.map(trace_parent));
    }
}

fn trace_parent(read: w3c::TraceParent) -> TraceParent {
    let (trace_id, span_id) = (TraceId::from(read.trace_id), SpanId::from(read.span_id));
    TraceParent::new(trace_id, span_id, read.sampled, read.random)
}
