//! The inputs: the seeds of the fuzz targets, and mutations of them.

use std::fs;
use std::io;
use std::path::Path;

use fastrand::Rng;
use http::HeaderMap;
use opentelemetry::Context;

use propagator_fuzz::carrier::{self, Lines};
use propagator_fuzz::case::Case;
use propagator_fuzz::mutate::mutate;
use propagator_fuzz::targets::{self, baggage, composite};

/// The greatest length in bytes of an input, as in the fuzz targets.
const MAX_SIZE: usize = 20_000;

/// An input, which all threads share.
#[derive(Debug)]
pub struct Input {
    /// The text form.
    pub(super) bytes: Vec<u8>,
    /// The context before the extraction.
    pub(super) before: Context,
    pub(super) lines: Lines,
    pub(super) http: HeaderMap,
}

impl Input {
    fn new(bytes: Vec<u8>) -> Input {
        let case = Case::parse(&bytes);
        Input {
            before: baggage::initial(&case),
            lines: Lines::of(&case),
            http: carrier::http_headers(&case),
            bytes,
        }
    }
}

/// Reads all seeds in the order of their names, so that the mutations are the same everywhere.
///
/// # Errors
///
/// Returns an error if the folder or a file cannot be read.
pub fn seeds() -> io::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for (target, _) in targets::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../fuzz/corpus")
            .join(target);
        let mut files: Vec<_> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
        // Inputs that a fuzzer found are named by a hash, and differ from machine to machine.
        files.retain(|file| !is_hash(&file.file_name().to_string_lossy()));
        files.sort_by_key(fs::DirEntry::file_name);
        for file in files {
            inputs.push(Input::new(fs::read(file.path())?));
        }
    }
    Ok(inputs)
}

fn is_hash(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Adds `count` inputs: seeds with one to four mutations.
pub fn add_mutated(inputs: &mut Vec<Input>, count: usize, seed: u64) {
    let seeds = inputs.len();
    let mut rng = Rng::with_seed(seed);
    // The byte mutator is a plain function, so it draws from the thread's generator.
    fastrand::seed(seed);
    let mut data = vec![0; MAX_SIZE];
    for _ in 0..count {
        let from = &inputs[rng.usize(..seeds)].bytes;
        let mut size = from.len().min(MAX_SIZE);
        data[..size].copy_from_slice(&from[..size]);
        for _ in 0..rng.u32(1..=4) {
            let choices = rng.u32(..);
            size = mutate(
                &composite::GRAMMAR,
                mutate_bytes,
                &mut data,
                size,
                MAX_SIZE,
                choices,
            );
        }
        inputs.push(Input::new(data[..size].to_vec()));
    }
}

/// Overwrites or removes a byte, repeats a part of the input, or cuts off its end.
fn mutate_bytes(data: &mut [u8], size: usize, max_size: usize) -> usize {
    if size == 0 {
        return 0;
    }
    let at = fastrand::usize(..size);
    match fastrand::u32(..8) {
        0 => at,
        1 => {
            data.copy_within(at + 1..size, at);
            size - 1
        }
        2 => {
            let doubled = fastrand::usize(..=size - at).min(max_size - size);
            data.copy_within(at..size, at + doubled);
            size + doubled
        }
        _ => {
            data[at] = fastrand::u8(..);
            size
        }
    }
}
