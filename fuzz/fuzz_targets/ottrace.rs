//! `ot-tracer-*` and `ot-baggage-*`. The first three lines of the input are the headers of the trace.
//! Each other line is a header with its name, up to the first `:`.
//!
//! - The propagator states what the naive reader reads.
//! - The headers that it writes state the same span. The trace id loses its upper half.
//! - The entries of baggage are those that the naive reader reads, and are written as by it.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_ottrace::header::{BAGGAGE_PREFIX, SAMPLED, SPAN_ID, TRACE_ID};
use opentelemetry_propagator_ottrace::OtTracePropagator;
use propagator_fuzz::carrier::Lines;
use propagator_fuzz::statement::{check as check_statement, check_baggage, header};
use propagator_oracle::header_baggage::{ottrace as read_baggage, write_ottrace};
use propagator_oracle::other_formats::ottrace;

propagator_fuzz::value! {
    typical_len: 128;
    max_len: 2048;
    words: [
        "27bb7faa48294cf49ae6007d70905468\n", "9ae6007d70905468\n", "\n0bcd098a592642e4", "\ntrue",
        "\nFalse", "\n1", "\n0", "\n", ",", " ", "0000000000000000", "A", "\not-baggage-a:1",
        "\nOt-Baggage-B:", "-bin:"
    ];
    fn check(text: &str) {
        let names = [TRACE_ID, SPAN_ID, SAMPLED];
        let mut lines = text.split('\n');
        let trace = names.iter().zip(lines.by_ref()).map(|(name, line)| (*name, line));
        let mut carrier: Vec<(&str, &str)> = trace.collect();
        carrier.extend(lines.map(|line| line.split_once(':').unwrap_or((line, ""))));
        let owned = |(name, line): (&str, &str)| (name.to_owned(), line.to_owned());
        let carrier = Lines(carrier.into_iter().map(owned).collect());
        let propagator = OtTracePropagator::new();
        let expected = ottrace(names.map(|name| header(&carrier, name)).each_ref());
        let trace_id = expected.as_ref().map(|stated| stated.trace_id);
        check_statement(&propagator, &carrier, expected);

        let entries = trace_id.map(|_| read_baggage(&carrier.0)).unwrap_or_default();
        // A trace id whose lower half is zero cannot be written.
        let is_written = trace_id.is_some_and(|trace_id| trace_id as u64 != 0);
        let written = if is_written { write_ottrace(&entries) } else { Vec::new() };
        check_baggage(&propagator, &carrier, BAGGAGE_PREFIX, &entries, &written);
    }
}
