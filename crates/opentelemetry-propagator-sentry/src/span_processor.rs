//! The [`Context`] value that the `SentrySpanProcessor` of the `sentry-opentelemetry` crate reads.

use opentelemetry::Context;
use sentry_core::TracePropagationContext;

use crate::header::{BAGGAGE, SENTRY_TRACE};
use crate::incoming::Incoming;

/// Returns a context with the value by which the processor's transactions continue the incoming
/// trace.
pub(crate) fn with_trace_propagation_context(cx: &Context, incoming: &Incoming) -> Context {
    // The value is parsed from headers, because the organization cannot be set otherwise. It is all
    // that `try_from_headers` reads from `baggage`. Its parser does not support the full grammar of
    // a member, so a simple member is passed to it.
    let trace = incoming.trace.to_string();
    let org_id = incoming.dsc.get("org_id").unwrap_or_default();
    let baggage = format!("sentry-org_id={}", org_id.trim());
    let headers = [(SENTRY_TRACE, &*trace), (BAGGAGE, &*baggage)];
    match TracePropagationContext::try_from_headers(headers) {
        Ok(trace) => cx.with_value(trace),
        Err(_) => cx.clone(),
    }
}
