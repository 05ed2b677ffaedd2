//! Values and ids without a name.

use std::collections::HashSet;
use std::sync::LazyLock;

use opentelemetry::trace::TraceId;
use opentelemetry_propagator_kontur::header::parse_trace_id;
use opentelemetry_propagator_sentry::header::{BAGGAGE, SENTRY_TRACE};
use opentelemetry_propagator_vostok::header::GLOBALS;
use opentelemetry_propagator_vostok::TracingContext;
use opentelemetry_propagator_w3c::traceparent::TRACEPARENT;
use percent_encoding::percent_decode_str;
use regex::Regex;

use super::message::{Mention, Message};
use super::values::{self, regex};

/// How many values of a text are read.
const MAX_VALUES: usize = 100;

/// Reads a text in which no name is known: a value alone, a URL, or values within other text.
pub(super) fn read(text: &str) -> Vec<Message> {
    let whole = whole(text);
    if !whole.is_empty() {
        return whole;
    }
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    let labelled = labelled(&decoded);
    if !labelled.is_empty() {
        return labelled;
    }
    shapes(text)
}

/// Reads a text that is one value, perhaps broken over several lines.
fn whole(text: &str) -> Vec<Message> {
    /// More than the longest header.
    const MAX_LEN: usize = 128 * 1024;
    if text.len() > MAX_LEN {
        return Vec::new();
    }
    let compact: String = text.split_whitespace().collect();
    let value = compact.trim_matches(['"', '\'', '`', ',', ';']);
    let known = [
        (TRACEPARENT, "a traceparent"),
        (SENTRY_TRACE, "a sentry-trace"),
        (GLOBALS, "a Context-Globals"),
    ];
    for (name, what) in known {
        if values::is_valid(name, value) {
            return vec![header(name, value, what)];
        }
    }
    if value.starts_with("sentry-") && values::is_valid(BAGGAGE, value) {
        return vec![header(BAGGAGE, text.trim(), "a baggage")];
    }
    if let Some(trace_id) = id(value) {
        return vec![mention("a trace id without a header", trace_id)];
    }
    if let Ok(tracing) = value.parse::<TracingContext>() {
        return vec![mention("Vostok's tracing entry", tracing.trace_id())];
    }
    if values::has_envelope_start(value) && values::looks_cut(GLOBALS, value) {
        return vec![header(GLOBALS, value, "a Context-Globals")];
    }
    Vec::new()
}

/// Parses a trace id: 32 hex digits, or a GUID in braces or not.
pub(super) fn id(text: &str) -> Option<TraceId> {
    let text = text.trim();
    let within = |open, close| text.strip_prefix(open)?.strip_suffix(close);
    let text = within('{', '}')
        .or_else(|| within('(', ')'))
        .unwrap_or(text);
    parse_trace_id(text).ok()
}

/// Reads the ids of URLs and log fields: `/trace/…`, `/contrails/…`, `trace_id=…`.
fn labelled(text: &str) -> Vec<Message> {
    static LABEL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?xi)
            (?P<url>https?://(?u:[^\s"'<>])*)?
            (?:^|(?u:[^0-9A-Za-z_-]))(?:[a-z]+_)?
            (?P<label>contrails|traces?|trace[_.]?id)
            ["'\])]{0,2}\s*[:=/,>]{1,2}\s*["'\[({]{0,2}
            (?P<id>[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})
            (?:(?u:[^0-9A-Fa-f])|$)
            "#,
        )
    });
    let mut messages = Vec::new();
    let mut seen = HashSet::new();
    for found in LABEL.captures_iter(text) {
        let Some(trace_id) = id(&found["id"]).filter(|id| seen.insert(*id)) else {
            continue;
        };
        let is_url = found.name("url").is_some();
        messages.push(match is_url {
            true => mention("a URL", trace_id),
            false => mention(&format!("text with {}", &found["label"]), trace_id),
        });
        if messages.len() >= MAX_VALUES {
            break;
        }
    }
    messages
}

/// Reads values that are recognized by their shape anywhere in a text.
fn shapes(text: &str) -> Vec<Message> {
    static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?x)\b(?:
            (?P<traceparent>[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})
            | (?P<sentry>[0-9a-f]{32}-[0-9a-f]{16}(?:-[01])?)
            | (?P<envelope>[A-Za-z0-9+/]{2}AAA[A-Za-z0-9+/]{35,}={0,2})
            )",
        )
    });
    let mut messages = Vec::new();
    let mut seen = HashSet::new();
    for found in SHAPE.captures_iter(text) {
        let (name, what) = if found.name("traceparent").is_some() {
            (TRACEPARENT, "text with a traceparent")
        } else if found.name("sentry").is_some() {
            (SENTRY_TRACE, "text with a sentry-trace")
        } else {
            (GLOBALS, "text with a Context-Globals")
        };
        let value = &found[0];
        if values::is_valid(name, value) && seen.insert(value.to_owned()) {
            messages.push(header(name, value, what));
        }
        if messages.len() >= MAX_VALUES {
            break;
        }
    }
    messages
}

/// Returns the texts of 32 hex digits or GUIDs that may be trace ids.
pub(super) fn candidates(text: &str) -> Vec<String> {
    static ID: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)\b(?:[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b")
    });
    const MAX: usize = 5;
    let mut found: Vec<String> = Vec::new();
    for id in ID.find_iter(text) {
        if !found.iter().any(|known| known == id.as_str()) {
            found.push(id.as_str().to_owned());
        }
        if found.len() == MAX {
            break;
        }
    }
    found
}

fn header(name: &'static str, value: &str, what: &str) -> Message {
    let mut message = Message::new(what);
    message.push(name, value);
    message
}

fn mention(what: &str, trace_id: TraceId) -> Message {
    let mut message = Message::new(what);
    message.mention(Mention::new(what, trace_id));
    message
}
