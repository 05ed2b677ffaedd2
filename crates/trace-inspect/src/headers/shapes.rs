//! Ids and values that are recognized without a name.

use std::ops::Range;
use std::sync::LazyLock;

use opentelemetry_propagator_vostok::header::{GLOBALS, TRACING_CONTEXT};
use opentelemetry_propagator_vostok::{Entries, TracingContext};
use regex::Regex;

use super::ids::{self, Id, Spellings};
use super::pattern::regex;
use super::value::line_before;

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
        r"(?xi)
        (?P<parent>[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})
        | (?P<pair>[0-9a-f]{32}-[0-9a-f]{16}(?:-[01])?)
        | (?P<root>Root=1-[0-9a-f]{8}-[0-9a-f]{24}(?:;Parent=[0-9a-f]{16})?(?:;Sampled=[01])?)
        | (?P<guids>\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?;[0-9a-f{}-]{32,38})
        | /(?:traces?|contrails)/(?P<url>[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})
        | \[[\w.-]*,(?P<sleuth>[0-9a-f]{32}|[0-9a-f]{16}),[0-9a-f]{16}(?:,[a-z]*)*\]
        | (?P<jaeger>[0-9a-f]{32}:[0-9a-f]{1,16}:[0-9a-f]{1,16}:[0-9a-f]{1,2})
        | (?P<envelope>(?-i:[A-Za-z0-9+/]{2}AAA)[A-Za-z0-9+/\n]{35,}={0,2})
        | (?P<base64>(?-i:eyJ|dHJhY2VwYXJlbnQ)[A-Za-z0-9+/_-]{20,}={0,2})
        ",
    )
});

/// Finds the ids and values of a text that stand outside of the ranges that were read by name.
/// `taken` is sorted.
pub(super) fn find(text: &str, taken: &[Range<usize>], mut found: impl FnMut(usize, Shape)) {
    let (mut at, mut taken) = (0, taken.iter().peekable());
    while let Some(shape) = SHAPE.captures_at(text, at) {
        let range = shape.get(0).expect("the whole match").range();
        while taken.peek().is_some_and(|taken| taken.end <= range.start) {
            taken.next();
        }
        if let Some(taken) = taken.peek().filter(|taken| taken.start < range.end) {
            at = taken.end.max(range.start + 1);
            continue;
        }
        at = range.end;
        let before = line_before(text, range.start);
        let group = |name| shape.name(name).map(|group| group.as_str());
        let is_apart = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'))
            && !text[range.end..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let long = |text: &str| ids::at_start(text, Spellings::Long).map(|(id, _)| id);
        let (label, id) = if let Some(id) = group("url") {
            if !ends_path(&text[range.end..]) {
                continue;
            }
            (
                if shape[0].contains("contrails") {
                    "a viewer's URL"
                } else {
                    "a URL"
                }
                .to_owned(),
                long(id),
            )
        } else if let Some(id) = group("sleuth") {
            (
                "[application,trace,span]".to_owned(),
                ids::at_start(id, Spellings::All).map(|(id, _)| id),
            )
        } else if group("envelope").is_some() {
            ("a Context-Globals value".to_owned(), envelope(&shape[0]))
        } else if let Some(base64) = group("base64") {
            let decoded =
                ids::decode_base64(base64).and_then(|bytes| String::from_utf8(bytes).ok());
            if let Some(decoded) = decoded {
                found(range.start, Shape::Text(decoded));
            }
            continue;
        } else if !is_apart {
            // The rest may be a shape of its own.
            at = range.start + 1;
            continue;
        } else if group("guids").is_some() {
            ("Vostok's tracing entry".to_owned(), tracing(&shape[0]))
        } else {
            let kind = match () {
                () if group("parent").is_some() => "a traceparent value",
                () if group("root").is_some() => "X-Ray's Root",
                () if group("jaeger").is_some() => "a uber-trace-id value",
                () => "a trace id and a span id",
            };
            (
                name_before(before).unwrap_or(kind).to_owned(),
                long(&shape[0]),
            )
        };
        if let Some(id) = id {
            found(range.start, Shape::Id(label, id));
        }
    }
}

/// Whether the path of a URL ends before this text.
fn ends_path(rest: &str) -> bool {
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || "?#&,;\"'`)>]}".contains(c))
}

/// Returns the name that a value without a known name has: `ce-traceparent: 00-…`.
fn name_before(before: &str) -> Option<&str> {
    let before = before.trim_end_matches(['"', '\'', ' ', '[']);
    let before = before
        .strip_suffix([':', '='])?
        .trim_end_matches(['"', '\'', ' ']);
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let start = before.rfind(|c| !is_of_name(c)).map_or(0, |at| {
        at + before[at..].chars().next().map_or(1, char::len_utf8)
    });
    let name = &before[start..];
    (2..=40).contains(&name.len()).then_some(name)
}

fn envelope(base64: &str) -> Option<Id> {
    let compact: String = base64.split_ascii_whitespace().collect();
    let (entries, _) = Entries::parse_partial(GLOBALS, &compact);
    tracing(entries.get_str(TRACING_CONTEXT)?)
}

fn tracing(value: &str) -> Option<Id> {
    let tracing = value.parse::<TracingContext>().ok()?;
    let mut id = Id::new(u128::from_be_bytes(tracing.trace_id().to_bytes()))?;
    id.span_id = Some(tracing.span_id()).filter(|id| *id != opentelemetry::trace::SpanId::INVALID);
    Some(id)
}

/// Returns the id that is all of a line.
pub(super) fn alone(line: &str) -> Option<Id> {
    let text = line
        .trim()
        .trim_matches(['"', '\'', '`', ',', ';', '{', '}', '(', ')', '[', ']']);
    // Half an id alone may be anything.
    let (id, len) = ids::at_start(text, Spellings::Long)?;
    (len == text.len()).then_some(id)
}

/// Finds ids without any name: those that an error message shows, and those in quotes or brackets.
/// `found` receives whether the text calls it the id of an error.
pub(super) fn guess(line: &str, mut found: impl FnMut(bool, &str, Id)) {
    static GUESS: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?xi)
            (?P<word>\b(?:error|code|reference|ref|incident|ticket)|код|ошибки)?
            (?P<sign>[\s:=]*)(?P<quote>["'\[({])?
            \b(?P<id>[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b
            (?P<end>["'\])}])?
            "#,
        )
    });
    for guess in GUESS.captures_iter(line) {
        let is_named = guess.name("word").is_some() && !guess["sign"].is_empty();
        let before = &line[..guess.get(0).map_or(0, |all| all.start())];
        let is_of_other =
            guess["sign"].contains([':', '=']) || before.ends_with([':', '=', '/', '.', '@']);
        let is_quoted = guess.name("quote").is_some() && guess.name("end").is_some();
        if is_named || is_quoted && !is_of_other {
            if let Some((id, _)) = ids::at_start(&guess["id"], Spellings::Long) {
                found(is_named, &guess["id"], id);
            }
        }
    }
}
