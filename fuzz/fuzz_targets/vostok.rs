//! `Context-Globals`, `Context-Properties` and `Request-Priority` in both carriers, compared with
//! `oracle/src/vostok.rs`.
//!
//! - The span context, the allowed entries and the priority are those that the oracle reads.
//! - Extraction allocates a small multiple of the input's length.
//! - The headers that are written are legal, within the limit, and those that the oracle writes.
//! - Without limits they are read again, entry by entry.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use propagator_fuzz::{mutate::mutate, targets::vostok};

fuzz_target!(|input: &[u8]| vostok::check(input));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(&vostok::GRAMMAR, fuzzer_mutate, data, size, max_size, seed)
});
