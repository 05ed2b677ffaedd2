//! Headers in a known notation, which `trace-inspect` must find.
//!
//! - The input selects names, values, one of 28 notations, and a change of the text in transit.
//! - `trace-inspect` finds one message, with exactly the headers and values that were written.
//! - The trace, the parent span and the decision are those that were written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tool_fuzz::inspect_pairs;

fuzz_target!(|input: &[u8]| inspect_pairs::check(input));
