//! `x-kontur-trace-spanid`.
//!
//! - The parser accepts what the naive parser accepts, with the same id. This is 8, 16 or 32 digits
//!   or a GUID.
//! - The digits written for an id are parsed as that id.
//! - Errors are short and safe to log.
#![cfg_attr(not(test), no_main)]

use opentelemetry::trace::SpanId;
use opentelemetry_propagator_core::internal::encode_hex;
use opentelemetry_propagator_kontur::header::parse_span_id;
use propagator_fuzz::value::{assert_safe_to_log, valid_prefix};
use propagator_oracle::kontur::read_span_id;

propagator_fuzz::value! {
    words: [
        "0bcd098a592642e4", "0bcd098a", "0BCD098A592642E496032B13607E899E",
        "0bcd098a-5926-42e4-9603-2b13607e899e", "0000000000000000", " ", "\t", "-"
    ];
    fn check(text: &str) {
        let parsed = parse_span_id(text);
        assert_eq!(parsed.as_ref().ok().copied(), read_span_id(text).map(SpanId::from));
        match parsed {
            Ok(id) => {
                let mut digits = [0; 16];
                encode_hex(&id.to_bytes(), &mut digits);
                assert_eq!(parse_span_id(valid_prefix(&digits)), Ok(id));
            }
            Err(error) => assert_safe_to_log(&error),
        }
    }
}
