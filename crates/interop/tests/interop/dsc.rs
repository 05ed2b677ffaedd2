//! Comparing Dynamic Sampling Contexts.

use std::collections::BTreeMap;

use opentelemetry_propagator_sentry::DynamicSamplingContext;

pub(crate) type Dsc = BTreeMap<String, String>;

/// A DSC of these keys and decoded values.
pub(crate) fn dsc(members: &[(&str, &str)]) -> Dsc {
    let owned = members
        .iter()
        .map(|&(key, value)| (key.into(), value.into()));
    owned.collect()
}

/// The DSC that a `baggage` value states.
pub(crate) fn stated(baggage: &str) -> Dsc {
    let dsc = DynamicSamplingContext::from_baggage([baggage]);
    let owned = dsc.iter().map(|(key, value)| (key.into(), value.into()));
    owned.collect()
}

/// Asserts that a package holds the DSC that it was sent.
///
/// The packages write `sample_rand` anew: JavaScript's without trailing zeros. And they add one
/// where it is missing, as a DSC of older SDKs has none.
#[track_caller]
pub(crate) fn assert_same(theirs: &Dsc, ours: &Dsc) {
    assert_eq!(normal(theirs, ours), normal(ours, ours));
}

fn normal(dsc: &Dsc, ours: &Dsc) -> Dsc {
    let mut dsc = dsc.clone();
    if !ours.contains_key("sample_rand") {
        dsc.remove("sample_rand");
    }
    if let Some(rand) = dsc.get_mut("sample_rand") {
        *rand = format!("{:.6}", number(rand));
    }
    dsc
}

/// A number as a DSC states it.
#[track_caller]
pub(crate) fn number(text: &str) -> f64 {
    text.parse()
        .unwrap_or_else(|_| panic!("{text:?} is no number"))
}
