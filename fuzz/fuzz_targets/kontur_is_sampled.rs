//! `x-kontur-trace-issampled`.
//!
//! - The parser accepts what the naive parser accepts, with the same decision.
//! - The value written for a decision is parsed as that decision.
//! - Errors are short and safe to log.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_kontur::header::parse_is_sampled;
use propagator_fuzz::value::assert_safe_to_log;
use propagator_oracle::kontur::read_is_sampled;

propagator_fuzz::value! {
    words: ["true", "FALSE", "1", "0", "True", " ", "\t", ",", "false,false"];
    fn check(text: &str) {
        let parsed = parse_is_sampled(text);
        assert_eq!(parsed.as_ref().ok().copied(), read_is_sampled(text));
        match parsed {
            Ok(true) => assert_eq!(parse_is_sampled("true"), Ok(true)),
            Ok(false) => assert_eq!(parse_is_sampled("false"), Ok(false)),
            Err(error) => assert_safe_to_log(&error),
        }
    }
}
