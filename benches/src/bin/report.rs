//! Prints the tables of `docs/performance.md` from criterion's results, and draws its chart.
//!
//! ```text
//! cargo bench --bench extract --bench extract_absent --bench inject --bench composite --bench scaling --bench parts
//! cargo run -p benches --bin report
//! ```
//!
//! The exit status is 1 if a benchmark of the chart has no results. The chart then stays as it is.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use benches::chart::{self, Bar};
use benches::ours;
use benches::results::Results;

const OURS: [&str; 6] = [
    "tracecontext",
    "baggage",
    "kontur",
    "vostok",
    "sentry",
    "sentry-root",
];
const SPECIFIED: [&str; 6] = ["b3", "b3multi", "xray", "xray-lambda", "jaeger", "ottrace"];
const OTHERS: [&str; 7] = [
    "sdk-tracecontext",
    "sdk-baggage",
    "opentelemetry-b3",
    "opentelemetry-b3multi",
    "opentelemetry-xray",
    "opentelemetry-jaeger",
    "sentry-opentelemetry",
];
const CARRIERS: [&str; 4] = [
    "HeaderMap 16",
    "HeaderMap 64",
    "HeaderMap 128",
    "HashMap 16",
];
const OPERATIONS: [&str; 3] = ["extract", "extract_absent", "inject"];
const SDK: &str = "sdk-tracecontext,baggage";
const LISTS: [&str; 3] = [ours::W3C, ours::TRACES, ours::FIVE];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = criterion_folder()?;
    let results = Results::read(&folder);
    let missing: Vec<_> = OPERATIONS
        .into_iter()
        .filter(|operation| bars(&results, operation).is_empty())
        .collect();
    if missing.len() == OPERATIONS.len() {
        return Err(format!(
            "no results in {}; run `cargo bench -p benches` first",
            folder.display()
        )
        .into());
    }

    for operation in OPERATIONS {
        compare_with_floor(&results, operation);
        list(&results, operation, "formats of other vendors", &SPECIFIED);
        list(&results, operation, "other crates", &OTHERS);
    }
    composite(&results);
    scaling(&results);
    parts(&results);

    if !missing.is_empty() {
        return Err(format!(
            "cannot draw the chart: no results for {} in {}",
            missing.join(", "),
            folder.display()
        )
        .into());
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let charts: Vec<_> = OPERATIONS
        .iter()
        .map(|operation| (*operation, bars(&results, operation)))
        .collect();
    fs::write(here.join("../docs/performance.svg"), chart::svg(&charts))?;
    Ok(())
}

/// Returns the folder of criterion's results, which criterion determines in the same way.
fn criterion_folder() -> Result<PathBuf, Box<dyn Error>> {
    if let Some(folder) = env::var_os("CRITERION_HOME") {
        return Ok(folder.into());
    }
    if let Some(target) = env::var_os("CARGO_TARGET_DIR") {
        return Ok(PathBuf::from(target).join("criterion"));
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let target = metadata["target_directory"]
        .as_str()
        .ok_or("`cargo metadata` printed no target directory")?;
    Ok(Path::new(target).join("criterion"))
}

/// Formats a time, and its ratio to another time.
fn times(ns: f64, other: f64) -> String {
    format!("{ns:.0} ({:.2})", ns / other)
}

fn compare_with_floor(results: &Results, operation: &str) {
    println!("\n### `{operation}`: ns (times its floor)\n");
    println!("| | {} |", CARRIERS.join(" | "));
    println!("|---{}|", "|---:".repeat(CARRIERS.len()));
    for name in OURS {
        // The request of this case has no headers.
        if (operation, name) == ("extract", "sentry-root") {
            continue;
        }
        let floor = format!("{name}-floor");
        let cell = |carrier: &&str| {
            let ours = results.time(operation, name, carrier)?;
            Some(times(ours, results.time(operation, &floor, carrier)?))
        };
        let cells: Vec<_> = CARRIERS.iter().map(cell).collect();
        if cells.iter().any(Option::is_some) {
            let cells: Vec<_> = cells.into_iter().map(Option::unwrap_or_default).collect();
            println!("| {name} | {} |", cells.join(" | "));
        }
    }
}

fn list(results: &Results, operation: &str, title: &str, names: &[&str]) {
    println!("\n### `{operation}`: {title}, ns\n");
    println!("| | {} |", CARRIERS.join(" | "));
    println!("|---{}|", "|---:".repeat(CARRIERS.len()));
    for name in names {
        let cell = |carrier: &&str| {
            let time = results.time(operation, name, carrier);
            time.map_or_else(String::new, |ns| format!("{ns:.0}"))
        };
        let cells: Vec<_> = CARRIERS.iter().map(cell).collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
}

/// Compares lists with the SDK's two propagators, and with the sum of their names alone, over the
/// same request.
fn composite(results: &Results) {
    println!("\n### Lists on a request with all headers: ns\n");
    println!("| | extract | inject | both / the SDK's two | both / each name alone |");
    println!("|---|---:|---:|---:|---:|");
    let time = |operation: &str, list: &str| {
        let time = results.time("composite", operation, list);
        time.unwrap_or(f64::NAN)
    };
    let both = |list: &str| time("extract", list) + time("inject", list);
    for list in LISTS {
        let (extract, inject) = (time("extract", list), time("inject", list));
        let ratio = both(list) / both(SDK);
        let parts = both(list) / list.split(',').map(both).sum::<f64>();
        println!("| `{list}` | {extract:.0} | {inject:.0} | {ratio:.2} | {parts:.2} |");
    }
    let (extract, inject) = (time("extract", SDK), time("inject", SDK));
    println!("| `{SDK}` | {extract:.0} | {inject:.0} | 1 | |");
    let (all, floor) = (
        time("extract_absent", ours::FIVE),
        time("extract_absent", "five-floor"),
    );
    println!(
        "\nOn a request without any of the headers, `{}` takes {all:.0} ns, {:.2} times its lookups.",
        ours::FIVE,
        all / floor
    );
}

fn scaling(results: &Results) {
    println!("\n### Growth of `extract`\n");
    println!("| | {} |", ["count: ns"; 6].join(" | "));
    println!("|---{}|", "|---:".repeat(6));
    for name in ["headers", "globals", "baggage members", "propagators"] {
        let series = results.series("scaling", name);
        let cells: Vec<_> = series
            .iter()
            .map(|(n, ns)| format!("{n}: {ns:.0}"))
            .collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
}

fn parts(results: &Results) {
    println!("\n### Parts\n");
    println!("| step | ns |");
    println!("|---|---:|");
    for (step, ns) in results.functions("parts") {
        println!("| {step} | {ns:.0} |");
    }
}

fn bars(results: &Results, operation: &str) -> Vec<Bar> {
    let bar = |name: &str| {
        let floor = format!("{name}-floor");
        Some(Bar {
            name: name.to_owned(),
            ns: results.time(operation, name, CARRIERS[0])?,
            floor: results.time(operation, &floor, CARRIERS[0]),
        })
    };
    OURS.iter()
        .chain(&SPECIFIED)
        .chain(&OTHERS)
        .filter_map(|name| bar(name))
        .collect()
}
