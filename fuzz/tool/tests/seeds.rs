//! Runs the seeds of every target on stable Rust.

use propagator_fuzz::seeds;
use propagator_fuzz::targets::Check;
use tool_fuzz::{inspect_headers, inspect_values};

#[path = "../fuzz_targets/inspect_json.rs"]
mod inspect_json;
#[path = "../fuzz_targets/inspect_records.rs"]
mod inspect_records;

/// The fast targets.
const VALUES: &[(&str, Check)] = &[
    ("inspect_json", inspect_json::check),
    ("inspect_records", inspect_records::check),
];

/// The deep targets.
const DEEP: &[(&str, Check)] = &[
    ("inspect_headers", inspect_headers::check),
    ("inspect_values", inspect_values::check),
];

fn all() -> Vec<(&'static str, Check)> {
    DEEP.iter().chain(VALUES).copied().collect()
}

#[test]
fn seeds_pass_for_every_target() {
    seeds::assert_pass(env!("CARGO_MANIFEST_DIR"), &all());
}

#[test]
fn targets_have_a_program_and_seeds() {
    seeds::assert_complete(env!("CARGO_MANIFEST_DIR"), &all());
}
