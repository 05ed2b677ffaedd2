//! What criterion measured: of each benchmark the tenth of the samples that went fastest, in the
//! fastest of the runs that were saved.
//!
//! Whatever else a machine does, and a virtual machine's host, only adds to a sample. So a low
//! quantile tells of the code, where the median also tells of the neighbors; on an idle machine
//! they are the same. A host may take its time for longer than a benchmark lasts: hence the runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// Group, function and value of a benchmark → the slowest of its fastest tenth, in nanoseconds.
#[derive(Debug, Default)]
pub struct Results(BTreeMap<[String; 3], f64>);

impl Results {
    /// Reads all of the folder `target/criterion`.
    pub fn read(folder: &Path) -> Self {
        let mut results = Results::default();
        results.add(folder);
        results
    }

    /// One run of one benchmark is a folder, those that were saved beside the last one.
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

    /// The time of one.
    pub fn time(&self, group: &str, function: &str, value: &str) -> Option<f64> {
        let id = [group, function, value].map(str::to_owned);
        self.0.get(&id).copied()
    }

    /// Functions and times of a group without values.
    pub fn functions<'a>(&'a self, group: &'a str) -> impl Iterator<Item = (&'a str, f64)> + 'a {
        let of_group = self.0.iter().filter(move |([g, ..], _)| g == group);
        of_group.map(|([_, function, _], time)| (&**function, *time))
    }

    /// Values and times of a function, in the order of the numbers that the values are.
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

/// Of the samples, each so many iterations in so many nanoseconds.
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
