//! How a service would read a message, and why.

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_autoprop::{Explanation, Propagator};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_propagator_core::verbatim_trace_state;

pub use crate::facts::{Format, Item, Trace};

use crate::headers::{Mention, Message};
use crate::{formats, warnings};

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
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The names of the list.
    pub propagators: Vec<String>,
    /// What the headers of each propagator contain, in the order of the list.
    pub formats: Vec<Format>,
    /// The trace that is continued, or else one that is only mentioned.
    pub trace: Option<Trace>,
    /// Warnings about headers that are legal and look wrong.
    pub warnings: Vec<String>,
    /// The headers that are sent on, in the order of the list.
    pub outgoing: Vec<(String, String)>,
}

impl Report {
    /// Reads the headers of a message as a service with this propagator would.
    pub fn new(message: &Message, propagator: &Propagator) -> Self {
        let headers = &message.headers;
        let explanation = propagator.explain(&Context::new(), &HeaderExtractor(headers));
        let formats: Vec<_> = explanation
            .statements
            .iter()
            .map(|statement| formats::explain(headers, statement, &explanation.context))
            .collect();
        let continued = continued(&explanation, &formats);
        let trace = continued.or_else(|| message.mentions.first().map(Trace::from));
        Report {
            propagators: propagator.names().map(str::to_owned).collect(),
            warnings: warnings::find(message, &formats, trace.as_ref()),
            outgoing: outgoing(propagator, &explanation.context),
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
    let list = verbatim_trace_state(cx, span_context).map(str::to_owned);
    let states = |format: &&Format| {
        format
            .stated
            .as_ref()
            .is_some_and(|stated| stated.trace_id == trace_id)
    };
    Some(Trace {
        trace_id,
        span_id: Some(span_context.span_id()),
        sampled: Some(span_context.is_sampled()),
        trace_state: list.unwrap_or_else(|| span_context.trace_state().header()),
        from: parent.trace_id_from.clone(),
        formats: formats
            .iter()
            .filter(states)
            .map(|format| format.name.clone())
            .collect(),
        span_id_from: parent.span_id_from.clone(),
        sampled_from: parent.sampled_from.clone(),
        is_continued: true,
        is_in_header: true,
    })
}

impl From<&Mention> for Trace {
    fn from(mention: &Mention) -> Self {
        Trace {
            trace_id: mention.id.trace_id,
            span_id: mention.id.span_id,
            sampled: mention.id.sampled,
            trace_state: String::new(),
            from: mention.label.clone(),
            formats: vec![mention.label.clone()],
            span_id_from: None,
            sampled_from: None,
            is_continued: false,
            is_in_header: mention.is_header,
        }
    }
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
