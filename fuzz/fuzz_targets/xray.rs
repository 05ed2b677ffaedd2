//! `x-amzn-trace-id`. Each line of the input is a line of the header.
//!
//! - The propagator states what the naive reader reads.
//! - The header that it writes states the same span.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_xray::header::TRACE_ID;
use opentelemetry_propagator_xray::XrayPropagator;
use propagator_fuzz::carrier::OneName;
use propagator_fuzz::statement::{check as check_statement, header};

propagator_fuzz::value! {
    typical_len: 128;
    words: [
        "Root=1-27bb7faa-48294cf49ae6007d70905468", ";Parent=0bcd098a592642e4", ";Sampled=1",
        ";Sampled=0", ";Sampled=?", ";Lineage=1:0badc0de:255", ";Self=1-1a-2", "1-1a-", "\n", ",",
        " ", ";", "=", "00000000", "root"
    ];
    fn check(text: &str) {
        let carrier = OneName::new(TRACE_ID, text);
        let expected = propagator_oracle::other_formats::xray(&header(&carrier, TRACE_ID));
        check_statement(&XrayPropagator::new(), &carrier, expected);
    }
}
