//! `X-Kontur-Trace-*` in both carriers, against `oracle/src/kontur.rs`.
//!
//! - The span context is what the oracle reads; nothing valid leaves the context.
//! - Reading allocates a small multiple of what is read.
//! - The headers that are written are legal, and those of the oracle.
//! - They are read again with the same ids and decision, and written again byte for byte.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use propagator_fuzz::{mutate::mutate, targets::kontur};

fuzz_target!(|input: &[u8]| kontur::check(input));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(&kontur::GRAMMAR, fuzzer_mutate, data, size, max_size, seed)
});
