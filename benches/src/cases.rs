//! The cases of each kind of measurement.

use crate::case::Case;
use crate::{baseline, others, ours};

/// Returns the cases whose instructions are counted, in the order of the counts. The feature
/// `tables` adds more at the end.
pub fn counted() -> Vec<Case> {
    let mut cases = ours::formats();
    cases.push(ours::kontur_response());
    cases.extend(ours::specified());
    cases.extend(ours::lists());
    cases.extend(ours::http_headers());
    cases.extend(baseline::formats());
    cases.extend([baseline::kontur_response(), baseline::five()]);
    cases.extend([
        others::sdk(),
        others::b3(),
        others::b3_multi(),
        others::xray(),
    ]);
    #[cfg(feature = "tables")]
    cases.extend(more());
    cases
}

/// Returns the cases that only the tables of the documentation contain.
#[cfg(feature = "tables")]
fn more() -> Vec<Case> {
    let mut cases = vec![
        others::tracecontext(),
        others::baggage(),
        others::jaeger(),
        others::sentry_opentelemetry(),
    ];
    cases.extend(crate::codecs::all());
    cases
}
