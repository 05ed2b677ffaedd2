//! The propagator for responses.

use std::sync::OnceLock;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_core::is_random;

use crate::traceparent::{TraceParent, LEN};

/// The name of the header.
const SERVER_TIMING: &str = "server-timing";

/// The name of the header that the draft had before.
const TRACE_RESPONSE: &str = "traceresponse";

/// The text before and after the ids in the metric.
const DRAFT: (&str, &str) = ("trace;desc=", "");

/// The same in the form that browser agents read. Their parser needs the quotes.
const AGENTS: (&str, &str) = ("traceparent;desc=\"", "\"");

/// A propagator that writes the current span to a response as `server-timing: trace;desc=…`, for
/// browsers and gateways.
///
/// The description has the form of a `traceparent` with the server's own span. The propagator only
/// injects. Extraction returns the context unchanged.
///
/// Source: editor's draft of W3C Trace Context, "Trace Context Server Timing Metric Format", which
/// replaces the earlier `traceresponse` header.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
/// use opentelemetry::Context;
/// use opentelemetry_propagator_w3c::ServerTimingPropagator;
///
/// let cx = Context::new().with_remote_span_context(SpanContext::new(
///     TraceId::from(0x0af7651916cd43dd_8448eb211c80319c),
///     SpanId::from(0xb7ad6b7169203331),
///     TraceFlags::SAMPLED,
///     false,
///     TraceState::NONE,
/// ));
/// let mut response = HashMap::new();
/// ServerTimingPropagator::new().inject_context(&cx, &mut response);
/// assert_eq!(
///     response["server-timing"],
///     "trace;desc=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
/// );
/// ```
///
/// # A response with other metrics
///
/// `Server-Timing` is a list to which several parts of an application can add metrics, but
/// [`Injector::set`] replaces all lines of a header. Injection therefore removes the metrics that
/// the application has set before. Inject first, or append [`metric`](Self::metric) as a separate
/// line:
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// # use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
/// # use opentelemetry::Context;
/// use opentelemetry_propagator_w3c::ServerTimingPropagator;
///
/// # let cx = Context::new().with_remote_span_context(SpanContext::new(
/// #     TraceId::from(7), SpanId::from(1), TraceFlags::SAMPLED, false, TraceState::NONE));
/// let mut response = HeaderMap::new();
/// response.insert("server-timing", HeaderValue::from_static("db;dur=53"));
/// if let Some(metric) = ServerTimingPropagator::new().metric(&cx) {
///     response.append("server-timing", HeaderValue::try_from(metric)?);
/// }
/// assert_eq!(response.get_all("server-timing").iter().count(), 2);
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[derive(Clone, Debug, Default)]
#[doc(alias("Server-Timing", "traceresponse"))]
pub struct ServerTimingPropagator {
    named_traceparent: bool,
    trace_response: bool,
}

impl ServerTimingPropagator {
    /// Creates a propagator.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the metric `traceparent`, as in `traceparent;desc="00-…"`; off by default.
    ///
    /// Browser agents look for this name, such as that of Splunk, which only reads sampled traces.
    ///
    /// Source: "Server Trace Context" of splunk-otel-js-web.
    #[must_use]
    pub fn named_traceparent(mut self, named: bool) -> Self {
        self.named_traceparent = named;
        self
    }

    /// Also writes the header `traceresponse` with the same ids; off by default.
    ///
    /// Earlier drafts had this header instead of the metric, and some clients still read it.
    #[must_use]
    pub fn trace_response(mut self, written: bool) -> Self {
        self.trace_response = written;
        self
    }

    /// Returns the metric for the current span as a header value, or `None` if there is no valid
    /// span.
    #[must_use]
    pub fn metric(&self, cx: &Context) -> Option<String> {
        self.ids(
            cx,
            if self.named_traceparent {
                AGENTS
            } else {
                DRAFT
            },
        )
    }

    /// Returns the ids of the current span with the text before and after them.
    fn ids(&self, cx: &Context, (before, after): (&str, &str)) -> Option<String> {
        let span = cx.span();
        let span_context = span.span_context();
        if !span_context.is_valid() {
            return None;
        }
        let mut metric = String::with_capacity(before.len() + LEN + after.len());
        metric.push_str(before);
        TraceParent::new(
            span_context.trace_id(),
            span_context.span_id(),
            span_context.is_sampled(),
            is_random(cx, span_context),
        )
        .push_to(&mut metric);
        metric.push_str(after);
        Some(metric)
    }
}

impl TextMapPropagator for ServerTimingPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        if let Some(metric) = self.metric(cx) {
            injector.set(SERVER_TIMING, metric);
        }
        if self.trace_response {
            if let Some(ids) = self.ids(cx, ("", "")) {
                injector.set(TRACE_RESPONSE, ids);
            }
        }
    }

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 2]> = OnceLock::new();
        let fields = FIELDS.get_or_init(|| [SERVER_TIMING, TRACE_RESPONSE].map(str::to_owned));
        FieldIter::new(&fields[..1 + usize::from(self.trace_response)])
    }
}
