//! Sentry's members of `baggage`: what is kept, what is read, and what is sent on.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_sentry::DynamicSamplingContext;
use propagator_oracle::baggage::{is_sentry, members};
use propagator_oracle::sentry::item;

propagator_fuzz::value! {
    words: [
        "sentry-", "sentry-org_id=1", "sentry-release=shop%401.0", ",", " ,\t", ";p=1", "=", " = ",
        "%2C", "%D0%9A", "%ff", "\n", "userId=42", "ы"
    ];
    fn check(text: &str) {
        let dsc = DynamicSamplingContext::from_baggage(text.split('\n'));
        let kept = || members(text.split('\n')).filter(|member| is_sentry(member));
        // Inputs are shorter than the limits of a list; `baggage_members` reaches those.
        if text.len() < 8192 && kept().count() <= 64 {
            assert!(dsc.as_str().split(',').filter(|member| !member.is_empty()).eq(kept()));
            let items = kept().filter_map(item);
            assert!(dsc.iter().map(|(key, value)| (key.into_owned(), value.into_owned())).eq(items));
        }
        // If a key repeats, the last value wins.
        if let Some((key, value)) = dsc.iter().next_back() {
            assert_eq!(dsc.get(&key), Some(value));
        }
        let sent_on = DynamicSamplingContext::from_baggage([dsc.as_str()]);
        assert_eq!(sent_on, dsc);
    }
}
