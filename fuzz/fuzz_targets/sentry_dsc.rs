//! The Dynamic Sampling Context of Sentry in `baggage`.
//!
//! - The members that the naive parser selects are kept verbatim, within the limits.
//! - Their keys and values are decoded as the naive parser decodes them.
//! - If a key repeats, `get` returns the last value.
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
        // If a key repeats, the last value wins.
        if let Some((key, value)) = dsc.iter().next_back() {
            assert_eq!(dsc.get(&key), Some(value));
        }
        let received = DynamicSamplingContext::from_baggage([dsc.as_str()]);
        assert_eq!(received, dsc);
    }
}
