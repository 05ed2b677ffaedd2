//! The propagator between carriers and the [`Context`].

use std::sync::OnceLock;

use opentelemetry::otel_debug;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::MemberList;
use opentelemetry_propagator_core::internal::{parse_any_element, BaggageHeaders};
use opentelemetry_propagator_core::{
    extract_alone, inject_alone, keep, kept, trim_ows, Format, ParentMerger, RemoteParent, Request,
};

use crate::baggage::{decode, encode, read_line};
use crate::header::{JaegerTrace, ParseError, BAGGAGE_PREFIX, JAEGER_BAGGAGE, UBER_TRACE_ID};

/// A propagator for `uber-trace-id`, and for baggage in `uberctx-*` and `jaeger-baggage`.
///
/// It reads the trace id, the caller's span id, the sampling decision and the debug flag. The
/// `uberctx-*` headers are read if `uber-trace-id` is present, because they can only be found by a
/// search of all header names.
///
/// For a valid span context it writes `uber-trace-id`, and one `uberctx-*` header for each baggage
/// entry. The debug flag is forwarded with the trace that it arrived with.
///
/// OpenTelemetry has deprecated the format. Services of your own should use W3C Trace Context.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_propagator_jaeger::JaegerPropagator;
///
/// global::set_text_map_propagator(JaegerPropagator::new());
/// ```
#[derive(Clone, Debug)]
#[doc(alias("uber-trace-id", "uberctx", "jaeger-baggage"))]
pub struct JaegerPropagator {
    sample_when_undecided: bool,
    /// `None` if baggage is neither read nor written.
    baggage: Option<BaggageHeaders>,
}

/// The debug flag, as a [`Context`] holds it with its trace.
///
/// It is not one of the trace flags of a span context, because the bits there have other meanings
/// in other formats.
struct Debug;

impl JaegerPropagator {
    /// Creates a propagator with the default options.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder with the default options.
    pub fn builder() -> JaegerPropagatorBuilder {
        JaegerPropagatorBuilder(JaegerPropagator {
            sample_when_undecided: false,
            baggage: Some(BaggageHeaders::new(BAGGAGE_PREFIX)),
        })
    }

    /// Adds a trace to the merger. Returns `cx` with the debug flag, or `None` if `cx` needs no
    /// change.
    #[inline]
    fn add(&self, cx: &Context, trace: &JaegerTrace, merger: &mut ParentMerger) -> Option<Context> {
        let mut parent = RemoteParent::new(trace.trace_id);
        parent.span_id = Some(trace.span_id);
        parent.sampled = trace.sampled;
        parent.sample_when_undecided = self.sample_when_undecided;
        merger.add(parent);
        keep(cx, trace.trace_id, trace.is_debug.then_some(Debug))
    }
}

/// Reads the baggage of a request that has at least one of the headers.
#[inline(never)]
fn read_baggage(
    headers: &BaggageHeaders,
    cx: &Context,
    lines: Vec<&str>,
    has_trace: bool,
    request: &mut Request<'_>,
) -> Option<Context> {
    let mut entries = headers.entries(cx);
    for line in lines {
        read_line(line, &mut entries);
    }
    if has_trace {
        entries.read(request.extractor(), decode);
    }
    entries.set_in(cx, request)
}

/// Reads the trace, and whether the header is present and not empty.
#[inline]
fn extract(extractor: &dyn Extractor) -> (Option<JaegerTrace>, bool) {
    let Some(first) = extractor.get(UBER_TRACE_ID) else {
        return (None, false);
    };
    match JaegerTrace::parse(first) {
        Ok(trace) => (Some(trace), true),
        Err(error) => extract_any(extractor, first, &error),
    }
}

/// Continues after the line `first`, which is invalid. Logs the reason if there is no trace.
#[cold]
#[inline(never)]
fn extract_any(
    extractor: &dyn Extractor,
    first: &str,
    error: &ParseError,
) -> (Option<JaegerTrace>, bool) {
    match parse_any_element(extractor, UBER_TRACE_ID, first, JaegerTrace::parse) {
        Some(Ok(trace)) => (Some(trace), true),
        others => {
            log_ignored_header(error);
            (None, others.is_some() || !trim_ows(first).is_empty())
        }
    }
}

#[cold]
fn log_ignored_header(error: &ParseError) {
    if cfg!(feature = "internal-logs") {
        otel_debug!(name: "JaegerPropagator.HeaderIgnored", reason = error.to_string());
    }
}

impl Default for JaegerPropagator {
    fn default() -> Self {
        Self::new()
    }
}

impl Format for JaegerPropagator {
    fn name(&self) -> &'static str {
        "jaeger"
    }

    fn reserve_baggage_prefix(&mut self, prefix: &'static str) {
        if let Some(headers) = &mut self.baggage {
            headers.reserve(prefix);
        }
    }

    #[inline]
    fn read(
        &self,
        cx: &Context,
        request: &mut Request<'_>,
        merger: &mut ParentMerger,
    ) -> Option<Context> {
        let extractor = request.extractor();
        let (trace, is_present) = extract(extractor);
        let kept = trace.and_then(|trace| self.add(cx, &trace, merger));
        let Some(headers) = &self.baggage else {
            return kept;
        };
        let lines = extractor.get_all(JAEGER_BAGGAGE);
        if lines.is_none() && !is_present {
            return kept;
        }
        let lines = lines.unwrap_or_default();
        let cx = kept.as_ref().unwrap_or(cx);
        read_baggage(headers, cx, lines, is_present, request).or(kept)
    }

    #[inline]
    fn write(&self, cx: &Context, injector: &mut dyn Injector, _baggage: &mut MemberList) {
        let span = cx.span();
        let span_context = span.span_context();
        if !span_context.is_valid() {
            return;
        }
        let (trace_id, span_id) = (span_context.trace_id(), span_context.span_id());
        let mut trace = JaegerTrace::new(trace_id, span_id, span_context.is_sampled());
        trace.is_debug = kept::<Debug>(cx, span_context).is_some();
        injector.set(UBER_TRACE_ID, trace.encode());
        if let Some(headers) = &self.baggage {
            headers.write(cx, injector, encode);
        }
    }
}

impl TextMapPropagator for JaegerPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        inject_alone(self, cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extract_alone(self, cx, extractor)
    }

    /// Returns the headers with fixed names. Those of baggage entries begin with
    /// [`BAGGAGE_PREFIX`].
    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 2]> = OnceLock::new();
        let fields = FIELDS.get_or_init(|| [UBER_TRACE_ID, JAEGER_BAGGAGE].map(str::to_owned));
        FieldIter::new(if self.baggage.is_some() {
            fields
        } else {
            &fields[..1]
        })
    }
}

/// Builds a [`JaegerPropagator`] from options.
///
/// ```
/// use opentelemetry_propagator_jaeger::JaegerPropagator;
///
/// let propagator = JaegerPropagator::builder().baggage(false).build();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build() is called"]
pub struct JaegerPropagatorBuilder(JaegerPropagator);

impl JaegerPropagatorBuilder {
    /// Sets whether a trace is sampled if no header states a decision. The default is `false`.
    pub fn sample_when_undecided(mut self, sampled: bool) -> Self {
        self.0.sample_when_undecided = sampled;
        self
    }

    /// Sets whether baggage is read and written. The default is `true`.
    ///
    /// With `false`, extraction makes one lookup and never searches the header names.
    pub fn baggage(mut self, baggage: bool) -> Self {
        self.0.baggage = baggage.then(|| BaggageHeaders::new(BAGGAGE_PREFIX));
        self
    }

    /// Builds the propagator.
    pub fn build(self) -> JaegerPropagator {
        self.0
    }
}
