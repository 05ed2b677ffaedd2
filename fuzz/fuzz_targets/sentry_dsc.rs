//! The Dynamic Sampling Context of Sentry in `baggage`.
//!
//! - The members that the naive parser selects are kept verbatim, within the limits.
//! - Their keys and values are decoded as the naive parser decodes them.
//! - `get` finds the same keys as `iter`, and returns the last value if a key repeats.
//! - The outgoing list is read again unchanged.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_sentry::DynamicSamplingContext;
use propagator_oracle::baggage::is_joined;
use propagator_oracle::sentry as oracle;

propagator_fuzz::value! {
    typical_len: 64;
    words: [
        "sentry-", "sentry-org_id=1", "sentry-release=shop%401.0", ",", " ,\t", ";p=1", "=", " = ",
        "%2C", "%D0%9A", "%ff", "\n", "userId=42", "ы"
    ];
    fn check(text: &str) {
        let lines: Vec<&str> = text.split('\n').collect();
        let dsc = DynamicSamplingContext::from_baggage(lines.iter().copied());
        let kept = oracle::dsc(&lines);
        assert!(is_joined(dsc.as_str(), kept.iter().copied()), "{}", dsc.as_str());
        assert!(dsc.iter().eq(kept.iter().filter_map(|member| oracle::item(member))));
        let items: Vec<_> = dsc.iter().collect();
        let check_get = |key: &str| {
            let last = items.iter().rev().find(|(found, _)| found == key);
            assert_eq!(dsc.get(key).as_ref(), last.map(|(_, value)| value), "{key:?}");
        };
        // The time is quadratic.
        items.iter().take(3).for_each(|(key, _)| check_get(key));
        for text in text.split([',', '\n']).take(3) {
            let key = text.strip_prefix("sentry-").unwrap_or(text);
            check_get(key);
            check_get(key.split('=').next().unwrap_or_default());
        }
        let received = DynamicSamplingContext::from_baggage([dsc.as_str()]);
        assert_eq!(received, dsc);
    }
}
