//! The propagator between carriers and the [`Context`].

use std::sync::OnceLock;

use opentelemetry::otel_debug;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::MemberList;
use opentelemetry_propagator_core::internal::BaggageHeaders;
use opentelemetry_propagator_core::{
    extract_alone, inject_alone, Format, ParentMerger, RemoteParent, Request,
};

use crate::header::{
    decode_baggage, encode_baggage, OtTrace, ParseError, BAGGAGE_PREFIX, SAMPLED, SPAN_ID, TRACE_ID,
};

/// A propagator for the `ot-tracer-*` headers of OpenTracing, and for baggage in `ot-baggage-*`.
///
/// It reads the trace id, the caller's span id and the sampling decision. The `ot-baggage-*`
/// headers are read if the trace is valid.
///
/// For a valid span context it writes the lower 64 bits of the trace id, as all implementations do,
/// the span id and the sampling decision, and one `ot-baggage-*` header for each baggage entry. A
/// trace with an id of 128 bits therefore becomes two traces in the backend, unless another format
/// of the list carries the whole id.
///
/// OpenTelemetry has deprecated the format. Services of your own should use W3C Trace Context.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_propagator_ottrace::OtTracePropagator;
///
/// global::set_text_map_propagator(OtTracePropagator::new());
/// ```
#[derive(Clone, Debug)]
#[doc(alias(
    "ot-tracer-traceid",
    "ot-tracer-spanid",
    "ot-tracer-sampled",
    "ot-baggage"
))]
pub struct OtTracePropagator {
    sample_when_undecided: bool,
    /// `None` if baggage is neither read nor written.
    baggage: Option<BaggageHeaders>,
}

impl OtTracePropagator {
    /// Creates a propagator with the default options.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder with the default options.
    pub fn builder() -> OtTracePropagatorBuilder {
        OtTracePropagatorBuilder(OtTracePropagator {
            sample_when_undecided: false,
            baggage: Some(BaggageHeaders::new(BAGGAGE_PREFIX)),
        })
    }
}

/// Reads the baggage of a request with a valid trace.
#[inline(never)]
fn read_baggage(
    headers: &BaggageHeaders,
    cx: &Context,
    request: &mut Request<'_>,
) -> Option<Context> {
    let mut entries = headers.entries(cx);
    entries.read(request.extractor(), decode_baggage);
    entries.set_in(cx, request)
}

#[cold]
fn log_ignored_header(error: &ParseError) {
    if cfg!(feature = "internal-logs") {
        otel_debug!(name: "OtTracePropagator.HeaderIgnored", reason = error.to_string());
    }
}

impl Default for OtTracePropagator {
    fn default() -> Self {
        Self::new()
    }
}

impl Format for OtTracePropagator {
    fn name(&self) -> &'static str {
        "ottrace"
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
        let trace = OtTrace::extract(request.extractor(), log_ignored_header)?;
        let mut parent = RemoteParent::new(trace.trace_id);
        parent.span_id = Some(trace.span_id);
        parent.sampled = trace.sampled;
        parent.sample_when_undecided = self.sample_when_undecided;
        merger.add(parent);
        read_baggage(self.baggage.as_ref()?, cx, request)
    }

    #[inline]
    fn write(&self, cx: &Context, injector: &mut dyn Injector, _baggage: &mut MemberList) {
        let span = cx.span();
        let span_context = span.span_context();
        if !span_context.is_valid() {
            return;
        }
        let (trace_id, span_id) = (span_context.trace_id(), span_context.span_id());
        let trace = OtTrace::new(trace_id, span_id, span_context.is_sampled());
        if trace.inject(injector) {
            if let Some(headers) = &self.baggage {
                headers.write(cx, injector, encode_baggage);
            }
        }
    }
}

impl TextMapPropagator for OtTracePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        inject_alone(self, cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extract_alone(self, cx, extractor)
    }

    /// Returns the headers with fixed names. Those of baggage entries begin with
    /// [`BAGGAGE_PREFIX`].
    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 3]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| [TRACE_ID, SPAN_ID, SAMPLED].map(str::to_owned)))
    }
}

/// Builds an [`OtTracePropagator`] from options.
///
/// ```
/// use opentelemetry_propagator_ottrace::OtTracePropagator;
///
/// let propagator = OtTracePropagator::builder().baggage(false).build();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build() is called"]
pub struct OtTracePropagatorBuilder(OtTracePropagator);

impl OtTracePropagatorBuilder {
    /// Sets whether a trace is sampled if no header states a decision. The default is `false`.
    pub fn sample_when_undecided(mut self, sampled: bool) -> Self {
        self.0.sample_when_undecided = sampled;
        self
    }

    /// Sets whether baggage is read and written. The default is `true`.
    ///
    /// With `false`, extraction never searches the header names.
    pub fn baggage(mut self, baggage: bool) -> Self {
        self.0.baggage = baggage.then(|| BaggageHeaders::new(BAGGAGE_PREFIX));
        self
    }

    /// Builds the propagator.
    pub fn build(self) -> OtTracePropagator {
        self.0
    }
}
