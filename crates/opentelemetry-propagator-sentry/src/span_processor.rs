//! What the `SentrySpanProcessor` of the `sentry-opentelemetry` crate reads from a [`Context`].

use opentelemetry::Context;
use sentry_core::TracePropagationContext;

use crate::context::Incoming;
use crate::header::{BAGGAGE, SENTRY_TRACE};

/// The context from which that processor's transactions continue the incoming trace.
pub(crate) fn with_trace_propagation_context(cx: &Context, incoming: &Incoming) -> Context {
    // By way of the headers, since the organisation can be given in no other.
    let trace = incoming.trace.to_string();
    let headers = [(SENTRY_TRACE, &*trace), (BAGGAGE, incoming.dsc.as_str())];
    match TracePropagationContext::try_from_headers(headers) {
        Ok(trace) => cx.with_value(trace),
        Err(_) => cx.clone(),
    }
}
