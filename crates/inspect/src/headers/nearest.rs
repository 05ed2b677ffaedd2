//! Names that are almost known.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::names;
use super::values::regex;

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

/// Finds the names before a colon or an equals sign that resemble a known header.
pub(super) fn find(text: &str) -> Vec<Unknown> {
    static NAME: LazyLock<Regex> =
        LazyLock::new(|| regex(r#"[A-Za-z][A-Za-z0-9_-]{5,39}["']?[ \t]?[:=]"#));
    let mut seen = HashSet::new();
    let mut unknown = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for found in NAME.find_iter(text) {
        let is_after = |c| matches!(c, '"' | '\'' | ':' | '=' | ' ' | '\t');
        let name = found.as_str().trim_end_matches(is_after);
        // The name may follow an escaped line end.
        let is_escaped = text[..found.start()].ends_with('\\');
        let name = if is_escaped { &name[1..] } else { name };
        if seen.len() >= MAX_NAMES {
            break;
        }
        if !seen.insert(name) || names::contains(name) {
            continue;
        }
        if let Some(nearest) = closest(name) {
            let between = text[counted..found.start()].bytes();
            line += between.filter(|byte| *byte == b'\n').count();
            counted = found.start();
            unknown.push(Unknown {
                name: name.to_owned(),
                nearest,
                line,
            });
        }
    }
    unknown
}

fn closest(name: &str) -> Option<&'static str> {
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let plain = plain.strip_prefix("http-").unwrap_or(&plain);
    // A field of logs, which is read as such.
    if plain == "traceid" {
        return None;
    }
    names::all()
        .iter()
        .map(|known| (strsim::damerau_levenshtein(plain, known), *known))
        .filter(|(distance, known)| *distance <= known.len() / 5)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_names_the_nearest_header() {
        let text = "Host: a\nX-Kontur-TraceId: 1\nsentry_trce=2\nTrace-Parent: 3\nPackage: 4\n";
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
}
