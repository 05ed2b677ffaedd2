//! `X-Kontur-Trace-*` headers.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use propagator_fuzz::{mutate::mutate, targets::kontur};

fuzz_target!(|input: &[u8]| kontur::check(input));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(&kontur::GRAMMAR, fuzzer_mutate, data, size, max_size, seed)
});
