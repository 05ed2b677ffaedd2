//! `ot-tracer-*`. The first three lines of the input are its headers.
//!
//! - The propagator states what the naive reader reads.
//! - The headers that it writes state the same span. The trace id loses its upper half.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_ottrace::header::{SAMPLED, SPAN_ID, TRACE_ID};
use opentelemetry_propagator_ottrace::OtTracePropagator;
use propagator_fuzz::carrier::Few;
use propagator_fuzz::statement::{check as check_statement, header};
use propagator_oracle::other_formats::ottrace;

propagator_fuzz::value! {
    typical_len: 96;
    words: [
        "27bb7faa48294cf49ae6007d70905468\n", "9ae6007d70905468\n", "\n0bcd098a592642e4", "\ntrue",
        "\nFalse", "\n1", "\n0", "\n", ",", " ", "0000000000000000", "A"
    ];
    fn check(text: &str) {
        let carrier = Few::new([TRACE_ID, SPAN_ID, SAMPLED], text);
        let headers = [TRACE_ID, SPAN_ID, SAMPLED].map(|name| header(&carrier, name));
        check_statement(&OtTracePropagator::new(), &carrier, ottrace(headers.each_ref()));
    }
}
