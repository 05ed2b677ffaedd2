//! Access to Sentry's headers in a [`Context`], for applications.

use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;

use crate::dsc::DynamicSamplingContext;
use crate::header::SentryTrace;
use crate::incoming::incoming;

/// Reads the Sentry headers of the current trace in a [`Context`].
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
    /// Returns the incoming `sentry-trace`, or `None` if the current span's trace did not arrive
    /// with one.
    fn sentry_trace(&self) -> Option<&SentryTrace>;

    /// Returns the incoming Dynamic Sampling Context, or `None` if the current span's trace did not
    /// arrive with Sentry's headers. It is empty if `sentry-trace` arrived alone.
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
    /// Limits the trait to [`opentelemetry::Context`], so that methods can be added to it.
    pub trait Sealed {}
    impl Sealed for opentelemetry::Context {}
}
