//! Compares instruction counts with the recorded ones. The script `instructions` runs it.
//!
//! Standard input is the output of `cargo bench --bench instructions -- --output-format=json`, with
//! one object per line. The argument is the file of the recorded counts. With `--update` before it,
//! the new counts are recorded.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::{env, fs, io};

use benches::cases::counted;
use benches::counts;

/// The largest growth of these crates' counts that is not a failure. The allocator's share of a count depends on the layout
/// of the heap, and differs by up to 9 % between builds of the same code.
const PERMITTED_GROWTH: f64 = 0.12;

/// The count by operation and case.
type Counts = BTreeMap<(String, String), u64>;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut args: Vec<String> = env::args().skip(1).collect();
    let update = args.first().is_some_and(|arg| arg == "--update");
    let file = args
        .pop()
        .ok_or("missing argument: the file of the recorded counts")?;

    let cases = counted();
    let named = counts::read(io::stdin().lines())?.into_iter().map(|count| {
        let case = cases.get(count.index).ok_or("the index of no case")?;
        Ok(((count.function, case.name.to_owned()), count.instructions))
    });
    let counts = named.collect::<Result<Counts, Box<dyn Error>>>()?;
    if update {
        fs::write(&file, written(&counts))?;
    }
    let recorded = read(&fs::read_to_string(&file)?)?;
    Ok(compare(&counts, &recorded))
}

fn written(counts: &Counts) -> String {
    counts
        .iter()
        .map(|((operation, case), count)| format!("{operation} {case} {count}\n"))
        .collect()
}

fn read(recorded: &str) -> Result<Counts, Box<dyn Error>> {
    recorded
        .lines()
        .map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
            [operation, case, count] => {
                Ok(((operation.to_owned(), case.to_owned()), count.parse()?))
            }
            _ => Err(format!("invalid recorded count: {line:?}").into()),
        })
        .collect()
}

/// Whether a case measures these crates. The others are printed for comparison.
fn is_ours(case: &str) -> bool {
    !(case.ends_with("-floor") || case.starts_with("opentelemetry-") || case.starts_with("sdk-"))
}

/// Prints a table. Returns a failure if a count has grown too much or is not recorded.
fn compare(counts: &Counts, recorded: &Counts) -> ExitCode {
    println!(
        "{:15} {:34} {:>6} {:>8} {:>7}",
        "instructions", "", "now", "recorded", "growth"
    );
    let mut grown = 0;
    for (id @ (operation, case), &count) in counts {
        let Some(&before) = recorded.get(id) else {
            println!("{operation:15} {case:34} {count:6}  not recorded");
            grown += 1;
            continue;
        };
        let growth = count as f64 / before as f64 - 1.0;
        let is_failure = growth > PERMITTED_GROWTH && is_ours(case);
        grown += usize::from(is_failure);
        let mark = if is_failure { "  GROWN" } else { "" };
        println!(
            "{operation:15} {case:34} {count:6} {before:8} {:+6.1}%{mark}",
            100.0 * growth
        );
    }
    if grown > 0 {
        println!(
            "{grown} counts are new or have grown by more than 12 %; \
             benches/instructions --update records them"
        );
        return ExitCode::FAILURE;
    }
    println!("{} passed, 0 failed", counts.len());
    ExitCode::SUCCESS
}
