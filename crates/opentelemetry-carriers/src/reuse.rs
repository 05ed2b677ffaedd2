//! Carriers that already hold a context.

use opentelemetry::propagation::{Injector, TextMapPropagator};
use opentelemetry::Context;

/// An [`Injector`] into a carrier that may hold the headers of an earlier context.
///
/// A message that is sent again, or a child process that inherits its environment, carries the
/// headers of the trace that it came with. [`Injector::set`] replaces those that the new context
/// has. [`replace_context`](Self::replace_context) also removes the others: a `tracestate`, say,
/// that would else be read together with the new `traceparent`.
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry_carriers::{MessageHeaders, ReusableInjector};
/// use opentelemetry_propagator_kontur::KonturPropagator;
///
/// let mut headers = vec![
///     ("X-Kontur-Trace-Id".to_owned(), b"27bb7faa48294cf49ae6007d70905468".to_vec()),
///     ("Content-Type".to_owned(), b"text/plain".to_vec()),
/// ];
/// // There is no trace now, so none is sent.
/// MessageHeaders(&mut headers).replace_context(&KonturPropagator::new(), &Context::new());
/// assert_eq!(headers, [("Content-Type".to_owned(), b"text/plain".to_vec())]);
/// ```
pub trait ReusableInjector: Injector {
    /// Removes the header of a propagation key, if there is one.
    fn remove(&mut self, key: &str);

    /// Removes every field of the propagator, then injects the context.
    fn replace_context(&mut self, propagator: &dyn TextMapPropagator, cx: &Context)
    where
        Self: Sized,
    {
        for field in propagator.fields() {
            self.remove(field);
        }
        propagator.inject_context(cx, self);
    }
}
