//! Carriers that already hold a context.

use opentelemetry::propagation::{Injector, TextMapPropagator};
use opentelemetry::Context;

/// An [`Injector`] into a carrier that may contain the headers of an earlier context.
///
/// A message that is sent again, or the environment that a child process inherits, contains the
/// headers of an earlier trace. [`Injector::set`] replaces only those that the new context has.
/// [`replace_context`](Self::replace_context) also removes the others. An old `tracestate`, for
/// example, would otherwise be read together with the new `traceparent`.
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
/// // The new context has no trace, so none is sent.
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
