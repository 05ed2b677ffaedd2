//! What Sentry's headers leave in a [`Context`], for applications to read.

use opentelemetry::propagation::{Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;

use crate::dsc::DynamicSamplingContext;
use crate::header::{SentryTrace, BAGGAGE, SENTRY_TRACE};
use crate::propagator::SentryPropagator;

/// What came with a continued trace.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) trace: SentryTrace,
    pub(crate) dsc: DynamicSamplingContext,
}

/// What came with the trace of the current span; `None` for a trace that replaced it.
pub(crate) fn incoming(cx: &Context) -> Option<&Incoming> {
    let incoming = cx.get::<Incoming>()?;
    (incoming.trace.trace_id == cx.span().span_context().trace_id()).then_some(incoming)
}

/// Reads in a [`Context`] what Sentry's headers said, and gives what they say onward.
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
/// let propagator = SentryPropagator::new();
/// let cx = propagator.extract_with_context(&Context::new(), &request);
///
/// assert_eq!(cx.sentry_trace().unwrap().sampled, None, "deferred");
/// assert!(cx.sentry_dsc().unwrap().is_empty());
///
/// let message = cx.sentry_headers(&propagator);
/// assert_eq!(
///     message.sentry_trace.unwrap(),
///     "771a43a4192642f0b136d5159a501700-1234567890abcdef-1"
/// );
/// assert_eq!(message.baggage, None);
/// ```
pub trait SentryContextExt: private::Sealed {
    /// The incoming `sentry-trace`, its sampling decision included; `None` when the current
    /// span's trace did not come with one.
    fn sentry_trace(&self) -> Option<&SentryTrace>;

    /// The incoming Dynamic Sampling Context; `None` when the current span's trace did not come
    /// with Sentry's headers, empty when it came with `sentry-trace` alone.
    fn sentry_dsc(&self) -> Option<&DynamicSamplingContext>;

    /// The values of the two headers as `propagator` would send them, for those who send messages
    /// by other means than a carrier.
    fn sentry_headers(&self, propagator: &SentryPropagator) -> SentryHeaders;
}

/// The values of Sentry's two headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentryHeaders {
    /// `sentry-trace`; `None` without a valid span context.
    pub sentry_trace: Option<String>,
    /// `baggage`, with Sentry's members alone; `None` when there are none.
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

impl SentryContextExt for Context {
    fn sentry_trace(&self) -> Option<&SentryTrace> {
        incoming(self).map(|incoming| &incoming.trace)
    }

    fn sentry_dsc(&self) -> Option<&DynamicSamplingContext> {
        incoming(self).map(|incoming| &incoming.dsc)
    }

    fn sentry_headers(&self, propagator: &SentryPropagator) -> SentryHeaders {
        let mut headers = SentryHeaders::default();
        propagator.inject_context(self, &mut headers);
        headers
    }
}

mod private {
    /// Keeps the trait to [`opentelemetry::Context`], so that methods can be added to it.
    pub trait Sealed {}
    impl Sealed for opentelemetry::Context {}
}
