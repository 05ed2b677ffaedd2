//! A request, a response or a log record with trace headers or trace ids.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::TraceId;
use opentelemetry_propagator_kontur::header::TRACE_ID as KONTUR;
use opentelemetry_propagator_sentry::header::SENTRY_TRACE;
use opentelemetry_propagator_vostok::header::GLOBALS;
use opentelemetry_propagator_w3c::traceparent::TRACEPARENT;
use serde::Serialize;

use super::ids::{parse_id, Id};
use super::names::DATADOG_UPPER;
use super::values;
use crate::header_map::sentry_dsc;

/// The trace headers and trace ids of one request, response or log record.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Message {
    /// The line of the input in which the first header or id was found, from 1.
    pub line: usize,
    /// The request or status line, or method and URL.
    pub start_line: Option<String>,
    /// Whether it was found in a log: in a line with a time, a level or an address.
    #[serde(skip)]
    pub is_log: bool,
    /// The known headers, with all their lines. Other headers are left out.
    #[serde(skip)]
    pub headers: HeaderMap,
    /// Trace ids from other places than headers that a propagator may read: log fields, URLs,
    /// values without a name, and headers of responses.
    pub mentions: Vec<Mention>,
    /// Changes to the values, and problems with them.
    pub notes: Vec<String>,
    /// The line in which an id was found that was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
}

/// The headers whose trace a service of this project continues.
const CONTINUED: [&str; 4] = [KONTUR, GLOBALS, SENTRY_TRACE, TRACEPARENT];

/// How many lines of headers are kept. Servers accept about a hundred in all.
const MAX_LINES: usize = 256;

/// A trace id that a service does not necessarily continue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mention {
    /// The name of the header or field, or the kind of text.
    pub label: String,
    /// The id, with the span and the decision next to it.
    #[serde(flatten)]
    pub id: Id,
    /// Whether the label is a header that a propagator reads, which may be missing from the list.
    #[serde(skip)]
    pub is_header: bool,
}

impl Message {
    /// Whether there are neither headers nor trace ids.
    pub fn is_empty(&self) -> bool {
        self.headers.is_empty() && self.mentions.is_empty() && self.notes.is_empty()
    }

    /// Whether the headers state a trace, or the text mentions it.
    pub(super) fn has(&self, trace_id: TraceId) -> bool {
        let headers = self.headers.iter();
        let lines =
            headers.filter_map(|(name, line)| values::trace_of(name.as_str(), line.to_str().ok()?));
        let mut ids = lines.chain(self.mentions.iter().map(|mention| mention.id));
        ids.any(|id| id.trace_id == trace_id)
    }

    /// Whether the start line is that of a response.
    pub fn is_response(&self) -> bool {
        let start_line = self.start_line.as_deref();
        start_line.is_some_and(|line| line.starts_with("HTTP"))
    }

    /// Whether a header has a valid line other than `value`.
    pub(super) fn has_other(&self, name: &str, value: &str) -> bool {
        let mut lines = self.headers.get_all(name).iter();
        lines.any(|line| line != value && line.to_str().is_ok_and(|v| values::is_valid(name, v)))
    }

    /// Adds a line of a header. `name` is a known name.
    pub(super) fn push(&mut self, name: &str, value: &str) {
        let value = value.trim_matches([' ', '\t', '\r', '\n']);
        if self.headers.len() >= MAX_LINES {
            return;
        }
        let line = HeaderValue::from_bytes(value.as_bytes());
        let (Ok(header), Ok(line)) = (name.parse::<HeaderName>(), line) else {
            let note = format!("{name}: a header cannot contain control characters");
            return self.notes.push(note);
        };
        // The map holds more headers than any server accepts; further ones are left out.
        let _ = self.headers.try_append(header, line);
        let id = values::trace_of(name, value).filter(|_| !CONTINUED.contains(&name));
        id.into_iter().for_each(|id| self.mention(name, id, true));
    }

    pub(super) fn mention(&mut self, label: impl Into<String>, id: Id, is_header: bool) {
        let mut known = self.mentions.iter_mut();
        match known.find(|known| known.id.trace_id == id.trace_id) {
            Some(known) => {
                known.id.span_id = known.id.span_id.or(id.span_id);
                known.id.sampled = known.id.sampled.or(id.sampled);
            }
            None => self.mentions.push(Mention {
                label: label.into(),
                id,
                is_header,
            }),
        }
    }

    /// Adds the ids that only the whole message gives: those of Sentry's members of `baggage`
    /// without a `sentry-trace`, and Datadog's 128 bits, whose halves are in different fields.
    pub(super) fn complete(&mut self) {
        let number = |mention: &Mention| u128::from_be_bytes(mention.id.trace_id.to_bytes());
        let is_upper = |mention: &Mention| mention.label.eq_ignore_ascii_case(DATADOG_UPPER);
        if let Some(at) = self.mentions.iter().position(is_upper) {
            let upper = number(&self.mentions.remove(at)) << 64;
            for mention in &mut self.mentions {
                if number(mention) >> 64 == 0 {
                    mention.id.trace_id = TraceId::from(upper | number(mention));
                }
            }
        }
        let has_trace = self.headers.contains_key(SENTRY_TRACE);
        let dsc = sentry_dsc(&self.headers);
        let trace_id = dsc.get("trace_id").and_then(|id| parse_id(&id));
        if let Some(id) = trace_id.filter(|_| !has_trace) {
            self.mention("sentry-trace_id in baggage", Id::new(id), true);
        }
    }
}
