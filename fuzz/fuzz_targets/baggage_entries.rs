//! An application's `baggage`: the entries of the lines against a naive reader, and back.
#![cfg_attr(not(test), no_main)]

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::Context;
use opentelemetry_propagator_w3c::BaggagePropagator;
use propagator_fuzz::carrier::{Few, OneName};
use propagator_fuzz::targets::baggage::entries;
use propagator_oracle::baggage::read;

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
        assert_eq!(entries(&cx), read);

        let mut written = Few::new(["baggage"], "").without_values();
        propagator.inject_context(&cx, &mut written);
        let again = propagator.extract_with_context(&Context::new(), &written);
        // Properties with bytes that W3C forbids are encoded, once.
        let again = entries(&again);
        assert!(again.keys().eq(read.keys()));
        assert!(again.values().zip(read.values()).all(|(again, read)| again.value == read.value));
    }
}
