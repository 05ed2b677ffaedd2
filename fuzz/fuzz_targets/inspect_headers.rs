//! A pasted block of headers: the reader of `inspect`, and its report.
//!
//! - The blocks are those of `oracle/src/header_block.rs`.
//! - A format is refused exactly if its header is there and contains no trace.
//! - Nothing that is printed is a control sequence, apart from the own colors.
//! - The `-H` lines read back in a shell as the headers.

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
