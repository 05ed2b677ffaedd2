//! B3 in both encodings. The first five lines of the input are its headers.
//!
//! - The propagator states what the naive reader reads.
//! - The headers that it writes, in either encoding, state the same span.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_zipkin::header::{B3, FLAGS, SAMPLED, SPAN_ID, TRACE_ID};
use opentelemetry_propagator_zipkin::B3Propagator;
use propagator_fuzz::carrier::Few;
use propagator_fuzz::statement::{check as check_statement, header};
use propagator_oracle::other_formats::b3;

propagator_fuzz::value! {
    typical_len: 128;
    words: [
        "27bb7faa48294cf49ae6007d70905468", "9ae6007d70905468", "-0bcd098a592642e4", "-1", "-0",
        "-d", "\n", "\n0bcd098a592642e4", "\n1", "\n0", "true", "False", ",", " ", "-", "A"
    ];
    fn check(text: &str) {
        let carrier = Few::new([B3, TRACE_ID, SPAN_ID, SAMPLED, FLAGS], text);
        let multi = [TRACE_ID, SPAN_ID, SAMPLED, FLAGS].map(|name| header(&carrier, name));
        let expected = b3(&header(&carrier, B3), multi.each_ref());
        for multi_header in [false, true] {
            let propagator = B3Propagator::builder().multi_header(multi_header).build();
            check_statement(&propagator, &carrier, expected.clone());
        }
    }
}
