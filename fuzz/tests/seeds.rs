//! Runs the seeds of every target on stable Rust.

use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;

use propagator_fuzz::targets;

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
#[path = "../fuzz_targets/inspect_json.rs"]
mod inspect_json;
#[path = "../fuzz_targets/inspect_records.rs"]
mod inspect_records;
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

/// The fast targets.
const VALUES: &[(&str, targets::Check)] = &[
    ("baggage_entries", baggage_entries::check),
    ("baggage_members", baggage_members::check),
    ("env_name", env_name::check),
    ("guid", guid::check),
    ("hex", hex::check),
    ("inspect_json", inspect_json::check),
    ("inspect_records", inspect_records::check),
    ("kontur_is_sampled", kontur_is_sampled::check),
    ("kontur_span_id", kontur_span_id::check),
    ("kontur_trace", kontur_trace::check),
    ("kontur_trace_id", kontur_trace_id::check),
    ("merging", merging::check),
    ("restricted_names", restricted_names::check),
    ("sentry_dsc", sentry_dsc::check),
    ("sentry_trace", sentry_trace::check),
    ("traceparent", traceparent::check),
    ("tracestate", tracestate::check),
    ("vostok_base64", vostok_base64::check),
    ("vostok_envelope", vostok_envelope::check),
    ("vostok_priority", vostok_priority::check),
    ("vostok_tracing", vostok_tracing::check),
];

fn all() -> impl Iterator<Item = (&'static str, targets::Check)> {
    targets::ALL.iter().chain(VALUES).copied()
}

fn folder(of: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), of].iter().collect()
}

fn names(of: &str) -> Vec<String> {
    let entries = fs::read_dir(folder(of)).unwrap_or_else(|error| panic!("{of}: {error}"));
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    // The name of an input that the fuzzer found is a hash.
    let is_hash = |name: &String| name.len() == 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
    names.retain(|name| !is_hash(name));
    names.sort();
    names
}

#[test]
fn seeds_pass_for_every_target() {
    let mut failed = Vec::new();
    for (target, check) in all() {
        let of = format!("corpus/{target}");
        let seeds = names(&of);
        assert!(!seeds.is_empty(), "{of}");
        for seed in seeds {
            let input = fs::read(folder(&of).join(&seed)).unwrap();
            // Each panic prints its reason. The list at the end contains the names of the seeds.
            if catch_unwind(|| check(&input)).is_err() {
                failed.push(format!("{of}/{seed}"));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn targets_have_a_program_and_seeds() {
    let targets: Vec<String> = all().map(|(name, _)| name.to_owned()).collect();
    let mut sorted = targets.clone();
    sorted.sort();
    let programs = targets.iter().map(|name| format!("{name}.rs"));
    let mut programs: Vec<String> = programs.collect();
    programs.sort();
    assert_eq!(names("fuzz_targets"), programs);
    assert_eq!(names("corpus"), sorted);
}
