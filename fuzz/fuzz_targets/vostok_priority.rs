//! The request priority, as an entry and as the `request-priority` header.
//!
//! - The parsers accept the three names in any case. The parser of the header also accepts
//!   whitespace around them.
//! - The written name is parsed as the same priority.
//! - Errors are short and safe to log.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_vostok::header::parse_request_priority;
use opentelemetry_propagator_vostok::RequestPriority;
use propagator_fuzz::value::assert_safe_to_log;
use propagator_oracle::trim;
use propagator_oracle::vostok::read_priority;

propagator_fuzz::value! {
    words: ["Sheddable", "Ordinary", "Critical", "CRITICAL", " "];
    fn check(text: &str) {
        let expected = read_priority(text);
        let parsed = text.parse::<RequestPriority>();
        assert_eq!(parsed.as_ref().ok().map(|priority| priority.as_str()), expected);
        match parsed {
            Ok(priority) => assert_eq!(priority.as_str().parse(), Ok(priority)),
            Err(error) => assert_safe_to_log(&error),
        }
        let header = parse_request_priority(text).ok();
        assert_eq!(header.map(|priority| priority.as_str()), read_priority(trim(text)));
    }
}
