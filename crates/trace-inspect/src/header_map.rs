//! The headers of a message, as propagators see them.

use http::HeaderMap;
use opentelemetry_propagator_sentry::header::BAGGAGE;
use opentelemetry_propagator_sentry::DynamicSamplingContext;

/// Returns the lines of a header that a propagator sees: those of ASCII.
pub(crate) fn lines<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter();
    values.filter_map(|value| value.to_str().ok())
}

/// Returns Sentry's members of `baggage`.
pub(crate) fn sentry_dsc(headers: &HeaderMap) -> DynamicSamplingContext {
    DynamicSamplingContext::parse(lines(headers, BAGGAGE))
}
