//! How a service with a list of propagators reads a message: which trace it continues, and why.

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_autoprop::{Explanation, Propagator};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_propagator_core::verbatim_trace_state;
use serde::Serialize;

pub use crate::facts::{Format, Item, Trace};

use crate::headers::Message;
use crate::{formats, reasons, warnings};

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
#[non_exhaustive]
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
    pub formats: Vec<Format>,
    /// The headers that are sent on, in the order of the list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outgoing: Vec<(String, String)>,
}

impl Report {
    /// Reads the headers of a message as a service with this propagator would.
    pub fn new(message: &Message, propagator: &Propagator) -> Self {
        let headers = &message.headers;
        let extractor = HeaderExtractor(headers);
        let (explanation, reasons) =
            reasons::collect(|| propagator.explain(&Context::new(), &extractor));
        let cx = &explanation.context;
        let statements = explanation.statements.iter();
        let formats: Vec<_> = statements
            .filter_map(|statement| formats::explain(headers, statement, &reasons, cx))
            .collect();
        let propagators: Vec<_> = propagator.names().map(str::to_owned).collect();
        let trace =
            continued(&explanation, &formats).or_else(|| message.mentions.first().map(Trace::from));
        Report {
            warnings: warnings::find(message, &propagators, &formats, trace.as_ref()),
            outgoing: outgoing(propagator, cx),
            propagators,
            formats,
            trace,
        }
    }
}

fn continued(explanation: &Explanation, formats: &[Format]) -> Option<Trace> {
    let parent = explanation.parent.as_ref()?;
    let cx = &explanation.context;
    let span = cx.span();
    let span_context = span.span_context();
    let trace_id = span_context.trace_id();
    let verbatim = verbatim_trace_state(cx, span_context).map(str::to_owned);
    let states = |format: &&Format| format.stated.is_some_and(|id| id.trace_id == trace_id);
    let formats = formats.iter().filter(states);
    Some(Trace {
        trace_id,
        span_id: Some(span_context.span_id()),
        sampled: Some(span_context.is_sampled()),
        trace_state: verbatim.unwrap_or_else(|| span_context.trace_state().header()),
        is_continued: true,
        is_in_header: true,
        from: parent.trace_id_from.clone(),
        span_id_from: parent.span_id_from.clone(),
        sampled_from: parent.sampled_from.clone(),
        formats: formats.map(|format| format.name.clone()).collect(),
    })
}

/// Returns the headers that a service would send on.
fn outgoing(propagator: &Propagator, cx: &Context) -> Vec<(String, String)> {
    let mut headers = HeaderMap::new();
    propagator.inject_context(cx, &mut HeaderInjector(&mut headers));
    // In the order of the list; a propagator may also write a header that it does not declare.
    let declared: Vec<_> = propagator.fields().map(str::to_ascii_lowercase).collect();
    let place = |name: &str| declared.iter().position(|declared| declared == name);
    let written = headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    let mut written: Vec<_> = written.filter(|(_, value)| !value.is_empty()).collect();
    written.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    written
}
