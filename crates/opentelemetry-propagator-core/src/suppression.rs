//! The mark of a context for which nothing is injected.

use opentelemetry::Context;

/// Returns a copy of the context for which no propagator that checks [`is_suppressed`] injects.
///
/// Contexts that are derived from the copy are suppressed too. Extraction is not affected.
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry_propagator_core::{is_suppressed, suppress};
///
/// let cx = suppress(&Context::new());
/// assert!(is_suppressed(&cx));
/// assert!(!is_suppressed(&Context::new()));
/// ```
#[must_use]
pub fn suppress(cx: &Context) -> Context {
    cx.with_value(Suppressed)
}

/// Whether nothing may be injected for this context.
#[inline]
#[must_use]
pub fn is_suppressed(cx: &Context) -> bool {
    cx.get::<Suppressed>().is_some()
}

struct Suppressed;
