//! How a service with a list of propagators reads a message: which trace it continues, and why.

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_autoprop::{Explanation, Propagator};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_propagator_core::verbatim_trace_state;

pub use crate::facts::{Extraction, Item, Report, Trace};

use crate::headers::Message;
use crate::{formats, reasons, warnings};

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
        let trace = continued(&explanation, &formats);
        let mut report = Report {
            propagators: propagator.names().map(str::to_owned).collect(),
            trace: trace.or_else(|| message.mentions.first().map(Trace::from)),
            warnings: Vec::new(),
            formats,
            outgoing: outgoing(propagator, cx),
        };
        report.warnings = warnings::find(message, &report);
        report
    }

    /// Returns the list of propagators as it is written in a variable.
    pub(crate) fn list(&self) -> String {
        self.propagators.join(",")
    }
}

fn continued(explanation: &Explanation, formats: &[Extraction]) -> Option<Trace> {
    let parent = explanation.parent.as_ref()?;
    let cx = &explanation.context;
    let span = cx.span();
    let span_context = span.span_context();
    let trace_id = span_context.trace_id();
    let verbatim = verbatim_trace_state(cx, span_context).map(str::to_owned);
    let states = |format: &&Extraction| format.stated.is_some_and(|id| id.trace_id == trace_id);
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
    let headers = headers.iter();
    let written = headers
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    let mut written: Vec<_> = written.filter(|(_, value)| !value.is_empty()).collect();
    written.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    written
}
