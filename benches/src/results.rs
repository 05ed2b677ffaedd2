//! Criterion's results. The time of a benchmark is the tenth percentile of its samples, in the
//! fastest of the saved runs.
//!
//! Other processes on the machine, or on the host of a virtual machine, can only increase a sample.
//! A low percentile therefore measures the code, while the median also measures the load. On an
//! idle machine both are the same. Several runs are needed because the load of a host may last
//! longer than a benchmark.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The time in nanoseconds of each benchmark, by group, function and value.
#[derive(Debug, Default)]
pub struct Results(BTreeMap<[String; 3], f64>);

impl Results {
    /// Reads all results in the folder `target/criterion`.
    pub fn read(folder: &Path) -> Self {
        let mut results = Results::default();
        results.add(folder);
        results
    }

    /// Adds all results in a folder and its subfolders. Each run of a benchmark has its own folder.
    fn add(&mut self, folder: &Path) {
        if let (Some(id), Some(sample)) = (
            json(&folder.join("benchmark.json")),
            json(&folder.join("sample.json")),
        ) {
            let part = |name: &str| id[name].as_str().unwrap_or_default().to_owned();
            let id = ["group_id", "function_id", "value_str"].map(part);
            let time = fastest_tenth(&sample);
            let fastest = self.0.entry(id).or_insert(time);
            *fastest = fastest.min(time);
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

    /// Returns the time of one benchmark.
    pub fn time(&self, group: &str, function: &str, value: &str) -> Option<f64> {
        let id = [group, function, value].map(str::to_owned);
        self.0.get(&id).copied()
    }

    /// Iterates over the functions of a group without values, with their times.
    pub fn functions<'a>(&'a self, group: &'a str) -> impl Iterator<Item = (&'a str, f64)> + 'a {
        let of_group = self.0.iter().filter(move |([g, ..], _)| g == group);
        of_group.map(|([_, function, _], time)| (&**function, *time))
    }

    /// Returns the values of a function and their times, in numerical order.
    pub fn series(&self, group: &str, function: &str) -> Vec<(usize, f64)> {
        let mut series: Vec<_> = self
            .0
            .iter()
            .filter(|([g, f, _], _)| g == group && f == function)
            .filter_map(|([_, _, value], time)| Some((value.parse().ok()?, *time)))
            .collect();
        series.sort_by_key(|(value, _)| *value);
        series
    }
}

/// Returns the tenth percentile of the samples' times per iteration.
fn fastest_tenth(sample: &Value) -> f64 {
    let numbers = |name: &str| {
        let list = sample[name].as_array().into_iter().flatten();
        list.filter_map(Value::as_f64)
    };
    let mut times: Vec<_> = numbers("times")
        .zip(numbers("iters"))
        .map(|(time, iterations)| time / iterations)
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 10]
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}
