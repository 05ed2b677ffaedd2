//! Sentry's headers as values, without a carrier.

use opentelemetry::propagation::Injector;

use crate::header::{BAGGAGE, SENTRY_TRACE};

/// The values of Sentry's two headers, as
/// [`SentryPropagator::headers`](crate::SentryPropagator::headers) returns them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentryHeaders {
    /// The value of `sentry-trace`, or `None` without a valid span context.
    pub sentry_trace: Option<String>,
    /// The value of `baggage` with Sentry's members, or `None` if there are none.
    pub baggage: Option<String>,
}

impl Injector for SentryHeaders {
    fn set(&mut self, key: &str, value: String) {
        match key {
            SENTRY_TRACE => self.sentry_trace = Some(value),
            BAGGAGE => self.baggage = Some(value),
            _ => {}
        }
    }
}
