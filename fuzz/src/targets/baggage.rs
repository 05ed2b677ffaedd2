//! A user's `baggage` against [`propagator_oracle::baggage`].

use opentelemetry::baggage::{BaggageExt, KeyValueMetadata};
use opentelemetry::propagation::Extractor;
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_http::HeaderExtractor;
use propagator_oracle::baggage::{entry, members, within_limits, Entry};

use crate::carrier::{self, Lines};
use crate::case::Case;
use crate::generate::{Format, Grammar};
use crate::invariants;

/// What the mutator writes into inputs.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[Format::Sentry],
    options: &[("user_baggage", USER)],
};

/// Values of `@user_baggage` for a mutator to start from.
pub(super) const USER: &[&str] = &["userId=42", "sentry-release=theirs", "k=ы%;,= ;p=ы\"\\%2C"];

/// Options: `@user_baggage key=value;properties`, as often as one likes.
pub fn check(input: &[u8]) {
    let case = Case::parse(input);
    let propagator = opentelemetry_autoprop::from_list("baggage").expect("a known name");
    check_extract(&case, &propagator, &Lines::of(&case));
    check_extract(
        &case,
        &propagator,
        &HeaderExtractor(&carrier::http_headers(&case)),
    );
    let cx = initial(&case);
    check_written(&propagator, &cx, &invariants::inject(&propagator, &cx));
}

/// The context that a case starts from: `@held`, and the user's own baggage.
pub fn initial(case: &Case) -> Context {
    let baggage = case.options("user_baggage").filter_map(|member| {
        let (key, rest) = member.split_once('=')?;
        let (value, properties) = rest.split_once(';').unwrap_or((rest, ""));
        let (key, value) = (key.to_owned(), value.to_owned());
        Some(KeyValueMetadata::new(key, value, properties))
    });
    invariants::initial(case).with_baggage(baggage)
}

fn check_extract(case: &Case, propagator: &Propagator, carrier: &dyn Extractor) {
    let before = initial(case);
    // A map of owned keys and values, of which there are up to 64.
    let size = case.size() + 512 * 64;
    let after = invariants::extract(propagator, &before, carrier, size);
    let found = invariants::extracted(propagator, carrier);
    check_read(&found, carrier);
    let nothing_found = found.baggage().is_empty();
    let expected = if nothing_found { &before } else { &found };
    assert_eq!(entries(&after), entries(expected));
    check_written(propagator, &after, &invariants::inject(propagator, &after));
}

/// The entries of a context, in the order of their keys.
pub fn entries(cx: &Context) -> Vec<Entry> {
    let mut entries: Vec<Entry> = cx
        .baggage()
        .iter()
        .map(|(key, (value, properties))| Entry {
            key: key.to_string(),
            value: value.to_string(),
            properties: properties.to_string(),
        })
        .collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}

/// The user's baggage is that of the members of all lines; of many, those that fit.
pub(super) fn check_read(found: &Context, carrier: &dyn Extractor) {
    let lines = carrier.get_all("baggage").unwrap_or_default();
    let all: Vec<&str> = members(lines).collect();
    let stated: Vec<Entry> = all.iter().copied().map(entry).collect();
    let found = entries(found);
    if within_limits(all.iter().copied()).len() == all.len() {
        let stated = stated
            .into_iter()
            .map(|entry| KeyValueMetadata::new(entry.key, entry.value, entry.properties.as_str()));
        assert_eq!(found, entries(&Context::new().with_baggage(stated)));
    } else {
        assert!(
            found.iter().all(|entry| stated.contains(entry)),
            "{found:?}"
        );
    }
}

/// What was written is read as it was, but for entries that did not fit and for bytes of
/// properties that no header can carry; written again, it is the same.
pub(super) fn check_written(propagator: &Propagator, cx: &Context, written: &Lines) {
    let sent = entries(cx);
    let again = invariants::extracted(propagator, written);
    for received in entries(&again) {
        let same = |sent: &&Entry| sent.key == received.key && sent.value == received.value;
        let sent = sent.iter().find(same).expect("an entry that was sent");
        let carried = |byte: u8| matches!(byte, b'\t' | b' '..=b'~') && !b"\"\\,".contains(&byte);
        if sent.properties.bytes().all(carried) {
            assert_eq!(received.properties, sent.properties);
        }
    }
    let in_order = |lines: &Lines| {
        let mut members: Vec<String> = Vec::new();
        for (_, value) in &lines.0 {
            members.extend(value.split(',').map(str::to_owned));
        }
        members.sort();
        members
    };
    let written_again = invariants::inject(propagator, &again);
    assert_eq!(in_order(&written_again), in_order(written));
}
