//! The propagator between carriers and the [`Context`].

use std::sync::OnceLock;

use opentelemetry::otel_debug;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::MemberList;
use opentelemetry_propagator_core::{
    extract_alone, inject_alone, is_deferred, is_same_trace, keep, kept, parse_any, Format,
    ParentMerger, RemoteParent, Request,
};

use crate::header::{B3Trace, Decision, ParseError, B3, FLAGS, SAMPLED, SPAN_ID, TRACE_ID};

/// A propagator for the B3 headers of Zipkin.
///
/// It reads both encodings. The `x-b3-*` headers are read if `b3` contains no trace or no decision.
/// It writes one of them: `b3`, or with [`multi_header`](B3PropagatorBuilder::multi_header) the
/// `x-b3-*` headers.
///
/// If no header states a decision and no local span decides, the outgoing decision is deferred too.
/// The debug flag is forwarded with the trace that it arrived with.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_propagator_zipkin::B3Propagator;
///
/// global::set_text_map_propagator(B3Propagator::new());
/// ```
#[derive(Clone, Debug)]
#[doc(alias("b3", "X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled", "X-B3-Flags"))]
pub struct B3Propagator {
    multi_header: bool,
    sample_when_undecided: bool,
}

impl B3Propagator {
    /// Creates a propagator with the default options, which writes `b3`.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder with the default options.
    pub fn builder() -> B3PropagatorBuilder {
        B3PropagatorBuilder(B3Propagator {
            multi_header: false,
            sample_when_undecided: false,
        })
    }
}

/// The debug flag, as a [`Context`] holds it with its trace.
///
/// It is not one of the trace flags of a span context, because the bits there have other meanings
/// in other formats.
struct Debug;

/// Reads the trace from both encodings.
#[inline]
fn extract(extractor: &dyn Extractor) -> Option<B3Trace> {
    match parse_any(extractor, B3, B3Trace::parse) {
        Some(Ok(trace)) if trace.decision.is_some() => Some(trace),
        None => B3Trace::extract_multi(extractor, log_ignored_header),
        Some(single) => extract_incomplete(single, extractor),
    }
}

/// Completes `b3` with the `x-b3-*` headers if it contains no trace or no decision.
#[cold]
#[inline(never)]
fn extract_incomplete(
    single: Result<B3Trace, ParseError>,
    extractor: &dyn Extractor,
) -> Option<B3Trace> {
    let multi = B3Trace::extract_multi(extractor, log_ignored_header);
    match single {
        Ok(mut trace) => {
            let same = multi.filter(|multi| is_same_trace(multi.trace_id, trace.trace_id));
            trace.decision = same.and_then(|multi| multi.decision);
            Some(trace)
        }
        Err(error) => {
            // `b3` may contain a decision without a trace.
            let decision = match error.is_of_empty_value() {
                true => None,
                false => parse_any(extractor, B3, Decision::parse).and_then(Result::ok),
            };
            if decision.is_none() {
                log_ignored_header(&error);
            }
            let mut trace = multi?;
            trace.decision = decision.or(trace.decision);
            Some(trace)
        }
    }
}

#[cold]
fn log_ignored_header(error: &ParseError) {
    if cfg!(feature = "internal-logs") {
        otel_debug!(name: "B3Propagator.HeaderIgnored", reason = error.to_string());
    }
}

impl Default for B3Propagator {
    fn default() -> Self {
        Self::new()
    }
}

impl Format for B3Propagator {
    fn name(&self) -> &'static str {
        match self.multi_header {
            true => "b3multi",
            false => "b3",
        }
    }

    #[inline]
    fn read(
        &self,
        cx: &Context,
        request: &mut Request<'_>,
        merger: &mut ParentMerger,
    ) -> Option<Context> {
        // The names `b3` and `b3multi` read the same headers.
        if request.states_nothing(B3) {
            return None;
        }
        let Some(trace) = extract(request.extractor()) else {
            request.set_states_nothing(B3);
            return None;
        };
        let is_debug = trace.decision == Some(Decision::Debug);
        let mut parent = RemoteParent::new(trace.trace_id);
        parent.span_id = Some(trace.span_id);
        parent.sampled = trace.decision.map(Decision::is_sampled);
        parent.sample_when_undecided = self.sample_when_undecided;
        parent.keep_deferred = true;
        parent.is_debug = is_debug;
        merger.add(parent);
        keep(cx, trace.trace_id, is_debug.then_some(Debug))
    }

    #[inline]
    fn write(&self, cx: &Context, injector: &mut dyn Injector, _baggage: &mut MemberList) {
        let span = cx.span();
        let span_context = span.span_context();
        if !span_context.is_valid() {
            return;
        }
        let (trace_id, span_id) = (span_context.trace_id(), span_context.span_id());
        let trace = B3Trace::new(trace_id, span_id, decision(cx, span_context));
        match self.multi_header {
            true => trace.inject_multi(injector),
            false => injector.set(B3, trace.encode()),
        }
    }
}

/// Returns the decision about the current span, or `None` if it is deferred.
#[inline]
fn decision(cx: &Context, span_context: &SpanContext) -> Option<Decision> {
    if kept::<Debug>(cx, span_context).is_some() {
        Some(Decision::Debug)
    } else if is_deferred(cx, span_context) {
        None
    } else {
        Some(span_context.is_sampled().into())
    }
}

impl TextMapPropagator for B3Propagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        inject_alone(self, cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extract_alone(self, cx, extractor)
    }

    /// Returns the headers of both encodings, because both are read.
    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 5]> = OnceLock::new();
        FieldIter::new(
            FIELDS.get_or_init(|| [B3, TRACE_ID, SPAN_ID, SAMPLED, FLAGS].map(str::to_owned)),
        )
    }
}

/// Builds a [`B3Propagator`] from options.
///
/// ```
/// use opentelemetry_propagator_zipkin::B3Propagator;
///
/// let propagator = B3Propagator::builder().multi_header(true).build();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build() is called"]
pub struct B3PropagatorBuilder(B3Propagator);

impl B3PropagatorBuilder {
    /// Sets whether the `x-b3-*` headers are written instead of `b3`. The default is `false`.
    pub fn multi_header(mut self, multi_header: bool) -> Self {
        self.0.multi_header = multi_header;
        self
    }

    /// Sets whether a trace is sampled if no header states a decision. The default is `false`.
    ///
    /// The option applies to the span context that is extracted. A decision that no local span makes
    /// is forwarded as deferred.
    pub fn sample_when_undecided(mut self, sampled: bool) -> Self {
        self.0.sample_when_undecided = sampled;
        self
    }

    /// Builds the propagator.
    pub fn build(self) -> B3Propagator {
        self.0
    }
}
