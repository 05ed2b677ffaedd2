//! The deep targets, which check whole requests in the text form of a case.
//!
//! Each `check` takes the fuzzer's bytes and panics if an assertion fails.

pub mod baggage;
pub mod composite;
pub mod kontur;
pub mod otel_propagators;
pub mod sentry;
pub mod vostok;

/// Defines the program of a deep target from the path of its module.
#[macro_export]
macro_rules! deep {
    ($($module:ident)::+) => {
        libfuzzer_sys::fuzz_target!(|input: &[u8]| $($module)::+::check(input));
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::mutate::mutate(
                &$($module)::+::GRAMMAR,
                libfuzzer_sys::fuzzer_mutate,
                data,
                size,
                max_size,
                seed,
            )
        });
    };
}

/// The check of a target.
pub type Check = fn(&[u8]);

/// Every deep target by its name, which is also the name of its file in `fuzz_targets/` and of its
/// folder in `corpus/`.
pub const ALL: &[(&str, Check)] = &[
    ("baggage", baggage::check),
    ("composite", composite::check),
    ("kontur", kontur::check),
    ("otel_propagators", otel_propagators::check),
    ("sentry", sentry::check),
    ("vostok", vostok::check),
];
