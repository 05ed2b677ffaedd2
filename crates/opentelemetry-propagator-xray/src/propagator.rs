//! The propagator between carriers and the [`Context`].

use std::sync::OnceLock;

use opentelemetry::otel_debug;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::MemberList;
use opentelemetry_propagator_core::{
    extract_alone, inject_alone, is_deferred, keep, kept, parse_any, Format, ParentMerger,
    RemoteParent, Request,
};

use crate::header::{ParseError, XrayTrace, TRACE_ID};
use crate::lineage::Lineage;

/// A propagator for the `x-amzn-trace-id` header of AWS X-Ray.
///
/// It reads the trace id from `Root`, the caller's span id from `Parent`, and the sampling decision
/// from `Sampled`. A header without `Parent`, as load balancers send it, is ignored unless
/// [`allow_missing_span_id`](XrayPropagatorBuilder::allow_missing_span_id) is set.
///
/// If no header states a decision and no local span decides, the outgoing header has no `Sampled`.
/// `Lineage`, by which AWS Lambda detects loops, is forwarded with the trace that it arrived with.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_propagator_xray::XrayPropagator;
///
/// global::set_text_map_propagator(XrayPropagator::new());
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "X-Amzn-Trace-Id")]
pub struct XrayPropagator {
    sample_when_undecided: bool,
    allow_missing_span_id: bool,
    forward_lineage: bool,
}

impl XrayPropagator {
    /// Creates a propagator with the default options.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder with the default options.
    pub fn builder() -> XrayPropagatorBuilder {
        XrayPropagatorBuilder(XrayPropagator {
            sample_when_undecided: false,
            allow_missing_span_id: false,
            forward_lineage: true,
        })
    }

    /// Parses a trace from one of its sources, given as a function that calls a parser for the
    /// values of that source. Logs the reason if there is none.
    ///
    /// A trace without a span id is only used if there is no other.
    #[inline]
    pub(crate) fn parse(
        &self,
        source: impl Fn(fn(&str) -> Result<XrayTrace, ParseError>) -> Option<Outcome>,
    ) -> Option<XrayTrace> {
        match source(parse_with_span_id)? {
            Ok(trace) => Some(trace),
            Err(error) => {
                let lenient = self.allow_missing_span_id.then(|| source(XrayTrace::parse));
                let trace = lenient.flatten().and_then(Result::ok);
                if trace.is_none() {
                    log_ignored_header(&error);
                }
                trace
            }
        }
    }

    /// Adds a trace to the merger.
    #[inline]
    pub(crate) fn add(
        &self,
        cx: &Context,
        trace: &XrayTrace,
        merger: &mut ParentMerger,
    ) -> Option<Context> {
        let mut parent = RemoteParent::new(trace.trace_id);
        parent.span_id = trace.span_id;
        parent.sampled = trace.sampled;
        parent.sample_when_undecided = self.sample_when_undecided;
        parent.keep_deferred = true;
        merger.add(parent);
        let lineage = trace.lineage.filter(|_| self.forward_lineage);
        keep(cx, trace.trace_id, lineage)
    }
}

/// The result of parsing a value.
pub(crate) type Outcome = Result<XrayTrace, ParseError>;

#[inline]
fn parse_with_span_id(value: &str) -> Outcome {
    let trace = XrayTrace::parse(value)?;
    match trace.span_id {
        Some(_) => Ok(trace),
        None => Err(ParseError::missing_parent()),
    }
}

#[cold]
fn log_ignored_header(error: &ParseError) {
    if cfg!(feature = "internal-logs") {
        otel_debug!(name: "XrayPropagator.HeaderIgnored", reason = error.to_string());
    }
}

impl Default for XrayPropagator {
    fn default() -> Self {
        Self::new()
    }
}

impl Format for XrayPropagator {
    fn name(&self) -> &'static str {
        "xray"
    }

    #[inline]
    fn read(
        &self,
        cx: &Context,
        request: &mut Request<'_>,
        merger: &mut ParentMerger,
    ) -> Option<Context> {
        let trace = self.parse(|parse| parse_any(request.extractor(), TRACE_ID, parse))?;
        self.add(cx, &trace, merger)
    }

    #[inline]
    fn write(&self, cx: &Context, injector: &mut dyn Injector, _baggage: &mut MemberList) {
        let span = cx.span();
        let span_context = span.span_context();
        if !span_context.is_valid() {
            return;
        }
        let sampled = (!is_deferred(cx, span_context)).then_some(span_context.is_sampled());
        let (trace_id, span_id) = (span_context.trace_id(), span_context.span_id());
        let mut trace = XrayTrace::new(trace_id, span_id, sampled);
        trace.lineage = kept::<Lineage>(cx, span_context).copied();
        injector.set(TRACE_ID, trace.encode());
    }
}

impl TextMapPropagator for XrayPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        inject_alone(self, cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extract_alone(self, cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 1]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| [TRACE_ID.to_owned()]))
    }
}

/// Builds an [`XrayPropagator`] from options.
///
/// ```
/// use opentelemetry_propagator_xray::XrayPropagator;
///
/// let propagator = XrayPropagator::builder().forward_lineage(false).build();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build() is called"]
pub struct XrayPropagatorBuilder(XrayPropagator);

impl XrayPropagatorBuilder {
    /// Sets whether a trace is sampled if no header states a decision. The default is `false`.
    ///
    /// The option applies to the span context that is extracted. A decision that no local span makes
    /// is forwarded as deferred.
    pub fn sample_when_undecided(mut self, sampled: bool) -> Self {
        self.0.sample_when_undecided = sampled;
        self
    }

    /// Sets whether a trace is continued if `Parent` is missing, zero or invalid. The default is
    /// `false`.
    ///
    /// An Application Load Balancer adds `Root` alone to every request that has no header. It
    /// neither records a span nor decides. If such a trace is continued, its parent span id is
    /// derived from the trace id by
    /// [`derived_span_id`](opentelemetry_propagator_core::derived_span_id). In a list, put the
    /// format before `tracecontext` then, so that a client's `traceparent` is preferred to the id
    /// of the load balancer.
    pub fn allow_missing_span_id(mut self, continued: bool) -> Self {
        self.0.allow_missing_span_id = continued;
        self
    }

    /// Sets whether `Lineage` is forwarded. The default is `true`.
    ///
    /// AWS Lambda detects loops by it. An untrusted client that sends a high counter can make AWS
    /// see a loop, which `false` prevents.
    pub fn forward_lineage(mut self, forwarded: bool) -> Self {
        self.0.forward_lineage = forwarded;
        self
    }

    /// Builds the propagator.
    pub fn build(self) -> XrayPropagator {
        self.0
    }
}
