//! Prints a table of nanoseconds per call. The script `nanoseconds` runs it.
//!
//! The arguments are the files that the benchmark `nanoseconds` printed, one of each build.

use std::collections::BTreeMap;
use std::error::Error;
use std::{env, fs};

use benches::ours::{ALL, FIVE, HTTP_HEADERS, W3C};

/// The rows, in the order of the table.
const NAMES: [&str; 18] = [
    "sdk-tracecontext,baggage",
    W3C,
    FIVE,
    HTTP_HEADERS,
    ALL,
    "tracecontext",
    "baggage",
    "kontur",
    "vostok",
    "sentry",
    "b3",
    "opentelemetry-b3",
    "b3multi",
    "opentelemetry-b3multi",
    "xray",
    "opentelemetry-xray",
    "jaeger",
    "ottrace",
];

/// The times of one operation and name, hot and cold, in each build.
type Times = BTreeMap<(String, String), Vec<(f64, f64)>>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut times = Times::new();
    for file in env::args().skip(1) {
        for line in fs::read_to_string(file)?.lines() {
            let [operation, name, hot, cold] = line.split(' ').collect::<Vec<_>>()[..] else {
                return Err(format!("not four words: {line:?}").into());
            };
            let id = (operation.to_owned(), name.to_owned());
            times
                .entry(id)
                .or_default()
                .push((hot.parse()?, cold.parse()?));
        }
    }
    println!(
        "| | extract | cold | extract, headers absent | cold | inject into a fresh map | cold |"
    );
    println!("|---{}|", "|---:".repeat(6));
    for name in NAMES {
        let cells = ["extract", "extract_absent", "inject_fresh"].map(|operation| {
            let id = (operation.to_owned(), name.to_owned());
            let times = times.get(&id).map_or(&[][..], Vec::as_slice);
            let hot = range(times.iter().map(|(hot, _)| *hot));
            format!("{hot} | {}", range(times.iter().map(|(_, cold)| *cold)))
        });
        println!("| `{name}` | {} |", cells.join(" | "));
    }
    Ok(())
}

/// Formats the smallest and the largest time.
fn range(times: impl Iterator<Item = f64> + Clone) -> String {
    let smallest = times.clone().fold(f64::INFINITY, f64::min);
    let largest = times.fold(0.0, f64::max);
    format!("{smallest:.0}–{largest:.0}")
}
