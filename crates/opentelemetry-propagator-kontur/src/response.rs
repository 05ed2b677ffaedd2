//! The propagator for responses.

use std::sync::OnceLock;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_core::hex_string;

use crate::header::TRACE_ID;

/// Writes the trace id to a response, so that its recipient can open the trace.
///
/// It only injects: extracting returns the context unchanged.
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
pub struct KonturResponsePropagator {
    _private: (),
}

impl KonturResponsePropagator {
    /// Creates the propagator. It has no options.
    pub fn new() -> Self {
        Self::default()
    }
}

impl TextMapPropagator for KonturResponsePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span_context = span.span_context();
        if span_context.is_valid() {
            let trace_id = hex_string(span_context.trace_id().to_bytes());
            injector.set(TRACE_ID, trace_id);
        }
    }

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 1]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| [TRACE_ID.to_owned()]))
    }
}
