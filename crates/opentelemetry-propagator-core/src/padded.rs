//! Decoding of hex digits that may lack leading zeros.

use crate::hex::decode;
use crate::id_error::{Form, ParseIdError};

/// The number of digits of the longest id.
const MAX_DIGITS: usize = 32;

/// Decodes 1 to `2 * N` hex digits of either case, which are padded with zeros on the left. `N` is
/// at most 16.
///
/// Some implementations write an id as a number, without its leading zeros.
///
/// # Errors
///
/// Returns an error if the text is empty or longer, or contains a character that is not a hex digit.
///
/// ```
/// use opentelemetry_propagator_core::decode_padded_hex;
///
/// assert_eq!(decode_padded_hex("Aff"), Ok([0x0a, 0xff]));
/// assert_eq!(
///     decode_padded_hex::<2>("10aff").unwrap_err().to_string(),
///     "expected 1 to 4 hex digits, found 5 characters"
/// );
/// ```
#[inline]
pub fn decode_padded_hex<const N: usize>(digits: &str) -> Result<[u8; N], ParseIdError> {
    // Nearly all ids have all their digits.
    match decode(digits.as_bytes()) {
        Some(bytes) => Ok(bytes),
        None => decode_short(digits),
    }
}

/// Decodes fewer than `2 * N` digits.
#[inline(never)]
fn decode_short<const N: usize>(digits: &str) -> Result<[u8; N], ParseIdError> {
    let mut padded = [b'0'; MAX_DIGITS];
    let padded = &mut padded[..2 * N];
    let decoded = match padded.len().checked_sub(digits.len()) {
        Some(zeros) if !digits.is_empty() => {
            padded[zeros..].copy_from_slice(digits.as_bytes());
            decode(padded)
        }
        _ => None,
    };
    decoded.ok_or_else(|| ParseIdError::diagnose(digits, Form::UpToDigits(2 * N)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decode_padded_hex_error_states_the_reason() {
        for (digits, reason) in [
            ("", "expected 1 to 16 hex digits, found 0 characters"),
            (
                "00000000000000001",
                "expected 1 to 16 hex digits, found 17 characters",
            ),
            ("0x1", "invalid hex digit 'x' at character 2"),
            ("+1", "invalid hex digit '+' at character 1"),
            ("1 ", "invalid hex digit ' ' at character 2"),
            ("ж", "invalid hex digit 'ж' at character 1"),
            ("0bcd098a592642eж", "invalid hex digit 'ж' at character 16"),
        ] {
            let error = decode_padded_hex::<8>(digits).unwrap_err();
            assert_eq!(error.to_string(), reason, "{digits:?}");
        }
    }

    proptest! {
        #[test]
        fn decode_padded_hex_agrees_with_from_str_radix(text in "[0-9a-fA-F+gж ]{0,18}") {
            let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let expected = u64::from_str_radix(&text, 16).ok();
            let expected = expected.filter(|_| is_hex && text.len() <= 16);
            let decoded = decode_padded_hex(&text).ok().map(u64::from_be_bytes);
            prop_assert_eq!(decoded, expected);
        }

        #[test]
        fn decode_padded_hex_reads_numbers(id in any::<u128>()) {
            let decoded = decode_padded_hex(&format!("{id:x}"));
            prop_assert_eq!(decoded, Ok(id.to_be_bytes()));
        }
    }
}
