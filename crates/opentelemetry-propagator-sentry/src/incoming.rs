//! The incoming headers, as a [`Context`] holds them.

use opentelemetry::trace::SpanContext;
use opentelemetry::Context;
use opentelemetry_propagator_core::is_same_trace;

use crate::dsc::DynamicSamplingContext;
use crate::header::SentryTrace;

/// The headers that arrived with a continued trace.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) trace: SentryTrace,
    pub(crate) dsc: DynamicSamplingContext,
}

/// Returns the headers that arrived with the trace of `span_context`, which is the current span.
/// Returns `None` if the current span belongs to another trace.
#[inline]
pub(crate) fn incoming<'a>(cx: &'a Context, span_context: &SpanContext) -> Option<&'a Incoming> {
    let incoming = cx.get::<Incoming>()?;
    is_same_trace(incoming.trace.trace_id, span_context.trace_id()).then_some(incoming)
}
