//! The value that the `SentrySpanProcessor` of the `sentry-opentelemetry` crate reads from a
//! [`Context`].

use opentelemetry::Context;
use sentry_core::TracePropagationContext;

use crate::header::{BAGGAGE, SENTRY_TRACE};
use crate::incoming::Incoming;

/// Returns a context from which that processor's transactions continue the incoming trace.
pub(crate) fn with_trace_propagation_context(cx: &Context, incoming: &Incoming) -> Context {
    // Through the headers: there is no other way to set the organization, which is all that it takes
    // from `baggage`. Its parser does not know the whole grammar of a member, so it gets a plain one.
    let trace = incoming.trace.to_string();
    let org_id = incoming.dsc.get("org_id").unwrap_or_default();
    let baggage = format!("sentry-org_id={}", org_id.trim());
    let headers = [(SENTRY_TRACE, &*trace), (BAGGAGE, &*baggage)];
    match TracePropagationContext::try_from_headers(headers) {
        Ok(trace) => cx.with_value(trace),
        Err(_) => cx.clone(),
    }
}
