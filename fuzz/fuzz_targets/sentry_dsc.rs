//! Sentry's members of `baggage`: what is kept, what is read, and what is sent on.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_sentry::DynamicSamplingContext;
use propagator_oracle::sentry as oracle;

propagator_fuzz::value! {
    words: [
        "sentry-", "sentry-org_id=1", "sentry-release=shop%401.0", ",", " ,\t", ";p=1", "=", " = ",
        "%2C", "%D0%9A", "%ff", "\n", "userId=42", "ы"
    ];
    fn check(text: &str) {
        let dsc = DynamicSamplingContext::from_baggage(text.split('\n'));
        let lines: Vec<&str> = text.split('\n').collect();
        let kept = oracle::dsc(&lines);
        assert_eq!(dsc.as_str(), kept.join(","));
        let items = kept.iter().filter_map(|member| oracle::item(member));
        assert!(dsc.iter().map(|(key, value)| (key.into_owned(), value.into_owned())).eq(items));
        // If a key repeats, the last value wins.
        if let Some((key, value)) = dsc.iter().next_back() {
            assert_eq!(dsc.get(&key), Some(value));
        }
        let sent_on = DynamicSamplingContext::from_baggage([dsc.as_str()]);
        assert_eq!(sent_on, dsc);
    }
}
