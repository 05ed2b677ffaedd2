//! The output of the benchmarks that count instructions.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

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
    /// The file that callgrind wrote.
    pub profile: PathBuf,
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
    let id = run["id"].as_str().ok_or("no id")?;
    let folder = run["output_dir"].as_str().ok_or("no output_dir")?;
    let metrics = &run["profiles"][0]["data"]["total"]["metrics"];
    let count = &metrics["Ir"]["values"]["new"];
    Ok(Count {
        function: function.to_owned(),
        index: id
            .strip_prefix("case_")
            .ok_or("no index of a case")?
            .parse()?,
        instructions: count.as_u64().ok_or("no count of instructions")?,
        // The folder is relative to the root of the workspace.
        profile: Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .join(folder)
            .join(format!("callgrind.{function}.{id}.out")),
    })
}
