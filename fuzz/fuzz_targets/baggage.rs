//! An application's `baggage` in both carriers, compared with `oracle/src/baggage.rs`.
//!
//! - The entries of all lines are read, within the limits. Without a valid member the context is
//!   unchanged.
//! - Extraction allocates a small multiple of the input's length.
//! - The header that is written is legal and contains the members that the oracle writes.
//! - It is read again with the same entries.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use propagator_fuzz::{mutate::mutate, targets::baggage};

fuzz_target!(|input: &[u8]| baggage::check(input));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(&baggage::GRAMMAR, fuzzer_mutate, data, size, max_size, seed)
});
