//! Access to the incoming Sentry headers in a [`Context`].

use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;

use crate::dsc::DynamicSamplingContext;
use crate::header::SentryTrace;
use crate::incoming::incoming;

/// Extends [`Context`] with access to the Sentry headers that arrived with the current trace.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::Context;
/// use opentelemetry_propagator_sentry::{SentryContextExt, SentryPropagator};
///
/// let request = HashMap::from([(
///     "sentry-trace".to_owned(),
///     "771a43a4192642f0b136d5159a501700-1234567890abcdef".to_owned(),
/// )]);
/// let cx = SentryPropagator::new().extract_with_context(&Context::new(), &request);
///
/// assert_eq!(cx.sentry_trace().unwrap().sampled, None, "deferred");
/// assert!(cx.sentry_dsc().unwrap().is_empty());
/// ```
pub trait SentryContextExt: private::Sealed {
    /// Returns the incoming `sentry-trace`, or `None` if the current span's trace arrived without
    /// one.
    fn sentry_trace(&self) -> Option<&SentryTrace>;

    /// Returns the incoming Dynamic Sampling Context, or `None` if the current span's trace arrived
    /// without `sentry-trace`. It is empty if `sentry-trace` arrived alone.
    fn sentry_dsc(&self) -> Option<&DynamicSamplingContext>;
}

impl SentryContextExt for Context {
    fn sentry_trace(&self) -> Option<&SentryTrace> {
        incoming(self, self.span().span_context()).map(|incoming| &incoming.trace)
    }

    fn sentry_dsc(&self) -> Option<&DynamicSamplingContext> {
        incoming(self, self.span().span_context()).map(|incoming| &incoming.dsc)
    }
}

mod private {
    /// Prevents other implementations, so that adding a method is not a breaking change.
    pub trait Sealed {}
    impl Sealed for opentelemetry::Context {}
}
