//! Ids and values that are recognized without a name.

use std::ops::Range;
use std::sync::LazyLock;

use opentelemetry::trace::SpanId;
use opentelemetry_propagator_vostok::header::GLOBALS;
use opentelemetry_propagator_vostok::TracingContext;
use regex::Regex;

use super::ids::{self, Id, Spellings};
use super::pattern::regex;
use super::value::line_before;
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
        let all = &shape[0];
        let (label, id) = if let Some(id) = group("url") {
            let label = match all.contains("contrails") {
                true => "a viewer's URL",
                false => "a URL",
            };
            (label, long(id).filter(|_| ends_path(&text[range.end..])))
        } else if let Some(id) = group("sleuth") {
            let id = ids::at_start(id, Spellings::All);
            ("[application,trace,span]", id.map(|(id, _)| id))
        } else if group("envelope").is_some() {
            let compact: String = all.split_ascii_whitespace().collect();
            (
                "a Context-Globals value",
                values::trace_of(GLOBALS, &compact),
            )
        } else if let Some(base64) = group("base64") {
            let decoded = ids::decode_base64(base64).map(String::from_utf8);
            if let Some(Ok(decoded)) = decoded {
                found(range.start, Shape::Text(decoded));
            }
            continue;
        } else if !is_apart {
            // The rest may be a shape of its own.
            at = range.start + 1;
            continue;
        } else if group("guids").is_some() {
            ("Vostok's tracing entry", tracing(all))
        } else {
            let kind = match () {
                () if group("parent").is_some() => "a traceparent value",
                () if group("root").is_some() => "X-Ray's Root",
                () if group("jaeger").is_some() => "a uber-trace-id value",
                () => "a trace id and a span id",
            };
            (name_before(before).unwrap_or(kind), long(all))
        };
        if let Some(id) = id {
            found(range.start, Shape::Id(label.to_owned(), id));
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
    static NAME: LazyLock<Regex> =
        LazyLock::new(|| regex(r#"([A-Za-z0-9._-]{2,40})["' ]*[:=]["' \[]*$"#));
    Some(NAME.captures(before)?.get(1)?.as_str())
}

fn tracing(value: &str) -> Option<Id> {
    let tracing = value.parse::<TracingContext>().ok()?;
    let span_id = Some(tracing.span_id());
    Some(Id {
        span_id: span_id.filter(|id| *id != SpanId::INVALID),
        ..Id::new(tracing.trace_id())
    })
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
    let (id, _) = ids::at_start(&NAMED.captures(line)?["id"], Spellings::Long)?;
    Some(("the id of an error", id))
}
