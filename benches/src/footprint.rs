//! The distinct code that a call executes, in cache lines of 64 bytes.
//!
//! It is read from the output of callgrind with `--dump-instr=yes`, which has one line per
//! instruction. See "Callgrind Format Specification" in the manual of valgrind.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;

/// The size of a cache line in bytes.
pub const LINE: u64 = 64;

/// A cache line: the object file, and the line's number in it.
type Line = (String, u64);

/// The lines that a call executes, by the crate of their functions.
///
/// A line counts for each crate whose functions have an instruction in it, and once in the total.
#[derive(Debug, Default)]
pub struct Footprint(BTreeMap<String, BTreeSet<Line>>);

impl Footprint {
    /// Reads the output of callgrind.
    ///
    /// # Errors
    ///
    /// If it has another form.
    pub fn parse(profile: &str) -> Result<Self, Box<dyn Error>> {
        let mut footprint = Footprint::default();
        let mut names = Names::default();
        let (mut object, mut file) = (String::new(), String::new());
        let (mut crate_name, mut address) = (String::new(), 0);
        let mut is_call = false;
        for line in profile.lines() {
            if let Some((key, value)) = line.split_once('=') {
                match key {
                    "ob" => object = names.resolve("ob", value),
                    "fl" => file = names.resolve("fl", value),
                    "fn" => crate_name = crate_of(&file, &object),
                    // Names may be defined where they are first used.
                    "fi" | "fe" | "cfi" | "cfl" => drop(names.resolve("fl", value)),
                    "cob" => drop(names.resolve("ob", value)),
                    "calls" => is_call = true,
                    _ => {}
                }
                continue;
            }
            let position = line.split(' ').next().unwrap_or_default();
            address = match position.as_bytes() {
                [b'*', ..] => address,
                [b'+', ..] => address + position[1..].parse::<u64>()?,
                [b'-', ..] => address - position[1..].parse::<u64>()?,
                [b'0', b'x', ..] => u64::from_str_radix(&position[2..], 16)?,
                _ => continue,
            };
            // This line has the cost of the called function. The call itself has a line of its own.
            if std::mem::take(&mut is_call) {
                continue;
            }
            let lines = footprint.0.entry(crate_name.clone()).or_default();
            lines.insert((object.clone(), address / LINE));
        }
        if footprint.0.is_empty() {
            return Err("no instructions; was it written with --dump-instr=yes?".into());
        }
        Ok(footprint)
    }

    /// Returns the number of distinct lines.
    pub fn lines(&self) -> usize {
        self.0.values().flatten().collect::<BTreeSet<_>>().len()
    }

    /// Returns the size of all distinct lines in KiB.
    pub fn kib(&self) -> f64 {
        self.lines() as f64 * LINE as f64 / 1024.0
    }

    /// Returns each crate or library with its number of lines, the largest first.
    pub fn crates(&self) -> Vec<(&str, usize)> {
        let mut crates: Vec<_> = self
            .0
            .iter()
            .map(|(name, lines)| (&**name, lines.len()))
            .collect();
        crates.sort_by_key(|&(_, lines)| std::cmp::Reverse(lines));
        crates
    }
}

/// The names that callgrind abbreviates: `(1) name` at the first use, and `(1)` later.
#[derive(Default)]
struct Names(HashMap<(&'static str, String), String>);

impl Names {
    fn resolve(&mut self, kind: &'static str, text: &str) -> String {
        let Some((number, name)) = text.split_once(')') else {
            return text.to_owned();
        };
        let name = name.trim_start();
        let known = self.0.entry((kind, number.to_owned())).or_default();
        if !name.is_empty() {
            name.clone_into(known);
        }
        known.clone()
    }
}

/// Returns the crate of a source file, or the name of the object file if the source is unknown.
fn crate_of(file: &str, object: &str) -> String {
    let folder_after = |marker: &str| {
        let rest = file.split_once(marker)?.1;
        rest.split('/').next().map(str::to_owned)
    };
    if let Some(rest) = file.split("/registry/src/").nth(1) {
        let folder = rest.split('/').nth(1).unwrap_or(rest);
        return folder
            .rsplit_once('-')
            .map_or(folder, |(name, _)| name)
            .to_owned();
    }
    if let Some(name) = folder_after("crates/") {
        return name;
    }
    if file.contains("/library/") {
        return "the standard library".to_owned();
    }
    if file.contains("benches/") {
        return "benches".to_owned();
    }
    let name = object.rsplit('/').next().unwrap_or(object);
    if name.contains(".so") {
        return name.to_owned();
    }
    // Dependencies of the standard library have no path.
    "others".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "\
positions: instr line
events: Ir

ob=(1) /target/bench
fl=(1) /home/registry/src/index/http-1.4.0/src/map.rs
fn=(1) find
0x1000 10 1
+3 11 1
cfi=(2) crates/core/src/lib.rs
cfn=(2) parse
calls=1 0x2000 5
* 11 40
+61 12 1

fl=(2)
fn=(2)
0x103f 5 1
0x2000 6 2

totals: 45
";

    #[test]
    fn distinct_lines_are_counted_once() {
        let footprint = Footprint::parse(PROFILE).unwrap();
        // 0x1000 to 0x103f, 0x1040, and 0x2000.
        assert_eq!(footprint.lines(), 3);
        assert_eq!(footprint.crates(), [("core", 2), ("http", 2)]);
    }

    #[test]
    fn profile_without_instructions_is_refused() {
        assert!(Footprint::parse("positions: line\nfn=(1) find\n10 1\n").is_err());
    }
}
