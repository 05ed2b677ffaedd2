//! The value that the `SentrySpanProcessor` of the `sentry-opentelemetry` crate reads from a
//! [`Context`].

use opentelemetry::Context;
use sentry_core::TracePropagationContext;

use crate::header::{BAGGAGE, SENTRY_TRACE};
use crate::incoming::Incoming;

/// Returns a context from which that processor's transactions continue the incoming trace.
pub(crate) fn with_trace_propagation_context(cx: &Context, incoming: &Incoming) -> Context {
    // Through the headers: there is no other way to set the organization.
    let trace = incoming.trace.to_string();
    let headers = [(SENTRY_TRACE, &*trace), (BAGGAGE, incoming.dsc.as_str())];
    match TracePropagationContext::try_from_headers(headers) {
        Ok(trace) => cx.with_value(trace),
        Err(_) => cx.clone(),
    }
}
