//! Ids and values that are recognized without a name.

use std::ops::Range;
use std::sync::LazyLock;

use opentelemetry_propagator_vostok::header::{GLOBALS, TRACING_CONTEXT};
use regex::Regex;

use super::ids::{self, Id, Spellings};
use super::line_before;
use super::pattern::regex;
use super::values;

/// What was found at a place of a text.
#[derive(Debug)]
pub(super) enum Shape {
    /// An id, and the kind of text.
    Id(String, Id),
    /// Base64 of a text, which is decoded.
    Text(String),
}

static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?xi)
        (?P<parent>[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})
        | (?P<pair>[0-9a-f]{32}-[0-9a-f]{16}(?:-[01])?)
        | (?P<root>Root=1-[0-9a-f]{8}-[0-9a-f]{24}(?:;Parent=[0-9a-f]{16})?(?:;Sampled=[01])?)
        | (?P<guids>\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?;[0-9a-f{}-]{32,38})
        | (?:/(?:traces?|(?P<viewer>contrails))/|"query":")
            (?P<url>[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})
        | \[[\w.-]*,(?P<sleuth>[0-9a-f]{32}|[0-9a-f]{16}),[0-9a-f]{16}(?:,[a-z]*)*\]
        | (?P<jaeger>[0-9a-f]{32}:[0-9a-f]{1,16}:[0-9a-f]{1,16}:[0-9a-f]{1,2})
        | (?P<envelope>(?-i:[A-Za-z0-9+/]{2}AAA)[A-Za-z0-9+/\n]{35,}={0,2})
        | (?P<base64>(?-i:eyJ|dHJhY2VwYXJlbnQ)[A-Za-z0-9+/_-]{20,}={0,2})
        "#,
    )
});

/// The groups of the expression, and what is said of a text that matches one.
const KINDS: [(&str, &str); 10] = [
    ("parent", "a traceparent value"),
    ("pair", "a trace id and a span id"),
    ("root", "X-Ray's Root"),
    ("jaeger", "a uber-trace-id value"),
    ("guids", "Vostok's tracing entry"),
    ("viewer", "a viewer's URL"),
    ("url", "a URL"),
    ("sleuth", "[application,trace,span]"),
    ("envelope", "a Context-Globals value"),
    ("base64", "Base64"),
];

/// Finds the ids and values of a text that stand outside of the ranges that were read by name.
/// `taken` is sorted.
pub(super) fn find(text: &str, taken: Vec<Range<usize>>) -> Vec<(Range<usize>, Shape)> {
    let mut found = Vec::new();
    let (mut at, mut taken) = (0, taken.into_iter().peekable());
    while let Some(shape) = SHAPE.captures_at(text, at) {
        let range = shape.get(0).expect("the whole match").range();
        while taken.next_if(|taken| taken.end <= range.start).is_some() {}
        if let Some(taken) = taken.peek().filter(|taken| taken.start < range.end) {
            at = taken.end.max(range.start + 1);
            continue;
        }
        let is_kind = |(group, _): &&(&str, &str)| shape.name(group).is_some();
        let (kind, label) = *KINDS.iter().find(is_kind).expect("one of the groups");
        let (before, after) = (line_before(text, range.start), &text[range.end..]);
        let is_apart = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'))
            && !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        // The others have marks of their own.
        let is_plain = matches!(kind, "parent" | "pair" | "root" | "jaeger" | "guids");
        if is_plain && !is_apart {
            // The rest may be a shape of its own.
            at = range.start + 1;
            continue;
        }
        at = range.end;
        let value = &shape[0];
        let id = match kind {
            "base64" => {
                let text = ids::decode_base64(value).map(String::from_utf8);
                let text = text.and_then(Result::ok).map(Shape::Text);
                found.extend(text.map(|text| (range.clone(), text)));
                None
            }
            "envelope" => {
                let compact: String = value.split_ascii_whitespace().collect();
                values::trace_of(GLOBALS, &compact)
            }
            "guids" => values::trace_of(TRACING_CONTEXT, value),
            "sleuth" => ids::first(&shape["sleuth"], Spellings::All),
            "viewer" | "url" if !ends_path(after) => None,
            "viewer" | "url" => ids::first(&shape["url"], Spellings::Long),
            _ => ids::first(value, Spellings::Long),
        };
        let label = match kind {
            "parent" | "pair" | "root" | "jaeger" => name_before(before).unwrap_or(label),
            _ => label,
        };
        found.extend(id.map(|id| (range, Shape::Id(label.to_owned(), id))));
    }
    found
}

/// Whether the path of a URL ends before this text.
fn ends_path(rest: &str) -> bool {
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || "?#&,;\"'`)>]}".contains(c))
}

/// Returns the name that a value without a known name has: `ce-traceparent: 00-…`.
fn name_before(before: &str) -> Option<&str> {
    static NAME: LazyLock<Regex> =
        LazyLock::new(|| regex(r#"([A-Za-z0-9._-]{2,40})["' ]*[:=]["' \[]*$"#));
    Some(NAME.captures(before)?.get(1)?.as_str())
}

/// Returns the id that is all of a line, or that a line calls the id of an error, and its kind.
pub(super) fn alone(line: &str) -> Option<(&'static str, Id)> {
    static NAMED: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?xi)
            (?:\b(?:error|code|reference|ref|incident|ticket)|код|ошибки)[\s:=]+["'\[({]?
            (?P<id>[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b"#,
        )
    });
    let marks = ['"', '\'', '`', ',', ';', '{', '}', '(', ')', '[', ']'];
    let text = line.trim().trim_matches(marks);
    // Half an id alone may be anything.
    if let Some((id, len)) = ids::at_start(text, Spellings::Long) {
        return (len == text.len()).then_some(("a trace id alone", id));
    }
    let id = ids::first(&NAMED.captures(line)?["id"], Spellings::Long)?;
    Some(("the id of an error", id))
}
