//! Values and ids without a name.

use std::collections::HashSet;
use std::sync::LazyLock;

use memchr::memmem;
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

/// How many texts are returned that may be trace ids.
const MAX_CANDIDATES: usize = 5;

/// Reads a text without known names: a value alone, a URL, or values within other text.
#[derive(Debug, Default)]
pub(super) struct Bare {
    whole: Vec<Message>,
    labeled: Vec<Message>,
    shapes: Vec<Message>,
    seen: HashSet<String>,
    /// The texts of 32 hex digits or GUIDs that may be trace ids.
    pub(super) candidates: Vec<String>,
}

impl Bare {
    /// Reads the next part of a text. `is_whole` states whether it is the whole text.
    ///
    /// Regular expressions run only on parts with an id, because most texts contain none.
    pub(super) fn read(&mut self, text: &str, is_whole: bool) {
        if is_whole {
            self.whole = whole(text);
            // Control characters are illegal in a header.
            self.whole.retain(|message| !message.is_empty());
        }
        let has_id = has_id(text);
        if has_id {
            let decoded = percent_decode_str(text).decode_utf8_lossy();
            self.labeled(&decoded);
            self.candidates(&decoded);
        }
        if has_id || memmem::find(text.as_bytes(), b"AAA").is_some() {
            self.shapes(text);
        }
    }

    /// Returns the messages of the most reliable reading that found any.
    pub(super) fn messages(&mut self) -> Vec<Message> {
        let ways = [&mut self.whole, &mut self.labeled, &mut self.shapes];
        let found = ways.into_iter().find(|found| !found.is_empty());
        found.map(std::mem::take).unwrap_or_default()
    }
}

/// Whether a text contains 32 hex digits in a row, or as many with the hyphens of a GUID.
///
/// Only every 32nd byte is examined, since such a row contains at least one of these.
fn has_id(text: &str) -> bool {
    const LEN: usize = 32;
    let bytes = text.as_bytes();
    let is_of_id = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b'-';
    (LEN - 1..bytes.len()).step_by(LEN).any(|at| {
        let (before, after) = bytes.split_at(at);
        is_of_id(&&bytes[at]) && {
            let before = before.iter().rev().take(LEN).take_while(is_of_id);
            let after = after.iter().take(LEN).take_while(is_of_id);
            before.count() + after.count() >= LEN
        }
    })
}

/// Reads a text that is one value, perhaps broken over several lines.
fn whole(text: &str) -> Vec<Message> {
    /// More than the longest header.
    const MAX_LEN: usize = 128 * 1024;
    if text.len() > MAX_LEN {
        return Vec::new();
    }
    let compact: String = text.split_ascii_whitespace().collect();
    let value = compact.trim_matches(['"', '\'', '`', ',', ';']);
    // Each of these contains a trace id.
    if value.len() >= 32 {
        // An id of letters A is also Base64, of zeros.
        if let Some(trace_id) = id(value) {
            return vec![mention("a trace id without a header", trace_id)];
        }
        for (name, what) in [
            (TRACEPARENT, "a traceparent"),
            (SENTRY_TRACE, "a sentry-trace"),
        ] {
            if values::is_valid(name, value) {
                return vec![header(name, value, what)];
            }
        }
    }
    if values::is_valid(GLOBALS, value) {
        return vec![header(GLOBALS, value, "a Context-Globals")];
    }
    if value.starts_with("sentry-") && values::is_valid(BAGGAGE, value) {
        return vec![header(BAGGAGE, text.trim(), "a baggage")];
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

impl Bare {
    /// Reads the ids of URLs and log fields: `/trace/…`, `/contrails/…`, `trace_id=…`.
    fn labeled(&mut self, text: &str) {
        static LABEL: LazyLock<Regex> = LazyLock::new(|| {
            regex(
                r#"(?xi)
                (?P<url>https?://(?u:[^\s"'<>])*)?
                (?:^|(?u:[^0-9A-Za-z_-]))(?:[a-z]+_)?
                (?P<label>contrails|traces?|trace[_.\ ]?id)
                ["'\])]{0,2}\s*[:=/,>]{1,2}\s*["'\[({]{0,2}
                (?P<id>[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})
                (?:(?u:[^0-9A-Fa-f])|$)
                "#,
            )
        });
        for found in LABEL.captures_iter(text) {
            if self.labeled.len() >= MAX_VALUES {
                break;
            }
            let Some(trace_id) = id(&found["id"]) else {
                continue;
            };
            if self.seen.insert(trace_id.to_string()) {
                self.labeled.push(match found.name("url") {
                    Some(_) => mention("a URL", trace_id),
                    None => mention(&format!("text with {}", &found["label"]), trace_id),
                });
            }
        }
    }

    /// Reads values that are recognized by their shape anywhere in a text.
    fn shapes(&mut self, text: &str) {
        static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
            regex(
                r"(?x)\b(?:
                (?P<traceparent>[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})
                | (?P<sentry>[0-9a-f]{32}-[0-9a-f]{16}(?:-[01])?)
                | (?P<envelope>[A-Za-z0-9+/]{2}AAA[A-Za-z0-9+/]{35,}={0,2})
                )",
            )
        });
        for found in SHAPE.captures_iter(text) {
            if self.shapes.len() >= MAX_VALUES {
                break;
            }
            let (name, what) = if found.name("traceparent").is_some() {
                (TRACEPARENT, "text with a traceparent")
            } else if found.name("sentry").is_some() {
                (SENTRY_TRACE, "text with a sentry-trace")
            } else {
                (GLOBALS, "text with a Context-Globals")
            };
            let value = &found[0];
            if values::is_valid(name, value) && self.seen.insert(value.to_owned()) {
                self.shapes.push(header(name, value, what));
            }
        }
    }

    /// Notes the texts of 32 hex digits or GUIDs that may be trace ids.
    fn candidates(&mut self, text: &str) {
        static ID: LazyLock<Regex> = LazyLock::new(|| {
            regex(r"(?i)\b(?:[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b")
        });
        for found in ID.find_iter(text) {
            if self.candidates.len() == MAX_CANDIDATES {
                break;
            }
            if !self.candidates.iter().any(|known| known == found.as_str()) {
                self.candidates.push(found.as_str().to_owned());
            }
        }
    }
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
