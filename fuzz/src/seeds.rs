//! The seeds of the targets, which the tests run on stable Rust.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use crate::targets::Check;

/// Checks that every target passes with each of its seeds. `group` is the folder of the targets'
/// crate.
pub fn assert_pass(group: &str, targets: &[(&str, Check)]) {
    let mut failed = Vec::new();
    for (target, check) in targets {
        let folder = [group, "corpus", target].iter().collect::<PathBuf>();
        let seeds = names(&folder);
        assert!(!seeds.is_empty(), "{}", folder.display());
        for seed in seeds {
            let input = fs::read(folder.join(&seed)).unwrap();
            // Each panic prints its reason. The list at the end contains the names of the seeds.
            if catch_unwind(|| check(&input)).is_err() {
                failed.push(format!("corpus/{target}/{seed}"));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Checks that every target, and nothing else, has a program and a folder of seeds.
pub fn assert_complete(group: &str, targets: &[(&str, Check)]) {
    let mut sorted: Vec<&str> = targets.iter().map(|(name, _)| *name).collect();
    sorted.sort_unstable();
    let group = Path::new(group);
    assert_eq!(names(&group.join("corpus")), sorted);
    let programs = names(&group.join("fuzz_targets"));
    let mut programs: Vec<&str> = programs
        .iter()
        .filter_map(|name| name.strip_suffix(".rs"))
        .collect();
    programs.sort_unstable();
    assert_eq!(programs, sorted);
}

/// Returns the names in a folder in sorted order, without those of inputs that the fuzzer found.
fn names(folder: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_hash = |name: &String| name.len() == 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
    let mut names: Vec<String> = names.filter(|name| !is_hash(name)).collect();
    names.sort();
    names
}
