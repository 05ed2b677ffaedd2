//! What arrived with a continued trace, as it is kept in a [`Context`].

use opentelemetry::trace::SpanContext;
use opentelemetry::Context;

use crate::dsc::DynamicSamplingContext;
use crate::header::SentryTrace;

/// The headers of a continued trace.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) trace: SentryTrace,
    pub(crate) dsc: DynamicSamplingContext,
}

/// Returns the headers that arrived with the trace of the current span, which is `span_context`;
/// `None` if another trace replaced it.
#[inline]
pub(crate) fn incoming<'a>(cx: &'a Context, span_context: &SpanContext) -> Option<&'a Incoming> {
    let incoming = cx.get::<Incoming>()?;
    (incoming.trace.trace_id == span_context.trace_id()).then_some(incoming)
}
