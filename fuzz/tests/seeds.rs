//! Runs the seeds of every target on stable Rust.

use propagator_fuzz::seeds;
use propagator_fuzz::targets::{self, Check};

#[path = "../fuzz_targets/b3.rs"]
mod b3;
#[path = "../fuzz_targets/baggage_entries.rs"]
mod baggage_entries;
#[path = "../fuzz_targets/baggage_members.rs"]
mod baggage_members;
#[path = "../fuzz_targets/env_name.rs"]
mod env_name;
#[path = "../fuzz_targets/guid.rs"]
mod guid;
#[path = "../fuzz_targets/hex.rs"]
mod hex;
#[path = "../fuzz_targets/jaeger.rs"]
mod jaeger;
#[path = "../fuzz_targets/kontur_is_sampled.rs"]
mod kontur_is_sampled;
#[path = "../fuzz_targets/kontur_span_id.rs"]
mod kontur_span_id;
#[path = "../fuzz_targets/kontur_trace.rs"]
mod kontur_trace;
#[path = "../fuzz_targets/kontur_trace_id.rs"]
mod kontur_trace_id;
#[path = "../fuzz_targets/merging.rs"]
mod merging;
#[path = "../fuzz_targets/ottrace.rs"]
mod ottrace;
#[path = "../fuzz_targets/restricted_names.rs"]
mod restricted_names;
#[path = "../fuzz_targets/sentry_dsc.rs"]
mod sentry_dsc;
#[path = "../fuzz_targets/sentry_trace.rs"]
mod sentry_trace;
#[path = "../fuzz_targets/traceparent.rs"]
mod traceparent;
#[path = "../fuzz_targets/tracestate.rs"]
mod tracestate;
#[path = "../fuzz_targets/vostok_base64.rs"]
mod vostok_base64;
#[path = "../fuzz_targets/vostok_envelope.rs"]
mod vostok_envelope;
#[path = "../fuzz_targets/vostok_priority.rs"]
mod vostok_priority;
#[path = "../fuzz_targets/vostok_tracing.rs"]
mod vostok_tracing;
#[path = "../fuzz_targets/xray.rs"]
mod xray;

/// The fast targets.
const VALUES: &[(&str, Check)] = &[
    ("b3", b3::check),
    ("baggage_entries", baggage_entries::check),
    ("baggage_members", baggage_members::check),
    ("env_name", env_name::check),
    ("guid", guid::check),
    ("hex", hex::check),
    ("jaeger", jaeger::check),
    ("kontur_is_sampled", kontur_is_sampled::check),
    ("kontur_span_id", kontur_span_id::check),
    ("kontur_trace", kontur_trace::check),
    ("kontur_trace_id", kontur_trace_id::check),
    ("merging", merging::check),
    ("ottrace", ottrace::check),
    ("restricted_names", restricted_names::check),
    ("sentry_dsc", sentry_dsc::check),
    ("sentry_trace", sentry_trace::check),
    ("traceparent", traceparent::check),
    ("tracestate", tracestate::check),
    ("vostok_base64", vostok_base64::check),
    ("vostok_envelope", vostok_envelope::check),
    ("vostok_priority", vostok_priority::check),
    ("vostok_tracing", vostok_tracing::check),
    ("xray", xray::check),
];

fn all() -> Vec<(&'static str, Check)> {
    targets::ALL.iter().chain(VALUES).copied().collect()
}

#[test]
fn seeds_pass_for_every_target() {
    seeds::assert_pass(env!("CARGO_MANIFEST_DIR"), &all());
}

#[test]
fn targets_have_a_program_and_seeds() {
    seeds::assert_complete(env!("CARGO_MANIFEST_DIR"), &all());
}
