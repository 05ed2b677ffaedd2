//! `Context-Globals`, `Context-Properties` and `Request-Priority` in both carriers, against
//! `oracle/src/vostok.rs`.
//!
//! - The span context, the allowed entries and the priority are what the oracle reads.
//! - Reading allocates a small multiple of what is read.
//! - The headers that are written are legal, within the limit, and those of the oracle.
//! - Without limits they are read again, entry by entry.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use propagator_fuzz::{mutate::mutate, targets::vostok};

fuzz_target!(|input: &[u8]| vostok::check(input));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(&vostok::GRAMMAR, fuzzer_mutate, data, size, max_size, seed)
});
