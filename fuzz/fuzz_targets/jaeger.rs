//! `uber-trace-id`. Each line of the input is a line of the header.
//!
//! - The propagator states what the naive reader reads.
//! - The header that it writes states the same span.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_jaeger::header::UBER_TRACE_ID;
use opentelemetry_propagator_jaeger::JaegerPropagator;
use propagator_fuzz::carrier::OneName;
use propagator_fuzz::statement::{check as check_statement, header};

propagator_fuzz::value! {
    typical_len: 96;
    words: [
        "27bb7faa48294cf49ae6007d70905468", ":0bcd098a592642e4", ":0:1", ":0:3", ":0:", "ff", "%3A",
        "%3a", ":", "\n", ",", " ", "00000000", "A"
    ];
    fn check(text: &str) {
        let carrier = OneName::new(UBER_TRACE_ID, text);
        let expected = propagator_oracle::other_formats::jaeger(&header(&carrier, UBER_TRACE_ID));
        check_statement(&JaegerPropagator::new(), &carrier, expected);
    }
}
