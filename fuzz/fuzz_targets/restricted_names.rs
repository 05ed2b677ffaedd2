//! Header names for brokers that permit only `a`-`z`, `0`-`9` and `_`.
//!
//! - A name is written with only these characters.
//! - A written name is found again, and `keys` returns it in lower case.
//! - For an arbitrary header, each name that `keys` returns finds that header.
#![cfg_attr(not(test), no_main)]

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry_carriers::{MessageHeaders, RestrictedNames};

propagator_fuzz::value! {
    words: ["x-kontur-trace-id", "_", "__", "-", "--", "__2d", "ы", "A", "\0", "traceparent"];
    fn check(key: &str) {
        let mut headers: Vec<(String, String)> = Vec::new();
        RestrictedNames::new(MessageHeaders(&mut headers)).set(key, "value".to_owned());
        let is_legal = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        assert!(headers[0].0.bytes().all(is_legal), "{}", headers[0].0);

        let read = RestrictedNames::new(MessageHeaders(&headers));
        assert_eq!(read.get(key), Some("value"));
        assert_eq!(read.keys(), [key.to_ascii_lowercase()]);

        // A name of another sender is found, or it is not among the keys.
        let headers = [(key.to_owned(), "value".to_owned())];
        let read = RestrictedNames::new(MessageHeaders(&headers));
        assert!(read.keys().iter().all(|key| read.get(key) == Some("value")));
    }
}
