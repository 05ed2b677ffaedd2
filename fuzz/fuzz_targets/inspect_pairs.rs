//! Headers in a known notation: `inspect` finds exactly these.
//!
//! - The input chooses names, values, one of 28 notations, and what happens to the text on its way.
//! - One message is found, with each header and its value, and no other.
//! - Its trace, parent span and decision are those that were written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use propagator_fuzz::targets::inspect_pairs;

fuzz_target!(|input: &[u8]| inspect_pairs::check(input));
