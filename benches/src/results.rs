//! The medians that criterion left of the last run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// Group, function and value of a benchmark → median in nanoseconds.
#[derive(Debug, Default)]
pub struct Results(BTreeMap<[String; 3], f64>);

impl Results {
    /// Reads all of the folder `target/criterion`.
    pub fn read(folder: &Path) -> Self {
        let mut results = Results::default();
        results.add(folder);
        results
    }

    fn add(&mut self, folder: &Path) {
        if let (Some(id), Some(estimates)) = (
            json(&folder.join("new/benchmark.json")),
            json(&folder.join("new/estimates.json")),
        ) {
            let part = |name: &str| id[name].as_str().unwrap_or_default().to_owned();
            let id = ["group_id", "function_id", "value_str"].map(part);
            let median = &estimates["median"]["point_estimate"];
            self.0.insert(id, median.as_f64().expect("a median"));
            return;
        }
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for path in entries
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
        {
            self.add(&path);
        }
    }

    /// The median of one.
    pub fn median(&self, group: &str, function: &str, value: &str) -> Option<f64> {
        let id = [group, function, value].map(str::to_owned);
        self.0.get(&id).copied()
    }

    /// Values and medians of a function, in the order of the numbers that the values are.
    pub fn series(&self, group: &str, function: &str) -> Vec<(usize, f64)> {
        let mut series: Vec<_> = self
            .0
            .iter()
            .filter(|([g, f, _], _)| g == group && f == function)
            .filter_map(|([_, _, value], median)| Some((value.parse().ok()?, *median)))
            .collect();
        series.sort_by_key(|(value, _)| *value);
        series
    }
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}
