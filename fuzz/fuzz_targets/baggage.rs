//! A user's `baggage`.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use propagator_fuzz::{mutate::mutate, targets::baggage};

fuzz_target!(|input: &[u8]| baggage::check(input));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(&baggage::GRAMMAR, fuzzer_mutate, data, size, max_size, seed)
});
