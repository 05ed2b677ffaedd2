//! A request or response that was found in an input.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::TraceId;
use opentelemetry_propagator_kontur::header::parse_trace_id;
use opentelemetry_propagator_sentry::header::{BAGGAGE, SENTRY_TRACE};

use super::values;
use crate::header_map::sentry_dsc;

/// The trace headers of one request or response.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Message {
    /// The request or status line, or method and URL.
    pub start_line: Option<String>,
    /// How the input was understood, in words.
    pub read_as: String,
    /// The known headers, with all their lines. Other headers are left out.
    pub headers: HeaderMap,
    /// Trace ids from other places than the headers of a request, such as `Trace-Id`,
    /// `Server-Timing`, log fields and URLs, and those of B3 and X-Ray, which are seldom in a list.
    pub mentions: Vec<Mention>,
    /// Changes to the values, and problems with them.
    pub notes: Vec<String>,
    /// Whether this was found in the body of another message, or after its headers.
    pub is_body: bool,
}

/// Receives each message that is found, in order.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Message);

/// How many lines are kept. Servers accept about a hundred headers in all.
const MAX_LINES: usize = 256;

/// A trace id that a service does not necessarily continue.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mention {
    /// The name of the header or field, or the kind of text.
    pub label: String,
    /// The trace, not zero.
    pub trace_id: TraceId,
}

impl Mention {
    pub(super) fn new(label: impl Into<String>, trace_id: TraceId) -> Self {
        Mention {
            label: label.into(),
            trace_id,
        }
    }
}

impl Message {
    pub(super) fn new(read_as: impl Into<String>) -> Self {
        Message {
            read_as: read_as.into(),
            ..Message::default()
        }
    }

    /// Whether there are neither headers nor trace ids.
    pub fn is_empty(&self) -> bool {
        self.headers.is_empty() && self.mentions.is_empty()
    }

    /// Whether the start line is that of a response.
    pub fn is_response(&self) -> bool {
        let start_line = self.start_line.as_deref();
        start_line.is_some_and(|line| line.starts_with("HTTP"))
    }

    /// Adds a line of a header. `name` is a known name.
    pub(super) fn push(&mut self, name: &'static str, value: &str) {
        let value = value.trim_matches([' ', '\t', '\r', '\n']);
        if let Some(trace_id) = values::mentioned(name, value) {
            self.mention(Mention::new(name, trace_id));
        }
        if self.headers.len() >= MAX_LINES {
            return;
        }
        match HeaderValue::from_bytes(value.as_bytes()) {
            Ok(value) => {
                // The map holds more headers than any server accepts; further ones are left out.
                let _ = self
                    .headers
                    .try_append(HeaderName::from_static(name), value);
            }
            Err(_) => self.notes.push(format!(
                "{name}: a header cannot contain control characters"
            )),
        }
    }

    /// Mentions the trace of Sentry's members of `baggage` if `sentry-trace` is missing.
    pub(super) fn mention_sampling_context(&mut self) {
        if self.headers.contains_key(SENTRY_TRACE) || !self.headers.contains_key(BAGGAGE) {
            return;
        }
        let trace_id = sentry_dsc(&self.headers)
            .get("trace_id")
            .and_then(|id| parse_trace_id(&id).ok());
        if let Some(trace_id) = trace_id {
            self.mention(Mention::new("sentry-trace_id in baggage", trace_id));
        }
    }

    pub(super) fn mention(&mut self, mention: Mention) {
        let is_known = |known: &Mention| known.trace_id == mention.trace_id;
        if !self.mentions.iter().any(is_known) {
            self.mentions.push(mention);
        }
    }
}
