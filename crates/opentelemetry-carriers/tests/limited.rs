//! Values of a limited length: whole members of `baggage`, and no part of any other value.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::Injector;
use opentelemetry::{Context, KeyValue};
use opentelemetry_carriers::{LimitedValues, MessageHeaders, ReusableInjector};
use proptest::prelude::*;

type Attributes = Vec<(String, String)>;

fn set(key: &str, value: &str, max_bytes: usize) -> Option<String> {
    let mut attributes = Attributes::new();
    LimitedValues::new(MessageHeaders(&mut attributes), max_bytes).set(key, value.to_owned());
    attributes.pop().map(|(_, value)| value)
}

#[test]
fn limited_baggage_loses_whole_members() {
    for (max_bytes, expected) in [
        (11, Some("a=1,bb=2,c")),
        (10, Some("a=1,bb=2,c")),
        (9, Some("a=1,bb=2")),
        (8, Some("a=1,bb=2")),
        (7, Some("a=1")),
        (3, Some("a=1")),
        (2, None),
        (0, None),
    ] {
        for name in ["baggage", "Baggage"] {
            let written = set(name, "a=1,bb=2,c", max_bytes);
            assert_eq!(written.as_deref(), expected, "{max_bytes}");
        }
    }
    assert_eq!(set("baggage", "a=1 ,, b=2", 6).as_deref(), Some("a=1"));
    assert_eq!(set("baggage", " ,,,,a=1", 4), None);
}

#[test]
fn limited_other_values_are_whole_or_left_out() {
    for (max_bytes, is_written) in [(8, true), (7, false)] {
        let written = set("tracestate", "a=1,bb=2", max_bytes);
        assert_eq!(written.is_some(), is_written, "{max_bytes}");
    }
}

#[test]
fn limited_replace_context_leaves_no_earlier_value() {
    let propagator = opentelemetry_autoprop::from_list("baggage").unwrap();
    let mut attributes: Attributes = vec![
        ("baggage".to_owned(), "old=1".to_owned()),
        ("kind".to_owned(), "order".to_owned()),
    ];
    let cx = Context::new().with_baggage([KeyValue::new("key", "x".repeat(1024))]);
    LimitedValues::new(MessageHeaders(&mut attributes), 1024).replace_context(&propagator, &cx);
    assert_eq!(attributes, [("kind".to_owned(), "order".to_owned())]);
}

/// A carrier that records the calls.
struct Calls<'a>(&'a mut Vec<String>);

impl Injector for Calls<'_> {
    fn set(&mut self, key: &str, value: String) {
        self.0.push(format!("set {key} {value}"));
    }

    #[cfg(not(opentelemetry_0_31))]
    fn reserve(&mut self, additional: usize) {
        self.0.push(format!("reserve {additional}"));
    }
}

impl ReusableInjector for Calls<'_> {
    fn remove(&mut self, key: &str) {
        self.0.push(format!("remove {key}"));
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.0.push(format!("remove_prefix {prefix}"));
    }
}

#[test]
fn limited_passes_all_other_calls_on() {
    let mut calls = Vec::new();
    let mut carrier = LimitedValues::new(Calls(&mut calls), 1);
    carrier.remove("key");
    carrier.remove_prefix("prefix-");
    carrier.set("key", "1".to_owned());
    #[cfg(not(opentelemetry_0_31))]
    carrier.reserve(2);
    let expected = ["remove key", "remove_prefix prefix-", "set key 1"];
    assert_eq!(calls[..3], expected);
    #[cfg(not(opentelemetry_0_31))]
    assert_eq!(calls[3..], ["reserve 2"]);
}

proptest! {
    #[test]
    fn limited_baggage_is_the_longest_part_that_fits(
        members in prop::collection::vec("[a-c]=[0-9\u{e4}]{0,3}", 1..6),
        max_bytes in 0_usize..20,
    ) {
        let written = set("baggage", &members.join(","), max_bytes).unwrap_or_default();
        let parts = (0..=members.len()).rev().map(|count| members[..count].join(","));
        let expected = parts.into_iter().find(|part| part.len() <= max_bytes);
        prop_assert_eq!(Some(written), expected);
    }

    #[test]
    fn limited_values_that_fit_are_unchanged(key in "[a-z]{1,8}", value in any::<String>()) {
        prop_assert_eq!(set(&key, &value, value.len()), Some(value.clone()));
        prop_assert_eq!(set(&key, &value, usize::MAX), Some(value));
    }

    #[test]
    fn limited_values_never_exceed_the_limit(value in any::<String>(), max_bytes in 0_usize..20) {
        for key in ["baggage", "traceparent"] {
            let written = set(key, &value, max_bytes);
            prop_assert!(written.as_ref().map_or(true, |it| it.len() <= max_bytes));
            prop_assert!(key == "baggage" || written.map_or(true, |it| it == value));
        }
    }
}
