//! `X-Kontur-Trace-*` in both carriers, compared with `oracle/src/kontur.rs`.
//!
//! - The span context is the one that the oracle reads. Without a valid trace the context is
//!   unchanged.
//! - Extraction allocates a small multiple of the input's length.
//! - The headers that are written are legal, and those that the oracle writes.
//! - They are read again with the same ids and decision, and written again byte for byte.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use propagator_fuzz::{mutate::mutate, targets::kontur};

fuzz_target!(|input: &[u8]| kontur::check(input));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(&kontur::GRAMMAR, fuzzer_mutate, data, size, max_size, seed)
});
