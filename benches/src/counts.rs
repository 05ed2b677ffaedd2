//! The output of the benchmarks that count instructions.

use std::error::Error;
use std::io;

use serde_json::Value;

/// The number of instructions of one call.
#[derive(Debug)]
pub struct Count {
    /// The name of the benchmark function.
    pub function: String,
    /// The index of the case, in the order of the benchmark.
    pub index: usize,
    /// The number of instructions.
    pub instructions: u64,
}

/// Reads one count from each line that the harness prints with `--output-format=json`.
///
/// # Errors
///
/// Returns an error if a line cannot be read or has another form.
pub fn read(lines: impl Iterator<Item = io::Result<String>>) -> Result<Vec<Count>, Box<dyn Error>> {
    lines.map(|line| parse(&line?)).collect()
}

fn parse(line: &str) -> Result<Count, Box<dyn Error>> {
    let run: Value = serde_json::from_str(line)?;
    let function = run["function_name"].as_str().ok_or("no function_name")?;
    let index = run["id"].as_str().and_then(|id| id.strip_prefix("case_"));
    let metrics = &run["profiles"][0]["data"]["total"]["metrics"];
    let count = &metrics["Ir"]["values"]["new"];
    Ok(Count {
        function: function.to_owned(),
        index: index.ok_or("no index of a case")?.parse()?,
        instructions: count.as_u64().ok_or("no count of instructions")?,
    })
}
