//! Misspelt names of headers.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::names;
use super::pattern::regex;

/// A name that resembles a known one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// The name as it was found.
    pub name: String,
    /// The known name that it most likely stands for.
    pub nearest: &'static str,
    /// The number of the line, from 1.
    pub line: usize,
}

/// How many different names are compared. The comparison is the slowest part of reading.
const MAX_NAMES: usize = 500;

/// Finds the names before a colon or an equals sign that resemble a known header.
#[derive(Debug, Default)]
pub(super) struct Nearest {
    /// The names that were compared.
    seen: HashSet<String>,
    pub(super) unknown: Vec<Unknown>,
}

impl Nearest {
    /// Reads a line.
    pub(super) fn read(&mut self, text: &str, line: usize) {
        static NAME: LazyLock<Regex> =
            LazyLock::new(|| regex(r#"(?:\\[nr])?([A-Za-z][A-Za-z0-9_-]{5,39})["']?[ \t]?[:=]"#));
        let left = MAX_NAMES - self.seen.len();
        for found in NAME.captures_iter(text).take(left) {
            let name = &found[1];
            if self.seen.insert(name.to_owned()) && !names::is_name(name) {
                let name = name.to_owned();
                self.unknown.extend(closest(&name).map(|nearest| Unknown {
                    name,
                    nearest,
                    line,
                }));
            }
        }
    }
}

/// Returns the known header with the smallest distance, if one letter in five differs at most.
fn closest(name: &str) -> Option<&'static str> {
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let plain = plain.strip_prefix("http-").unwrap_or(&plain);
    let distances = names::all().iter().filter_map(|known| {
        let max = known.len() / 5;
        // The distance itself takes longer to compute.
        let is_near = known.len().abs_diff(plain.len()) <= max;
        let distance = is_near.then(|| strsim::damerau_levenshtein(plain, known))?;
        (distance <= max).then_some((distance, *known))
    });
    distances.min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str) -> Vec<Unknown> {
        let mut nearest = Nearest::default();
        text.lines()
            .zip(1..)
            .for_each(|(line, number)| nearest.read(line, number));
        nearest.unknown
    }

    #[test]
    fn find_names_the_nearest_header() {
        let text =
            "Host: a\nX-Kontur-TraceId: 1\nsentry_trce=2\n\"Trace-Parent\" : 3\nPackage: 4\n";
        let found: Vec<_> = find(text)
            .into_iter()
            .map(|unknown| (unknown.line, unknown.nearest))
            .collect();
        let expected = [
            (2, "x-kontur-trace-id"),
            (3, "sentry-trace"),
            (4, "traceparent"),
        ];
        assert_eq!(found[..3], expected);
        assert_eq!(find("accept: a\nuser-agent: b\ndate: c\n"), []);
    }

    #[test]
    fn find_takes_a_field_of_logs_for_no_mistake() {
        assert_eq!(find("traceId: 1\nX-Trace-Id: 2\ntrace_id=3\n"), []);
    }
}
