//! `vostok.request.priority`: its parser against the three names in any case.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_vostok::RequestPriority;
use propagator_fuzz::value::assert_safe_to_log;

propagator_fuzz::value! {
    words: ["Sheddable", "Ordinary", "Critical", "CRITICAL", " "];
    fn check(text: &str) {
        let mut names = ["Sheddable", "Ordinary", "Critical"].into_iter();
        let expected = names.find(|name| name.eq_ignore_ascii_case(text));
        let parsed = text.parse::<RequestPriority>();
        assert_eq!(parsed.as_ref().ok().map(|priority| priority.as_str()), expected);
        match parsed {
            Ok(priority) => assert_eq!(priority.as_str().parse(), Ok(priority)),
            Err(error) => assert_safe_to_log(&error),
        }
    }
}
