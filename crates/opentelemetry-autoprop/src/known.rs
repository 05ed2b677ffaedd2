//! The propagators that this crate knows by name.

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::baggage::BaggagePropagator;
use crate::error::Problem;

/// A propagator of whatever type.
pub(crate) type BoxedPropagator = Box<dyn TextMapPropagator + Send + Sync>;

/// A function that looks up an environment variable.
pub(crate) type LookUp<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The list that counts where none is given.
pub(crate) const DEFAULT: &str = "tracecontext,baggage";

/// The name of the propagator that does nothing.
pub(crate) const NONE: &str = "none";

/// All names of ours, those of missing cargo features included.
const NAMES: [&str; 10] = [
    "tracecontext",
    "baggage",
    "kontur",
    "vostok",
    "sentry",
    "b3",
    "b3multi",
    "xray",
    "jaeger",
    "ottrace",
];

/// The names that [`build`] makes a propagator of.
pub(crate) fn buildable() -> impl Iterator<Item = &'static str> {
    let unset = |_: &str| None;
    NAMES
        .into_iter()
        .filter(move |name| matches!(build(name, &unset), Some(Ok(_))))
}

/// The propagator of a name, or why there is none; `None` for a name that is not ours.
#[cfg_attr(not(feature = "sentry"), allow(unused_variables))]
pub(crate) fn build(name: &str, env: LookUp<'_>) -> Option<Result<BoxedPropagator, Problem>> {
    fn off(name: &'static str, feature: &'static str) -> Result<BoxedPropagator, Problem> {
        Err(Problem::FeatureOff { name, feature })
    }
    Some(match name {
        "tracecontext" => Ok(Box::new(TraceContextPropagator::new())),
        "baggage" => Ok(Box::new(BaggagePropagator::default())),

        #[cfg(feature = "kontur")]
        "kontur" => Ok(Box::new(
            opentelemetry_propagator_kontur::KonturPropagator::new(),
        )),
        #[cfg(not(feature = "kontur"))]
        "kontur" => off("kontur", "kontur"),

        #[cfg(feature = "vostok")]
        "vostok" => Ok(Box::new(
            opentelemetry_propagator_vostok::VostokPropagator::new(),
        )),
        #[cfg(not(feature = "vostok"))]
        "vostok" => off("vostok", "vostok"),

        #[cfg(feature = "sentry")]
        "sentry" => Ok(Box::new(crate::sentry::propagator(env))),
        #[cfg(not(feature = "sentry"))]
        "sentry" => off("sentry", "sentry"),

        #[cfg(feature = "b3")]
        "b3" => Ok(Box::new(
            opentelemetry_propagator_b3::Propagator::with_encoding(
                opentelemetry_propagator_b3::B3Encoding::SingleHeader,
            ),
        )),
        #[cfg(not(feature = "b3"))]
        "b3" => off("b3", "b3"),

        #[cfg(feature = "b3")]
        "b3multi" => Ok(Box::new(
            opentelemetry_propagator_b3::Propagator::with_encoding(
                opentelemetry_propagator_b3::B3Encoding::MultipleHeader,
            ),
        )),
        #[cfg(not(feature = "b3"))]
        "b3multi" => off("b3multi", "b3"),

        #[cfg(feature = "xray")]
        "xray" => Ok(Box::new(opentelemetry_aws::trace::XrayPropagator::default())),
        #[cfg(not(feature = "xray"))]
        "xray" => off("xray", "xray"),

        "jaeger" => Err(Problem::Deprecated("jaeger")),
        "ottrace" => Err(Problem::Deprecated("ottrace")),
        _ => return None,
    })
}

/// The name among `names` that a misspelt one was most likely meant to be.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    /// No name of ours is longer by far; the comparison takes time quadratic in the lengths.
    const MAX_LEN: usize = 32;
    if name.len() > MAX_LEN {
        return None;
    }
    names
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= known.len() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
