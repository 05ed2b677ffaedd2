//! Any bytes: what `inspect` finds in them, and its reports.
//!
//! - The trace of a report is the one that a service with the same list continues.
//! - A format is refused exactly if its header is there and states no trace.
//! - Nothing that is printed is a control sequence, apart from the own colors.
//! - The headers that are sent on are legal, and are found again in a paste of them.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use propagator_fuzz::{mutate::mutate, targets::inspect_headers};

fuzz_target!(|input: &[u8]| inspect_headers::check(input));
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(
        &inspect_headers::GRAMMAR,
        fuzzer_mutate,
        data,
        size,
        max_size,
        seed,
    )
});
