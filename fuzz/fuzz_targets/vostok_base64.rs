//! The Base64 of an envelope.
//!
//! - The entries before the first error are those that the naive decoders find.
//! - There is an error exactly if the naive decoders find one. It is short and safe to log.
//! - The header written for the entries is decoded as the same entries.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_vostok::header::GLOBALS;
use opentelemetry_propagator_vostok::Entries;
use propagator_fuzz::value::assert_safe_to_log;
use propagator_oracle::vostok::{each_entry, open};

propagator_fuzz::value! {
    typical_len: 64;
    words: [
        "AQAAAGEAAAAA", "AQAAAGEBAAAAYg==", "AQAAAGEBAAAAYg", "/////w==", "AAAA", "=", "==", " ",
        "\r\n", "-", "ж"
    ];
    fn check(text: &str) {
        let (entries, error) = Entries::parse_partial(GLOBALS, text);
        let expected = open(text);
        // Both decoders find the same entries before the first error.
        assert!(entries.iter().eq(each_entry(&expected.bytes)));
        assert_eq!(error.is_none(), expected.is_valid);
        if let Some(error) = &error {
            assert_safe_to_log(error);
        }
        assert_eq!(Entries::parse(GLOBALS, &entries.encode()), Ok(entries));
    }
}
