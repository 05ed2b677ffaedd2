//! The propagator for requests, between carriers and the [`Context`].

use std::sync::OnceLock;

use opentelemetry::otel_debug;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt, TraceId};
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::MemberList;
use opentelemetry_propagator_core::{
    extract_alone, inject_alone, Format, ParentMerger, RemoteParent, Request,
};

use crate::header::{KonturTrace, ParseError, IS_SAMPLED, SPAN_ID, TRACE_ID};

/// A propagator for the `X-Kontur-Trace-*` headers of requests.
///
/// It reads the trace id, the caller's span id and the sampling decision. If the span id is missing
/// or invalid, the parent span id is derived from the trace id by
/// [`derived_span_id`](opentelemetry_propagator_core::derived_span_id).
///
/// For a valid span context it writes three headers: `x-kontur-trace-id` with 32 hex digits,
/// `x-kontur-trace-spanid` with 16 hex digits, and `x-kontur-trace-issampled` with `true` or
/// `false`.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_propagator_kontur::KonturPropagator;
///
/// global::set_text_map_propagator(KonturPropagator::new());
/// ```
#[derive(Clone, Debug)]
#[doc(alias(
    "X-Kontur-Trace-Id",
    "X-Kontur-Trace-SpanId",
    "X-Kontur-Trace-IsSampled"
))]
pub struct KonturPropagator {
    sample_when_undecided: bool,
    allow_missing_span_id: bool,
    omit_unsampled_flag: bool,
}

impl KonturPropagator {
    /// Creates a propagator with the default options.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder with the default options.
    pub fn builder() -> KonturPropagatorBuilder {
        KonturPropagatorBuilder(KonturPropagator {
            sample_when_undecided: true,
            allow_missing_span_id: true,
            omit_unsampled_flag: false,
        })
    }

    /// Reads the other headers of a trace and passes it to the merger.
    #[inline(never)]
    fn add(&self, trace_id: TraceId, extractor: &dyn Extractor, merger: &mut ParentMerger) {
        let trace = KonturTrace::extract_rest(trace_id, extractor, &log_ignored_header);
        if trace.span_id.is_some() || self.allow_missing_span_id {
            let mut parent = RemoteParent::new(trace_id);
            parent.span_id = trace.span_id;
            parent.sampled = trace.sampled;
            parent.sample_when_undecided = self.sample_when_undecided;
            merger.add(parent);
        }
    }
}

#[cold]
fn log_ignored_header(error: &ParseError) {
    if cfg!(feature = "internal-logs") {
        otel_debug!(name: "KonturPropagator.HeaderIgnored", reason = error.to_string());
    }
}

impl Default for KonturPropagator {
    fn default() -> Self {
        Self::new()
    }
}

impl Format for KonturPropagator {
    fn name(&self) -> &'static str {
        "kontur"
    }

    #[inline]
    fn read(
        &self,
        _cx: &Context,
        request: &mut Request<'_>,
        merger: &mut ParentMerger,
    ) -> Option<Context> {
        let extractor = request.extractor();
        let trace_id = KonturTrace::extract_trace_id(extractor, &log_ignored_header)?;
        // Saves two lookups if an earlier format of the list describes the same caller.
        if !merger.is_settled(trace_id) {
            self.add(trace_id, extractor, merger);
        }
        None
    }

    #[inline]
    fn write(&self, cx: &Context, injector: &mut dyn Injector, _baggage: &mut MemberList) {
        let span = cx.span();
        let span_context = span.span_context();
        if span_context.is_valid() {
            let (trace_id, span_id) = (span_context.trace_id(), span_context.span_id());
            let mut trace = KonturTrace::new(trace_id, span_id, span_context.is_sampled());
            if self.omit_unsampled_flag && !span_context.is_sampled() {
                trace.sampled = None;
            }
            trace.inject(injector);
        }
    }
}

impl TextMapPropagator for KonturPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        inject_alone(self, cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extract_alone(self, cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 3]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| [TRACE_ID, SPAN_ID, IS_SAMPLED].map(str::to_owned)))
    }
}

/// Builds a [`KonturPropagator`] from options.
///
/// ```
/// use opentelemetry_propagator_kontur::KonturPropagator;
///
/// let propagator = KonturPropagator::builder()
///     .sample_when_undecided(false)
///     .allow_missing_span_id(false)
///     .build();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build() is called"]
pub struct KonturPropagatorBuilder(KonturPropagator);

impl KonturPropagatorBuilder {
    /// Sets whether a trace is sampled if `x-kontur-trace-issampled` is missing or invalid. The
    /// default is `true`.
    pub fn sample_when_undecided(mut self, sampled: bool) -> Self {
        self.0.sample_when_undecided = sampled;
        self
    }

    /// Sets whether a trace is continued if `x-kontur-trace-spanid` is missing, zero or invalid.
    /// The default is `true`: the parent span id is then derived from the trace id by
    /// [`derived_span_id`](opentelemetry_propagator_core::derived_span_id).
    pub fn allow_missing_span_id(mut self, continued: bool) -> Self {
        self.0.allow_missing_span_id = continued;
        self
    }

    /// Sets whether `x-kontur-trace-issampled` is left out if the span is not sampled. The default
    /// is `false`: the header is then written as `false`.
    ///
    /// First-generation Kontur.Tracing treats any value of the header, even `false`, as sampled,
    /// and a missing header as not sampled. Choose `true` if all callees are of that generation.
    /// Callees that use this crate then need
    /// [`sample_when_undecided(false)`](Self::sample_when_undecided).
    pub fn omit_unsampled_flag(mut self, omitted: bool) -> Self {
        self.0.omit_unsampled_flag = omitted;
        self
    }

    /// Builds the propagator.
    pub fn build(self) -> KonturPropagator {
        self.0
    }
}
