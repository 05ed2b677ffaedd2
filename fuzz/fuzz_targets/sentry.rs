//! `sentry-trace` and `baggage` in both carriers, compared with `oracle/src/sentry.rs`.
//!
//! - The span context, the decision and the sampling context are those that the oracle reads.
//! - A trace of another organization is not continued.
//! - The sampling context is sent verbatim, and never with another trace.
//! - A new trace gets a sampling context that agrees with its decision and keeps to the limits.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use propagator_fuzz::{mutate::mutate, targets::sentry};

fuzz_target!(|input: &[u8]| sentry::check(input));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(&sentry::GRAMMAR, fuzzer_mutate, data, size, max_size, seed)
});
