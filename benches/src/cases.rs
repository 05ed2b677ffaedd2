//! The cases of each kind of measurement.

use crate::case::Case;
use crate::{baseline, others, ours};

/// Returns the cases whose instructions are counted, in the order of the counts.
pub fn counted() -> Vec<Case> {
    let mut cases = ours::formats();
    cases.push(ours::kontur_response());
    cases.extend(ours::specified());
    cases.extend(ours::lists());
    cases.extend(baseline::formats());
    cases.extend([baseline::kontur_response(), baseline::five()]);
    cases.extend([
        others::sdk(),
        others::b3(),
        others::b3_multi(),
        others::xray(),
    ]);
    cases
}

/// Returns the cases whose time is measured with every carrier.
#[cfg(feature = "clock")]
pub fn timed() -> impl Iterator<Item = Case> {
    let formats = ours::formats().into_iter().chain(ours::specified());
    formats.chain(baseline::formats()).chain(others::all())
}
