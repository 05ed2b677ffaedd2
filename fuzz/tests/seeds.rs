//! The seeds of every target, on stable Rust.

use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;

use propagator_fuzz::targets;

fn folder(of: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), of].iter().collect()
}

fn names(of: &str) -> Vec<String> {
    let entries = fs::read_dir(folder(of)).unwrap_or_else(|error| panic!("{of}: {error}"));
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn every_seed_of_every_target_passes() {
    let mut failed = Vec::new();
    for (target, check) in targets::ALL {
        let of = format!("corpus/{target}");
        let seeds = names(&of);
        assert!(!seeds.is_empty(), "{of}");
        for seed in seeds {
            let input = fs::read(folder(&of).join(&seed)).unwrap();
            // Each panic has told what is wrong; the list at the end tells of which seed.
            if catch_unwind(|| check(&input)).is_err() {
                failed.push(format!("{of}/{seed}"));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_target_has_a_program_and_seeds() {
    let targets: Vec<String> = targets::ALL
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let mut sorted = targets.clone();
    sorted.sort();
    let programs = targets.iter().map(|name| format!("{name}.rs"));
    let mut programs: Vec<String> = programs.collect();
    programs.sort();
    assert_eq!(names("fuzz_targets"), programs);
    assert_eq!(names("corpus"), sorted);
}
