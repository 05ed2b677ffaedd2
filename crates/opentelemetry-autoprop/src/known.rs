//! The propagators that this crate knows by name.

use opentelemetry::propagation::TextMapPropagator;
#[cfg(feature = "b3")]
use opentelemetry_propagator_b3::{B3Encoding, Propagator as B3Propagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::baggage::BaggagePropagator;
#[cfg(feature = "b3")]
use crate::declared::Declared;
use crate::error::{Problem, Quoted};

/// A propagator of whatever type.
pub(crate) type BoxedPropagator = Box<dyn TextMapPropagator + Send + Sync>;

/// A function that looks up an environment variable.
pub(crate) type LookUp<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The list that counts where none is given.
pub(crate) const DEFAULT: &str = "tracecontext,baggage";

/// The name of the propagator that does nothing.
pub(crate) const NONE: &str = "none";

/// Every name that a propagator can be made of, with the cargo feature that it needs.
const NAMES: [(&str, Option<&str>); 8] = [
    ("tracecontext", None),
    ("baggage", None),
    ("kontur", Some("kontur")),
    ("vostok", Some("vostok")),
    ("sentry", Some("sentry")),
    ("b3", Some("b3")),
    ("b3multi", Some("b3")),
    ("xray", Some("xray")),
];

/// Names of the specification that it deprecates, and that no crate serves.
const DEPRECATED: [&str; 2] = ["jaeger", "ottrace"];

/// The names that [`build`] makes a propagator of.
pub(crate) fn buildable() -> impl Iterator<Item = &'static str> {
    let unset = |_: &str| None;
    let names = NAMES.into_iter().map(|(name, _)| name);
    names.filter(move |name| build(name, &unset).is_some())
}

/// The propagator of a name, if this crate has one with the features it was built with.
#[cfg_attr(not(feature = "sentry"), allow(unused_variables))]
pub(crate) fn build(name: &str, env: LookUp<'_>) -> Option<BoxedPropagator> {
    Some(match name {
        "tracecontext" => Box::new(TraceContextPropagator::new()),
        "baggage" => Box::new(BaggagePropagator),
        #[cfg(feature = "kontur")]
        "kontur" => Box::new(opentelemetry_propagator_kontur::KonturPropagator::new()),
        #[cfg(feature = "vostok")]
        "vostok" => Box::new(opentelemetry_propagator_vostok::VostokPropagator::new()),
        #[cfg(feature = "sentry")]
        "sentry" => Box::new(crate::sentry::propagator(env)),
        #[cfg(feature = "b3")]
        "b3" => Box::new(Declared(B3Propagator::with_encoding(
            B3Encoding::SingleHeader,
        ))),
        #[cfg(feature = "b3")]
        "b3multi" => Box::new(B3Propagator::with_encoding(B3Encoding::MultipleHeader)),
        #[cfg(feature = "xray")]
        "xray" => Box::new(opentelemetry_aws::trace::XrayPropagator::default()),
        _ => return None,
    })
}

/// Why [`build`] has no propagator of this name. `known` are the names that would do.
pub(crate) fn problem<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    if let Some(name) = DEPRECATED
        .into_iter()
        .find(|deprecated| *deprecated == name)
    {
        return Problem::Deprecated(name);
    }
    match NAMES.into_iter().find(|(known, _)| *known == name) {
        Some((name, Some(feature))) => Problem::FeatureOff { name, feature },
        _ => Problem::Unknown {
            name: Quoted::new(name),
            nearest: nearest(name, known).map(str::to_owned),
        },
    }
}

/// The name among `names` that a misspelt one was most likely meant to be.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_feature_that_is_off_names_the_feature() {
        for (name, feature) in [
            ("kontur", "kontur"),
            ("vostok", "vostok"),
            ("sentry", "sentry"),
            ("b3", "b3"),
            ("b3multi", "b3"),
            ("xray", "xray"),
        ] {
            // It is asked only where `build` has no propagator.
            let expected = Problem::FeatureOff { name, feature };
            assert_eq!(problem(name, buildable()), expected);
        }
    }
}
