//! The checks of the fast targets whose format states a trace, and perhaps baggage in header names.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::Extractor;
use opentelemetry::Context;
use opentelemetry_propagator_core::{is_same_trace, Format, ParentMerger, RemoteParent, Request};
use propagator_oracle::header_baggage::Entries;
use propagator_oracle::merging::Statement;
use propagator_oracle::other_formats::Header;

use crate::invariants;

/// Returns a header of a carrier, as the oracle reads it.
pub fn header<'a>(carrier: &'a dyn Extractor, name: &str) -> Header<'a> {
    let lines = carrier.get_all(name).unwrap_or_default();
    (carrier.get(name), lines)
}

/// Checks that a format states what the oracle reads, and that the headers which it writes state
/// the same span.
pub fn check(format: &impl Format, carrier: &dyn Extractor, expected: Option<Statement>) {
    let (stated, cx) = read(format, carrier);
    let Some(expected) = expected else {
        assert_eq!(stated, None);
        return;
    };
    let stated = stated.expect("the oracle reads a trace");
    assert_eq!(stated.trace_id, expected.trace_id.into());
    assert_eq!(stated.span_id, expected.span_id.map(Into::into));
    assert_eq!(stated.sampled, expected.sampled);
    assert_eq!(stated.sample_when_undecided, expected.sample_when_undecided);
    assert_eq!(stated.keep_deferred, expected.keep_deferred);
    assert_eq!(stated.is_debug, expected.is_debug);
    assert_eq!((stated.other_flags, &stated.trace_state), (None, &None));

    let written = invariants::inject(format, &cx);
    // OT trace cannot write a trace id whose lower half is zero.
    let Some(again) = read(format, &written).0 else {
        assert_eq!(expected.trace_id as u64, 0);
        return;
    };
    assert!(is_same_trace(again.trace_id, stated.trace_id));
    assert_eq!(again.span_id, stated.span_id);
    assert_eq!(again.is_debug, stated.is_debug);
    let is_deferred = stated.sampled.is_none() && stated.keep_deferred;
    let sampled = stated.sampled.unwrap_or(stated.sample_when_undecided);
    assert_eq!(again.sampled, (!is_deferred).then_some(sampled));
}

/// Checks that a format reads the entries that the oracle reads, and writes the headers that the
/// oracle writes. Both begin with `prefix`.
pub fn check_baggage(
    format: &impl Format,
    carrier: &dyn Extractor,
    prefix: &str,
    expected: &Entries,
    written: &[(String, String)],
) {
    let (_, cx) = read(format, carrier);
    let entries = cx.baggage().iter();
    let entries: Entries = entries
        .map(|(key, (value, _))| (key.to_string(), value.to_string()))
        .collect();
    assert_eq!(&entries, expected);
    let mut lines = invariants::inject(format, &cx).0;
    lines.retain(|(name, _)| name.starts_with(prefix));
    assert_eq!(lines, written);
}

/// Returns what a format states, and the extracted context.
fn read(format: &impl Format, carrier: &dyn Extractor) -> (Option<RemoteParent>, Context) {
    let mut merger = ParentMerger::new();
    let kept = format.read(
        &Context::new(),
        &mut Request::new(carrier, &[]),
        &mut merger,
    );
    let stated = merger.current().cloned();
    (stated, merger.finish(&Context::new(), kept))
}
