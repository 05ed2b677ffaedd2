//! Comparing Dynamic Sampling Contexts.

use std::collections::BTreeMap;

use opentelemetry_propagator_sentry::DynamicSamplingContext;

pub(crate) type Dsc = BTreeMap<String, String>;

/// Returns a DSC with these keys and decoded values.
pub(crate) fn dsc(members: &[(&str, &str)]) -> Dsc {
    let owned = members
        .iter()
        .map(|&(key, value)| (key.into(), value.into()));
    owned.collect()
}

/// Returns the DSC in a `baggage` value.
pub(crate) fn stated(baggage: &str) -> Dsc {
    let dsc = DynamicSamplingContext::parse([baggage]);
    let owned = dsc.iter().map(|(key, value)| (key.into(), value.into()));
    owned.collect()
}

/// Asserts that a package has the DSC that it was sent.
///
/// The packages format `sample_rand` again: JavaScript writes it without trailing zeros. They also
/// add a missing one, because the DSC of older SDKs has none.
#[track_caller]
pub(crate) fn assert_same(theirs: &Dsc, ours: &Dsc) {
    assert_eq!(normalize(theirs, ours), normalize(ours, ours));
}

fn normalize(dsc: &Dsc, ours: &Dsc) -> Dsc {
    let mut dsc = dsc.clone();
    if !ours.contains_key("sample_rand") {
        dsc.remove("sample_rand");
    }
    if let Some(rand) = dsc.get_mut("sample_rand") {
        *rand = format!("{:.6}", number(rand));
    }
    dsc
}

/// Parses a number in a DSC.
#[track_caller]
pub(crate) fn number(text: &str) -> f64 {
    text.parse()
        .unwrap_or_else(|_| panic!("invalid number {text:?}"))
}
