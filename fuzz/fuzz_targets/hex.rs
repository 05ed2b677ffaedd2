//! Hex digits of less than a word, one word, and several words.
//!
//! - `decode_hex` accepts the input exactly if the naive parser does and the length matches. The
//!   value is the same.
//! - `encode_hex` writes the same digits in lower case.
//! - Errors are short and safe to log.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_core::decode_hex;
use opentelemetry_propagator_core::internal::encode_hex;
use propagator_fuzz::value::assert_safe_to_log;
use propagator_oracle::hex::number;

propagator_fuzz::value! {
    words: ["0bcd098a592642e4", "0BCD098A", "g", "@", "`", "/", ":", "G"];
    fn check(text: &str) {
        // Sizes of less than a word, one word, and several words.
        check_size::<1>(text);
        check_size::<4>(text);
        check_size::<5>(text);
        check_size::<8>(text);
        check_size::<16>(text);
    }
}

fn check_size<const N: usize>(text: &str) {
    // Each prefix of the right length is accepted exactly if the naive parser accepts it.
    let digits = text.get(..2 * N).unwrap_or(text);
    let decoded = decode_hex::<N>(digits);
    let expected = number(digits).filter(|_| digits.len() == 2 * N);
    let value = |bytes: &[u8; N]| bytes.iter().fold(0, |id, byte| id << 8 | u128::from(*byte));
    assert_eq!(decoded.as_ref().ok().map(value), expected);
    match decoded {
        Ok(bytes) => {
            let mut written = [0; 32];
            encode_hex(&bytes, &mut written[..2 * N]);
            assert!(digits.as_bytes().eq_ignore_ascii_case(&written[..2 * N]));
            assert!(!written.iter().any(u8::is_ascii_uppercase));
        }
        Err(error) => assert_safe_to_log(&error),
    }
}
