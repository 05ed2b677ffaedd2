//! `x-kontur-trace-id`.
//!
//! - The parser accepts what the naive parser accepts, with the same id. This is 32 digits or a
//!   GUID.
//! - The digits written for an id are parsed as that id.
//! - Errors are short and safe to log.
#![cfg_attr(not(test), no_main)]

use opentelemetry::trace::TraceId;
use opentelemetry_propagator_core::internal::encode_hex;
use opentelemetry_propagator_kontur::header::parse_trace_id;
use propagator_fuzz::value::{assert_safe_to_log, valid_prefix};
use propagator_oracle::kontur::read_trace_id;

propagator_fuzz::value! {
    words: [
        "27bb7faa48294cf49ae6007d70905468", "27BB7FAA-4829-4CF4-9AE6-007D70905468",
        "00000000000000000000000000000000", " ", "\t", "-"
    ];
    fn check(text: &str) {
        let parsed = parse_trace_id(text);
        assert_eq!(parsed.as_ref().ok().copied(), read_trace_id(text).map(TraceId::from));
        match parsed {
            Ok(id) => {
                let mut digits = [0; 32];
                encode_hex(&id.to_bytes(), &mut digits);
                assert_eq!(parse_trace_id(valid_prefix(&digits)), Ok(id));
            }
            Err(error) => assert_safe_to_log(&error),
        }
    }
}
