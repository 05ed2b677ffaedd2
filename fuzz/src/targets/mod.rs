//! The deep targets: whole requests in the text form of a case.
//!
//! `check` takes the fuzzer's bytes and panics if an assertion fails.

pub mod baggage;
pub mod composite;
pub mod inspect_headers;
pub mod inspect_pairs;
pub mod kontur;
pub mod otel_propagators;
pub mod sentry;
pub mod vostok;

/// A target's check.
pub type Check = fn(&[u8]);

/// Every deep target by its name: its file in `fuzz_targets/`, its folder in `corpus/`.
pub const ALL: &[(&str, Check)] = &[
    ("baggage", baggage::check),
    ("composite", composite::check),
    ("inspect_headers", inspect_headers::check),
    ("inspect_pairs", inspect_pairs::check),
    ("kontur", kontur::check),
    ("otel_propagators", otel_propagators::check),
    ("sentry", sentry::check),
    ("vostok", vostok::check),
];
