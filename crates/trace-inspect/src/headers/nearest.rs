//! Misspelt names of headers.

use std::collections::HashSet;

use memchr::memchr2_iter;

use super::names;

/// A name that resembles a known one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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

/// The lengths of the names that are compared, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 6..=40;

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
        for end in memchr2_iter(b':', b'=', text.as_bytes()) {
            if self.seen.len() >= MAX_NAMES {
                return;
            }
            let Some(name) = name_before(text, end) else {
                continue;
            };
            if self.seen.contains(name) {
                continue;
            }
            self.seen.insert(name.to_owned());
            if names::header_of(name).is_some() || names::is_label(name) {
                continue;
            }
            if let Some(nearest) = closest(name) {
                let name = name.to_owned();
                self.unknown.push(Unknown {
                    name,
                    nearest,
                    line,
                });
            }
        }
    }
}

/// Returns the name before a separator, perhaps in quotes.
fn name_before(text: &str, end: usize) -> Option<&str> {
    let before = &text.as_bytes()[..end];
    let before = before
        .strip_suffix(b" ")
        .or(before.strip_suffix(b"\t"))
        .unwrap_or(before);
    let before = before
        .strip_suffix(b"\"")
        .or(before.strip_suffix(b"'"))
        .unwrap_or(before);
    let is_of_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let last = before.iter().rev().take(LENGTHS.end() + 1);
    let mut start = before.len() - last.take_while(is_of_name).count();
    // The name may follow an escaped line end.
    if before[..start].ends_with(b"\\") {
        start += 1;
    }
    let name = text.get(start..before.len())?;
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    LENGTHS.contains(&name.len()).then_some(name)
}

fn closest(name: &str) -> Option<&'static str> {
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let plain = plain.strip_prefix("http-").unwrap_or(&plain);
    let letters_of_plain = letters(plain);
    let max_distance = |known: &str| known.len() / 5;
    let may_resemble = |known: &&&str| {
        let max = max_distance(known);
        known.len().abs_diff(plain.len()) <= max && {
            let letters_of_known = letters(known);
            let missing = letters_of_known & !letters_of_plain;
            let added = letters_of_plain & !letters_of_known;
            missing.count_ones().max(added.count_ones()) as usize <= max
        }
    };
    names::all()
        .iter()
        .filter(may_resemble)
        .map(|known| (strsim::damerau_levenshtein(plain, known), *known))
        .filter(|(distance, known)| *distance <= max_distance(known))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// Returns the set of letters of a name.
///
/// An edit adds at most one letter to the set and removes at most one, so that two sets show cheaply
/// that the distance of two names is too large.
fn letters(name: &str) -> u32 {
    name.bytes().fold(0, |set, byte| set | 1 << (byte & 31))
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
