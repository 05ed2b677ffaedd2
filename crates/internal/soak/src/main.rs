//! Shares propagators between threads for a given time. `fuzz/soak` builds and runs it.

use std::env;
use std::fs;
use std::io;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use soak::{Round, Soak};

/// The number of inputs that are mutations of the seeds.
const MUTATED: usize = 4_000;

/// The seed of all random numbers, so that a run can be repeated.
const SEED: u64 = 20_240_229;

/// The interval between lines about the progress.
const MINUTE: Duration = Duration::from_secs(60);

fn main() -> io::Result<ExitCode> {
    let arguments: Result<Vec<u64>, _> = env::args().skip(1).map(|number| number.parse()).collect();
    let (seconds, threads) = match arguments.as_deref() {
        Ok(&[seconds]) => (seconds, 4 * thread::available_parallelism()?.get()),
        Ok(&[seconds, threads @ 1..=1024]) => (seconds, threads as usize),
        _ => {
            eprintln!("usage: soak SECONDS [THREADS]");
            return Ok(ExitCode::from(2));
        }
    };
    let seconds = Duration::from_secs(seconds);

    let mut inputs = soak::seeds()?;
    let seeds = inputs.len();
    soak::add_mutated(&mut inputs, MUTATED, SEED);
    let subjects = soak::all();
    println!(
        "{} propagators, {threads} threads, {seeds} seeds and {MUTATED} mutations of them (random seed {SEED})",
        subjects.len()
    );
    let soak = Soak::new(subjects, inputs);
    let (traces, outcomes) = soak.traces();
    println!("{outcomes} expected outcomes, {traces} of them with a trace");

    // After the first round, thread-local values and the allocator's own lists are initialized.
    let mut sum = soak.round(threads, SEED);
    let resident_first = resident()?;
    let start = Instant::now();
    let mut rounds = 1;
    let mut minutes = 1;
    while sum.is_sound() && start.elapsed() < seconds {
        sum.add(soak.round(threads, SEED + rounds));
        rounds += 1;
        if start.elapsed() >= minutes * MINUTE {
            minutes += 1;
            report(&sum, rounds, start.elapsed());
        }
    }
    if let Some(difference) = &sum.first_difference {
        println!("{difference}");
    }
    report(&sum, rounds, start.elapsed());
    println!(
        "resident: {resident_first} KiB after the first round, {} KiB after the last",
        resident()?
    );
    Ok(if sum.is_sound() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn report(sum: &Round, rounds: u64, elapsed: Duration) {
    println!("{sum}, {rounds} rounds, {} s", elapsed.as_secs());
}

/// Returns the resident memory of this process in KiB.
fn resident() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    number.ok_or_else(|| io::Error::other("no VmRSS in /proc/self/status"))
}
