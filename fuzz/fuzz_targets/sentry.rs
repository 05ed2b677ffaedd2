//! `sentry-trace` and `baggage` in both carriers, against `oracle/src/sentry.rs`.
//!
//! - The span context, the decision and the sampling context are what the oracle reads.
//! - A trace of another organization is refused.
//! - The sampling context is sent on verbatim, and not with another trace.
//! - A trace that starts here gets one that agrees with its decision, within the limits.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use propagator_fuzz::{mutate::mutate, targets::sentry};

fuzz_target!(|input: &[u8]| sentry::check(input));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(&sentry::GRAMMAR, fuzzer_mutate, data, size, max_size, seed)
});
