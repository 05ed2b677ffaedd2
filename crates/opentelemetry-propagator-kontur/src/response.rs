//! The propagator for responses.

use std::sync::OnceLock;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_core::internal::hex_string;

use crate::header::TRACE_ID;

/// A propagator that writes the trace id to a response, so that the recipient can open the trace.
///
/// It only injects. Extraction returns the context unchanged.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
/// use opentelemetry::Context;
/// use opentelemetry_propagator_kontur::KonturResponsePropagator;
///
/// let cx = Context::new().with_remote_span_context(SpanContext::new(
///     TraceId::from(0x27bb7faa48294cf4_9ae6007d70905468),
///     SpanId::from(1),
///     TraceFlags::SAMPLED,
///     false,
///     TraceState::NONE,
/// ));
/// let mut response = HashMap::new();
/// KonturResponsePropagator::new().inject_context(&cx, &mut response);
/// assert_eq!(response.len(), 1);
/// assert_eq!(response["x-kontur-trace-id"], "27bb7faa48294cf49ae6007d70905468");
/// ```
#[derive(Clone, Debug, Default)]
#[doc(alias = "X-Kontur-Trace-Id")]
pub struct KonturResponsePropagator {
    /// The name of the header, or `None` if it is [`TRACE_ID`], so that creating the default
    /// propagator for each response does not allocate.
    header_name: Option<[String; 1]>,
}

impl KonturResponsePropagator {
    /// Creates a propagator that writes the header `x-kontur-trace-id`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a builder with the default options.
    pub fn builder() -> KonturResponsePropagatorBuilder {
        KonturResponsePropagatorBuilder(Self::new())
    }

    fn header_names(&self) -> &[String; 1] {
        static DEFAULT: OnceLock<[String; 1]> = OnceLock::new();
        match &self.header_name {
            Some(name) => name,
            None => DEFAULT.get_or_init(|| [TRACE_ID.to_owned()]),
        }
    }
}

impl TextMapPropagator for KonturResponsePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span_context = span.span_context();
        if span_context.is_valid() {
            let trace_id = hex_string(span_context.trace_id().to_bytes());
            let [name] = self.header_names();
            injector.set(name, trace_id);
        }
    }

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(self.header_names())
    }
}

/// Builds a [`KonturResponsePropagator`] from options.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry_propagator_kontur::KonturResponsePropagator;
///
/// let propagator = KonturResponsePropagator::builder()
///     .header_name("Trace-Id")
///     .build();
/// assert!(propagator.fields().eq(["trace-id"]));
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build() is called"]
pub struct KonturResponsePropagatorBuilder(KonturResponsePropagator);

impl KonturResponsePropagatorBuilder {
    /// Sets the name of the header, which is written in lower case. The default is
    /// `x-kontur-trace-id`. Vostok services name the header `Trace-Id`.
    ///
    /// The name must be a valid header name, because HTTP carriers drop headers with invalid names.
    pub fn header_name(mut self, name: impl Into<String>) -> Self {
        let mut name = name.into();
        name.make_ascii_lowercase();
        self.0.header_name = Some([name]);
        self
    }

    /// Builds the propagator.
    pub fn build(self) -> KonturResponsePropagator {
        self.0
    }
}
