//! The entries of an application's `baggage`. Each line of the input is one header.
//!
//! - The entries are those that the naive parser finds, within the limits.
//! - The written header is read again with the same keys and values.
#![cfg_attr(not(test), no_main)]

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::Context;
use opentelemetry_propagator_w3c::BaggagePropagator;
use propagator_fuzz::carrier::{Few, OneName};
use propagator_oracle::baggage::{entries, Entry};

propagator_fuzz::value! {
    typical_len: 64;
    max_len: 1024;
    words: [
        "userId=42", "tenant = kontur ; ttl=30", ",", "\n", "=", "%2C", "%25", "%D0%9A", "%ff", "%",
        ";p=%2C", " ", "\t", "\"", "ы", "a=1,a=2"
    ];
    fn check(text: &str) {
        let propagator = BaggagePropagator::new();
        let carrier = OneName::new("baggage", text);
        let cx = propagator.extract_with_context(&Context::new(), &carrier);
        let read = entries(&carrier.lines, &[]);
        let is_there = |entry: &Entry<'_>| {
            let found = cx.baggage().get_with_metadata(entry.key);
            found.is_some_and(|(value, properties)| {
                value.as_str() == entry.value && properties.as_str() == entry.properties
            })
        };
        assert!(last_of_each_key(&read).all(is_there), "{:?}, {read:?}", cx.baggage());
        assert_eq!(cx.baggage().len(), last_of_each_key(&read).count());

        let mut written = Few::new(["baggage"], "").without_values();
        propagator.inject_context(&cx, &mut written);
        let again = propagator.extract_with_context(&Context::new(), &written);
        // Properties are not compared, because bytes that W3C forbids are encoded in them.
        assert_eq!(again.baggage().len(), cx.baggage().len());
        assert!(last_of_each_key(&read).all(|entry| {
            again.baggage().get(entry.key).is_some_and(|value| value.as_str() == entry.value)
        }));
    }
}

fn last_of_each_key<'a>(entries: &'a [Entry<'a>]) -> impl Iterator<Item = &'a Entry<'a>> {
    let is_last = |at: usize, key| entries[at + 1..].iter().all(|later| later.key != key);
    let last = entries.iter().enumerate();
    last.filter(move |(at, entry)| is_last(*at, entry.key))
        .map(|(_, entry)| entry)
}
