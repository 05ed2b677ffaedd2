//! A report and its parts: the trace, and what the headers of each format contain.

use opentelemetry::trace::{SpanId, TraceId};
use serde::Serialize;

use crate::headers::{as_text, as_text_or_null, Id, Mention};

/// How a service with a list of propagators would read a message.
///
/// ```
/// use trace_inspect::{headers, report::Report};
///
/// let (messages, _) = headers::read(b"x-kontur-trace-id: 27bb7faa48294cf49ae6007d70905468");
/// let propagator = opentelemetry_autoprop::from_list("tracecontext,kontur")?;
/// let report = Report::new(&messages[0], &propagator);
///
/// let trace = report.trace.unwrap();
/// assert_eq!(trace.from, "kontur");
/// assert_eq!(trace.span_id_from, None, "derived");
/// assert_eq!(report.outgoing[0].0, "traceparent");
/// # Ok::<(), opentelemetry_autoprop::Error>(())
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The names of the list.
    #[serde(skip)]
    pub propagators: Vec<String>,
    /// The trace that is continued, or else one that is only mentioned.
    pub trace: Option<Trace>,
    /// Warnings about headers that are legal and look wrong.
    pub warnings: Vec<String>,
    /// What the headers of each propagator contain, in the order of the list. Those without headers
    /// are left out.
    pub formats: Vec<Extraction>,
    /// The headers that are sent on, in the order of the list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outgoing: Vec<(String, String)>,
}

/// What a propagator extracts from the headers of its format.
#[derive(Clone, Debug, Serialize)]
pub struct Extraction {
    /// The name of the propagator.
    pub name: String,
    /// The format's own error, if the headers are not used.
    pub refused: Option<String>,
    /// What the headers contain, item by item.
    pub items: Vec<Item>,
    /// What the headers state about the caller's span.
    pub stated: Option<Id>,
}

/// A part of a header, with an explanation.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// The name of the header or of the part.
    pub name: String,
    /// The value.
    pub value: String,
    /// The explanation; empty if none is needed.
    pub note: String,
}

impl Item {
    pub(crate) fn new(name: impl Into<String>, value: impl Into<String>, note: &str) -> Self {
        Item {
            name: name.into(),
            value: value.into(),
            note: note.to_owned(),
        }
    }
}

/// A trace, and where each fact about it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// The trace id.
    #[serde(serialize_with = "as_text")]
    pub trace_id: TraceId,
    /// The parent span. A trace that is only mentioned has the one next to it, if any.
    #[serde(serialize_with = "as_text_or_null")]
    pub span_id: Option<SpanId>,
    /// The sampling decision that applies. A trace that is only mentioned has the one next to it, if
    /// any.
    pub sampled: Option<bool>,
    /// The list of `tracestate`; empty if it is missing.
    pub trace_state: String,
    /// Whether a service would continue the trace. It does not continue one that is only
    /// mentioned.
    #[serde(rename = "continued")]
    pub is_continued: bool,
    /// Whether headers contain it. A trace that is mentioned may be in a header that no propagator
    /// of the list reads.
    #[serde(rename = "in_header")]
    pub is_in_header: bool,
    /// The first propagator that states the trace, or what mentions it.
    pub from: String,
    /// The propagator that states the parent span; `None` if it is derived from the trace id.
    pub span_id_from: Option<String>,
    /// The propagator that states the decision; `None` if none does.
    pub sampled_from: Option<String>,
    /// The propagators that state the trace, or what mentions it.
    #[serde(skip)]
    pub formats: Vec<String>,
}

impl From<&Mention> for Trace {
    fn from(mention: &Mention) -> Self {
        Trace {
            trace_id: mention.id.trace_id,
            span_id: mention.id.span_id,
            sampled: mention.id.sampled,
            trace_state: String::new(),
            is_continued: false,
            is_in_header: mention.is_header,
            from: mention.label.clone(),
            span_id_from: None,
            sampled_from: None,
            formats: vec![mention.label.clone()],
        }
    }
}
