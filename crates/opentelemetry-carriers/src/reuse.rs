//! Carriers that already hold a context.

use opentelemetry::propagation::{Injector, TextMapPropagator};
use opentelemetry::Context;

/// Formats that also write headers whose names are not known in advance: a header that only this
/// format has, and the beginning of those names.
const PREFIXES: [(&str, &str); 2] = [
    ("uber-trace-id", "uberctx-"),
    ("ot-tracer-traceid", "ot-baggage-"),
];

/// An [`Injector`] into a carrier that may contain the headers of an earlier context.
///
/// A message that is sent again, a request that is forwarded, or the environment that a child process
/// inherits contains the headers of an earlier trace. [`inject_context`] replaces only those that the
/// new context has. The carrier cannot remove the others, because it learns neither which headers the
/// propagator has nor when an injection begins. An old `tracestate`, for example, is then read
/// together with the new `traceparent`. [`replace_context`](Self::replace_context) removes all of
/// them first. It is the safe call for a carrier that is not new.
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
///
/// [`inject_context`]: opentelemetry::propagation::TextMapPropagator::inject_context
pub trait ReusableInjector: Injector {
    /// Removes the header of a propagation key, if there is one.
    fn remove(&mut self, key: &str);

    /// Removes every header whose propagation key begins with this text, regardless of case.
    fn remove_prefix(&mut self, prefix: &str);

    /// Removes every field of the propagator, then injects the context.
    ///
    /// Jaeger and OT trace write one header for each baggage item. If the propagator has a field of
    /// theirs, the headers that begin with `uberctx-` or `ot-baggage-` are removed too.
    fn replace_context(&mut self, propagator: &dyn TextMapPropagator, cx: &Context)
    where
        Self: Sized,
    {
        for field in propagator.fields() {
            self.remove(field);
            for (name, prefix) in PREFIXES {
                if field.eq_ignore_ascii_case(name) {
                    self.remove_prefix(prefix);
                }
            }
        }
        propagator.inject_context(cx, self);
    }
}

/// Whether a name begins with this text, regardless of case.
pub(crate) fn has_prefix(name: &str, prefix: &str) -> bool {
    let start = name.as_bytes().get(..prefix.len());
    start.is_some_and(|it| it.eq_ignore_ascii_case(prefix.as_bytes()))
}
