//! Lists of propagators, compared with `oracle/src/merging.rs`.
//!
//! - The span context is the one that the merging rule demands of the statements of all headers.
//! - All other values that a format keeps are those that its propagator keeps alone.
//! - The headers that are written are those of each propagator. The `baggage` of several is merged.
//! - The ids are read again. A deferred decision is sent as deferred only if no header decided.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use propagator_fuzz::{mutate::mutate, targets::composite};

fuzz_target!(|input: &[u8]| composite::check(input));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(
        &composite::GRAMMAR,
        fuzzer_mutate,
        data,
        size,
        max_size,
        seed,
    )
});
