//! Runs the seeds of every target on stable Rust.

use propagator_fuzz::seeds;
use propagator_fuzz::targets::Check;
use tool_fuzz::{inspect_headers, inspect_pairs};

#[path = "../fuzz_targets/inspect_bare.rs"]
mod inspect_bare;
#[path = "../fuzz_targets/inspect_blocks.rs"]
mod inspect_blocks;
#[path = "../fuzz_targets/inspect_commands.rs"]
mod inspect_commands;
#[path = "../fuzz_targets/inspect_encoding.rs"]
mod inspect_encoding;
#[path = "../fuzz_targets/inspect_hexdump.rs"]
mod inspect_hexdump;
#[path = "../fuzz_targets/inspect_json.rs"]
mod inspect_json;
#[path = "../fuzz_targets/inspect_lines.rs"]
mod inspect_lines;
#[path = "../fuzz_targets/inspect_markup.rs"]
mod inspect_markup;
#[path = "../fuzz_targets/inspect_names.rs"]
mod inspect_names;
#[path = "../fuzz_targets/inspect_values.rs"]
mod inspect_values;

/// The fast targets.
const VALUES: &[(&str, Check)] = &[
    ("inspect_bare", inspect_bare::check),
    ("inspect_blocks", inspect_blocks::check),
    ("inspect_commands", inspect_commands::check),
    ("inspect_encoding", inspect_encoding::check),
    ("inspect_hexdump", inspect_hexdump::check),
    ("inspect_json", inspect_json::check),
    ("inspect_lines", inspect_lines::check),
    ("inspect_markup", inspect_markup::check),
    ("inspect_names", inspect_names::check),
    ("inspect_values", inspect_values::check),
];

/// The deep targets.
const DEEP: &[(&str, Check)] = &[
    ("inspect_headers", inspect_headers::check),
    ("inspect_pairs", inspect_pairs::check),
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
