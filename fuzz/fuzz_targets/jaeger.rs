//! `uber-trace-id`, `uberctx-*` and `jaeger-baggage`. A line of the input that begins with the name
//! of one of the latter two is a header, up to the first `:`. Any other line is a line of
//! `uber-trace-id`.
//!
//! - The propagator states what the naive reader reads.
//! - The header that it writes states the same span.
//! - The entries of baggage are those that the naive reader reads, and are written as by it.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_jaeger::header::{BAGGAGE_PREFIX, JAEGER_BAGGAGE, UBER_TRACE_ID};
use opentelemetry_propagator_jaeger::JaegerPropagator;
use propagator_fuzz::carrier::Lines;
use propagator_fuzz::statement::{check as check_statement, check_baggage, header};
use propagator_oracle::header_baggage::{jaeger as read_baggage, write_jaeger};
use propagator_oracle::other_formats::jaeger;

propagator_fuzz::value! {
    typical_len: 128;
    max_len: 2048;
    words: [
        "27bb7faa48294cf49ae6007d70905468", ":0bcd098a592642e4", ":0:1", ":0:3", ":0:", "ff", "%3A",
        "%3a", ":", "\n", ",", " ", "00000000", "A", "\nuberctx-a:1", "\nUberCtx-B:%41%ff", "-bin:",
        "\njaeger-baggage:a=1,b=2", "="
    ];
    fn check(text: &str) {
        let line = |line: &str| {
            let folded = line.to_ascii_lowercase();
            let is_baggage = [BAGGAGE_PREFIX, JAEGER_BAGGAGE].iter().any(|it| folded.starts_with(it));
            match line.split_once(':').filter(|_| is_baggage) {
                Some((name, value)) => (name.to_owned(), value.to_owned()),
                None => (UBER_TRACE_ID.to_owned(), line.to_owned()),
            }
        };
        let carrier = Lines(text.split('\n').map(line).collect());
        let propagator = JaegerPropagator::new();
        let expected = jaeger(&header(&carrier, UBER_TRACE_ID));
        let is_written = expected.is_some();
        check_statement(&propagator, &carrier, expected);

        let entries = read_baggage(&carrier.0);
        let written = if is_written { write_jaeger(&entries) } else { Vec::new() };
        check_baggage(&propagator, &carrier, BAGGAGE_PREFIX, &entries, &written);
    }
}
