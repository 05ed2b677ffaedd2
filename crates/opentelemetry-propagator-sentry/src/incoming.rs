//! What arrived with a continued trace, as it is kept in a [`Context`].

use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;

use crate::dsc::DynamicSamplingContext;
use crate::header::SentryTrace;

/// The headers of a continued trace.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) trace: SentryTrace,
    pub(crate) dsc: DynamicSamplingContext,
}

/// Returns the headers that arrived with the trace of the current span; `None` if another trace
/// replaced it.
pub(crate) fn incoming(cx: &Context) -> Option<&Incoming> {
    let incoming = cx.get::<Incoming>()?;
    (incoming.trace.trace_id == cx.span().span_context().trace_id()).then_some(incoming)
}
