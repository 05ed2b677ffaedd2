//! Compares an application's `baggage` with [`propagator_oracle::baggage`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use opentelemetry::baggage::{BaggageExt, KeyValueMetadata};
use opentelemetry::propagation::Extractor;
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_http::HeaderExtractor;
use propagator_oracle as oracle;
use propagator_oracle::baggage::Entry;

use crate::carrier::{self, Lines};
use crate::case::Case;
use crate::generate::{Grammar, Headers};
use crate::invariants;

/// The headers and options that the mutator inserts.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[Headers::Sentry],
    options: &[("user_baggage", USER)],
};

/// Values of `@user_baggage` for the mutator.
pub(super) const USER: &[&str] = &["userId=42", "sentry-release=theirs", "k=ы%;,= ;p=ы\"\\%2C"];

/// Checks an input. Options: `@held` and `@user_baggage key=value;properties`, which may repeat.
pub fn check(input: &[u8]) {
    let case = Case::parse(input);
    let propagator = opentelemetry_autoprop::from_list("baggage").expect("the name is known");
    check_extract(&case, &propagator, &Lines::of(&case));
    check_extract(
        &case,
        &propagator,
        &HeaderExtractor(&carrier::http_headers(&case)),
    );
    let cx = initial(&case);
    check_written(&propagator, &cx, &invariants::inject(&propagator, &cx));
}

/// Returns the context before the extraction, with `@held` and the application's own baggage.
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
    let after = invariants::extract(propagator, &before, carrier, case.size() + MAP);
    let lines = carrier.get_all("baggage").unwrap_or_default();
    let mut expected = oracle::baggage::read(&lines, &[]);
    if expected.is_empty() {
        expected = entries(&before);
    }
    assert_eq!(entries(&after), expected);
    check_written(propagator, &after, &invariants::inject(propagator, &after));
}

/// The size of a map of 64 owned keys and values, without the bytes of their text.
pub(super) const MAP: usize = 512 * 64;

/// Returns the entries of a context.
pub fn entries(cx: &Context) -> BTreeMap<&str, Entry<'_>> {
    let entries = cx.baggage().iter().map(|(key, (value, properties))| {
        let entry = Entry {
            key: key.as_str(),
            value: Cow::Borrowed(value.as_str()),
            properties: properties.as_str(),
        };
        (entry.key, entry)
    });
    entries.collect()
}

/// Checks that the header contains the members that the oracle writes, and is read again with the
/// same entries.
fn check_written(propagator: &Propagator, cx: &Context, written: &Lines) {
    let sent = entries(cx);
    let expected = oracle::baggage::write(&[], &sent);
    assert_eq!(
        in_order(written.get("baggage")),
        in_order(Some(&expected.join(",")))
    );
    let received = invariants::extracted(propagator, written);
    let received = entries(&received);
    assert_eq!(received.len(), expected.len());
    for (key, received) in received {
        assert_eq!(received.value, sent[key].value);
        // What a header must not contain is encoded or left out, and properties are not decoded.
        let member = format!("k=;{}", sent[key].properties);
        let is_verbatim = oracle::baggage::member(&member).is_some_and(|it| it.sent == member);
        if is_verbatim {
            assert_eq!(received.properties, sent[key].properties);
        }
    }
}

/// Returns the members of a header in sorted order. OpenTelemetry's map has a random order.
pub(super) fn in_order(header: Option<&str>) -> Vec<&str> {
    let mut members: Vec<&str> = header.unwrap_or_default().split(',').collect();
    members.sort_unstable();
    members
}
