//! The parts of a report: the trace, and what the headers of each format contain.

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_autoprop::RemoteParent;

/// The headers of one propagator.
#[derive(Debug)]
#[non_exhaustive]
pub struct Format {
    /// The name of the propagator.
    pub name: String,
    /// What the headers contain, item by item.
    pub items: Vec<Item>,
    /// The format's own error, if the headers are not used.
    pub refused: Option<String>,
    /// What the headers state about the caller's span.
    pub stated: Option<RemoteParent>,
}

impl Format {
    /// Whether there are no headers of this format.
    pub fn is_absent(&self) -> bool {
        self.items.is_empty() && self.refused.is_none()
    }
}

/// A part of a header, with an explanation.
#[derive(Debug)]
#[non_exhaustive]
pub struct Item {
    /// The name of the header or of the part.
    pub name: String,
    /// The value.
    pub value: String,
    /// The explanation, if one is needed.
    pub note: Option<String>,
}

impl Item {
    pub(crate) fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        Item {
            name,
            value,
            note: None,
        }
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// A trace, and where each fact about it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trace {
    /// The trace id.
    pub trace_id: TraceId,
    /// The parent span. A trace that is only mentioned has the one next to it, if any.
    pub span_id: Option<SpanId>,
    /// The sampling decision that applies. A trace that is only mentioned has the one next to it, if
    /// any.
    pub sampled: Option<bool>,
    /// The list of `tracestate`; empty if it is missing.
    pub trace_state: String,
    /// The first propagator that states the trace, or what mentions it.
    pub from: String,
    /// The propagators that state the trace, or what mentions it.
    pub formats: Vec<String>,
    /// The propagator that states the parent span; `None` if it is derived from the trace id.
    pub span_id_from: Option<String>,
    /// The propagator that states the decision; `None` if none does.
    pub sampled_from: Option<String>,
    /// Whether a service would continue the trace. It does not continue one that is only
    /// mentioned.
    pub is_continued: bool,
    /// Whether headers contain it. A trace that is mentioned may be in a header that no propagator
    /// of the list reads.
    pub is_in_header: bool,
}
