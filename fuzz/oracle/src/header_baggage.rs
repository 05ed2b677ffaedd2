//! Baggage in header names, such as `uberctx-user: 42`, naively.

use std::collections::{BTreeMap, HashSet};

use super::baggage::is_token;
use super::{percent, trim};

/// The entries of baggage by key.
pub type Entries = BTreeMap<String, String>;

/// The lines of a carrier: a name in any case, and a value.
pub type Lines = [(String, String)];

/// Reads `jaeger-baggage`, and the `uberctx-*` headers if `uber-trace-id` is not empty.
pub fn jaeger(lines: &Lines) -> Entries {
    let mut entries = Entries::new();
    let mut looked_at = 0;
    let elements = of(lines, "jaeger-baggage").flat_map(|line| line.split(',').map(trim));
    for element in elements.filter(|it| !it.is_empty()).take(MOST_LOOKED_AT) {
        looked_at += 1;
        if let [key, value] = element.split('=').map(trim).collect::<Vec<_>>()[..] {
            if !value.is_empty() {
                insert(&mut entries, key.to_owned(), value.to_owned());
            }
        }
    }
    let trace: Vec<&str> = of(lines, "uber-trace-id").collect();
    let elements = trace.iter().flat_map(|line| line.split(','));
    let has_element = elements.map(trim).any(|element| !element.is_empty());
    if has_element || trace.first().is_some_and(|first| !trim(first).is_empty()) {
        for (key, value) in named(lines, "uberctx-", MOST_LOOKED_AT - looked_at) {
            insert(&mut entries, key, percent::decode(value).into_owned());
        }
    }
    entries
}

/// Reads the `ot-baggage-*` headers of a request with a trace.
pub fn ottrace(lines: &Lines) -> Entries {
    let mut entries = Entries::new();
    for (key, value) in named(lines, "ot-baggage-", MOST_LOOKED_AT) {
        if !value.contains(char::is_control) {
            insert(&mut entries, key, value.to_owned());
        }
    }
    entries
}

/// Writes the headers of Jaeger.
pub fn write_jaeger(entries: &Entries) -> Vec<(String, String)> {
    write("uberctx-", entries, |value| Some(percent::encode(value)))
}

/// Writes the headers of OT trace. Values are not encoded, so only visible characters with spaces
/// between them are written.
pub fn write_ottrace(entries: &Entries) -> Vec<(String, String)> {
    write("ot-baggage-", entries, |value| {
        let is_visible = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        (is_visible && trim(value) == value).then(|| value.to_owned())
    })
}

const MOST_LOOKED_AT: usize = 128;

/// Returns the lines of one name.
fn of<'a>(lines: &'a Lines, name: &'a str) -> impl Iterator<Item = &'a str> {
    let of_name = lines.iter().filter(|(it, _)| it.eq_ignore_ascii_case(name));
    of_name.map(|(_, value)| value.as_str())
}

/// Returns the keys and the first non-empty values of the names with a prefix, in the order of the
/// names. At most `most` lines are looked at.
fn named<'a>(lines: &'a Lines, prefix: &str, most: usize) -> Vec<(String, &'a str)> {
    let names = lines.iter().map(|(name, _)| name.as_str());
    let names = names.filter(|name| name.to_ascii_lowercase().starts_with(prefix));
    let mut names: Vec<&str> = names.take(most).collect();
    names.sort_unstable();
    let entry = |name: &'a str| {
        let value = of(lines, name).map(trim).find(|value| !value.is_empty())?;
        Some((name[prefix.len()..].to_ascii_lowercase(), value))
    };
    names.into_iter().filter_map(entry).collect()
}

/// Adds an entry if it fits: at most 64 entries, and at most 8192 bytes of keys and values.
fn insert(entries: &mut Entries, key: String, value: String) {
    let others = entries.iter().filter(|(other, _)| **other != key);
    let (count, bytes) = others.fold((0, 0), |(count, bytes), (key, value)| {
        (count + 1, bytes + key.len() + value.len())
    });
    if is_token(&key) && count < 64 && bytes + key.len() + value.len() <= 8192 {
        entries.insert(key, value);
    }
}

/// Writes a header for each entry, in the order of the keys in lower case. Of the keys that differ
/// only in case, the first is written.
fn write(
    prefix: &str,
    entries: &Entries,
    encode: impl Fn(&str) -> Option<String>,
) -> Vec<(String, String)> {
    let mut sorted: Vec<(String, &String)> = entries
        .iter()
        .map(|(key, value)| (key.to_ascii_lowercase(), value))
        .collect();
    // The sort is stable, and the keys are sorted already.
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut seen = HashSet::new();
    let headers = sorted.into_iter().filter_map(|(key, value)| {
        let is_written = !key.ends_with("-bin") && seen.insert(key.clone());
        let value = encode(value).filter(|value| is_written && !value.is_empty())?;
        Some((format!("{prefix}{key}"), value))
    });
    let (mut count, mut bytes) = (0, 0);
    let fits = |(name, value): &(String, String)| {
        let len = name.len() - prefix.len() + value.len();
        let fits = count < 64 && bytes + len <= 8192;
        if fits {
            (count, bytes) = (count + 1, bytes + len);
        }
        fits
    };
    headers.filter(fits).collect()
}
