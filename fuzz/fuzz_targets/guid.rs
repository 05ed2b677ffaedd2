//! GUIDs as text.
//!
//! - The three parsers of `Guid` accept what the naive parser accepts, with the same value.
//! - The hyphenated form is written in lower case, and is parsed as the same value.
//! - Errors are short and safe to log.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_core::internal::decode_guids;
use opentelemetry_propagator_core::Guid;
use propagator_fuzz::value::assert_safe_to_log;
use propagator_oracle::guid::simple_or_hyphenated;

propagator_fuzz::value! {
    words: [
        "27bb7faa48294cf49ae6007d70905468", "27bb7faa-4829-4cf4-9ae6-007d70905468",
        "27BB7FAA-4829-4CF4-9AE6-007D70905468", "-", "00000000", "g"
    ];
    fn check(text: &str) {
        let expected = simple_or_hyphenated(text);
        let number = |guid: Guid| u128::from_be_bytes(guid.to_bytes());
        let parsed = text.parse::<Guid>();
        assert_eq!(parsed.as_ref().ok().copied().map(number), expected);

        let hyphenated = expected.filter(|_| text.contains('-'));
        assert_eq!(Guid::parse_hyphenated(text).ok().map(number), hyphenated);
        match parsed {
            Ok(guid) => {
                let mut written = [0; Guid::HYPHENATED_LEN];
                guid.encode_hyphenated(&mut written);
                let pair = [&written[..], b";", text.as_bytes()].concat();
                let pair = pair[..].try_into().ok().and_then(|pair| decode_guids(pair, b';'));
                assert_eq!(pair, hyphenated.map(|_| [guid; 2]));
                assert!(!written.iter().any(u8::is_ascii_uppercase));
            }
            Err(error) => assert_safe_to_log(&error),
        }
    }
}
