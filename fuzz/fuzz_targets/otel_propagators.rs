//! `OTEL_PROPAGATORS` and the variables of Sentry, compared with `oracle/src/otel_propagators.rs`.
//!
//! - The propagators are those that the oracle selects, for valid and invalid lists and
//!   registrations.
//! - Errors are short and safe to log, however long the list.
//! - `fields()` contains each name once, and the headers that are written are legal.

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
