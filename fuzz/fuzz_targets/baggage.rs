//! An application's `baggage` in both carriers, against `oracle/src/baggage.rs`.
//!
//! - The entries of all lines within the limits are read; no valid member leaves the context.
//! - Reading allocates a small multiple of what is read.
//! - The header that is written is legal and contains what the oracle writes.
//! - It is read again with the same meaning.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use propagator_fuzz::{mutate::mutate, targets::baggage};

fuzz_target!(|input: &[u8]| baggage::check(input));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(&baggage::GRAMMAR, fuzzer_mutate, data, size, max_size, seed)
});
