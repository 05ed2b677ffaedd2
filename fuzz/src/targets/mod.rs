//! One module a target: `check` takes the fuzzer's bytes and panics when a law does not hold.

pub mod baggage;
pub mod composite;
pub mod inspect_headers;
pub mod kontur;
pub mod otel_propagators;
pub mod sentry;
mod vostok;
pub mod vostok_globals;
pub mod vostok_properties;

/// A target's check.
pub type Check = fn(&[u8]);

/// Every target by its name: its file in `fuzz_targets/`, its folder in `seeds/`.
pub const ALL: &[(&str, Check)] = &[
    ("baggage", baggage::check),
    ("composite", composite::check),
    ("inspect_headers", inspect_headers::check),
    ("kontur", kontur::check),
    ("otel_propagators", otel_propagators::check),
    ("sentry", sentry::check),
    ("vostok_globals", vostok_globals::check),
    ("vostok_properties", vostok_properties::check),
];
