//! `OTEL_PROPAGATORS` and the variables of Sentry, against `oracle/src/otel_propagators.rs`.
//!
//! - The names are those of the oracle, for valid and invalid lists and registrations.
//! - An error is short and safe to log, however long the list.
//! - Each field is there once, and what is written is legal.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use propagator_fuzz::{mutate::mutate, targets::otel_propagators};

fuzz_target!(|input: &[u8]| otel_propagators::check(input));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(
        &otel_propagators::GRAMMAR,
        fuzzer_mutate,
        data,
        size,
        max_size,
        seed,
    )
});
