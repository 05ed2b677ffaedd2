//! Headers in a known notation, in which `trace-inspect` must find the value after each name.
//!
//! - The input selects names, values, one of 27 notations, and a change of the text in transit.
//! - `trace-inspect` finds one message, with exactly the headers and values that were written.
//! - The trace, the parent span and the decision are those that were written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tool_fuzz::inspect_values;

fuzz_target!(|input: &[u8]| inspect_values::check(input));
