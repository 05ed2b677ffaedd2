//! The Dynamic Sampling Context of Sentry in `baggage`.
//!
//! - The members that the naive parser selects are kept within the limits. They are verbatim, or
//!   encoded if a header must not contain them.
//! - Their keys and values are decoded as the naive parser decodes them.
//! - `get` finds the same keys as `iter`, and returns the last value if a key repeats.
//! - The outgoing list is read again unchanged.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_sentry::DynamicSamplingContext;
use propagator_oracle::sentry as oracle;

propagator_fuzz::value! {
    typical_len: 64;
    max_len: 1024;
    words: [
        "sentry-", "sentry-org_id=1", "sentry-release=shop%401.0", ",", " ,\t", ";p=1", "=", " = ",
        "%2C", "%D0%9A", "%ff", "\n", "userId=42", "ы", "%73entry-", "\"", ";;", ";=x", "%"
    ];
    fn check(text: &str) {
        let lines: Vec<&str> = text.split('\n').collect();
        let dsc = DynamicSamplingContext::parse(lines.iter().copied());
        let kept = oracle::dsc(&lines);
        assert_eq!(dsc.as_str(), kept.join(","));
        let items: Vec<_> = dsc.iter().map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
        let expected: Vec<_> = kept.iter().filter_map(|member| oracle::item(member)).collect();
        assert_eq!(items, expected);
        let check_get = |key: &str| {
            let last = items.iter().rev().find(|(found, _)| found == key);
            assert_eq!(dsc.get(key).as_deref(), last.map(|(_, value)| value.as_str()), "{key:?}");
        };
        // The time is quadratic.
        items.iter().take(3).for_each(|(key, _)| check_get(key));
        for text in text.split([',', '\n']).take(3) {
            let key = text.strip_prefix("sentry-").unwrap_or(text);
            check_get(key);
            check_get(key.split('=').next().unwrap_or_default());
        }
        let received = DynamicSamplingContext::parse([dsc.as_str()]);
        assert_eq!(received, dsc);
    }
}
