//! An application's `baggage`: the entries of the lines against a naive reader, and back.
#![cfg_attr(not(test), no_main)]

use std::collections::BTreeMap;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::Context;
use opentelemetry_propagator_w3c::BaggagePropagator;
use propagator_fuzz::carrier::{Few, OneName};
use propagator_oracle::baggage::{read, Entry};

propagator_fuzz::value! {
    words: [
        "userId=42", "tenant = kontur ; ttl=30", ",", "\n", "=", "%2C", "%25", "%D0%9A", "%ff", "%",
        ";p=%2C", " ", "\t", "\"", "ы", "a=1,a=2"
    ];
    fn check(text: &str) {
        let propagator = BaggagePropagator::new();
        let carrier = OneName::new("baggage", text);
        let cx = propagator.extract_with_context(&Context::new(), &carrier);
        let read = read(&carrier.lines, None);
        assert!(has_entries(&cx, &read), "{:?}, {read:?}", cx.baggage());

        let mut written = Few::new(["baggage"], "").without_values();
        propagator.inject_context(&cx, &mut written);
        let again = propagator.extract_with_context(&Context::new(), &written);
        // Properties with bytes that W3C forbids are encoded, once.
        assert_eq!(again.baggage().len(), read.len());
        assert!(read.iter().all(|(key, entry)| {
            again.baggage().get(key).is_some_and(|value| value.as_str() == entry.value)
        }));
    }
}

fn has_entries(cx: &Context, expected: &BTreeMap<String, Entry>) -> bool {
    let is_there = |(key, entry): (&String, &Entry)| {
        let found = cx.baggage().get_with_metadata(key);
        found.is_some_and(|(value, properties)| {
            value.as_str() == entry.value && properties.as_str() == entry.properties
        })
    };
    cx.baggage().len() == expected.len() && expected.iter().all(is_there)
}
