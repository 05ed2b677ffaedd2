//! Encoding and decoding of hex digits.

use opentelemetry::trace::{SpanId, TraceId};

use crate::id_error::{Form, ParseIdError};

/// Decodes exactly `2 * N` hex digits of either case.
///
/// # Errors
///
/// Returns an error if the text has another length or contains a character that is not a hex digit.
///
/// ```
/// use opentelemetry_propagator_core::decode_hex;
///
/// assert_eq!(decode_hex("0Aff"), Ok([0x0a, 0xff]));
/// assert_eq!(
///     decode_hex::<2>("0xff").unwrap_err().to_string(),
///     "invalid hex digit 'x' at character 2"
/// );
/// ```
#[inline]
pub fn decode_hex<const N: usize>(digits: &str) -> Result<[u8; N], ParseIdError> {
    decode(digits.as_bytes()).ok_or_else(|| ParseIdError::diagnose(digits, Form::Digits(2 * N)))
}

/// Decodes exactly `2 * N` lower-case hex digits. Returns `None` if the text is not of this form.
///
/// ```
/// use opentelemetry_propagator_core::internal::decode_lower_hex;
///
/// assert_eq!(decode_lower_hex(b"0aff"), Some([0x0a, 0xff]));
/// assert_eq!(decode_lower_hex::<2>(b"0aFf"), None);
/// ```
#[inline]
pub fn decode_lower_hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    decode(digits).filter(|_| !has_upper_case(digits))
}

/// Decodes exactly `2 * N` hex digits of either case. Returns `None` for invalid input. The error
/// is built separately, off the hot path.
#[inline]
pub(crate) fn decode<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    // The library skips a prefix "0x", but the length is then wrong.
    if digits.len() != 2 * N {
        return None;
    }
    if !(4..16).contains(&N) {
        return const_hex::decode_to_array(digits).ok();
    }
    // The library decodes 32 digits at once, and fewer one after the other.
    let mut padded = [b'0'; 32];
    padded[..2 * N].copy_from_slice(digits);
    let decoded: [u8; 16] = const_hex::decode_to_array(padded).ok()?;
    decoded[..N].try_into().ok()
}

/// Whether one of the valid hex digits is an upper-case letter.
#[inline]
fn has_upper_case(digits: &[u8]) -> bool {
    // Only upper-case letters have the bit 0x40 without 0x20. No early exit, so that many digits are
    // compared at once.
    let marks = digits.iter().map(|digit| digit & !(digit << 1));
    marks.fold(0, |all, mark| all | mark) & 0x40 != 0
}

/// The length in bytes of a trace id and a span id with a separator between them.
pub const IDS_LEN: usize = 49;

/// Decodes a trace id and a span id of full length, in lower-case digits, with a separator between
/// them. Returns `None` for anything else, and if an id is zero.
///
/// Not inlined, so that the formats of a list share the code.
#[inline(never)]
pub fn decode_ids(ids: &[u8; IDS_LEN], separator: u8) -> Option<(TraceId, SpanId)> {
    // Both ids are decoded together, as 64 digits.
    let mut digits = [b'0'; 64];
    digits[..32].copy_from_slice(&ids[..32]);
    digits[32..48].copy_from_slice(&ids[33..]);
    let bytes: [u8; 32] = decode(&digits)?;
    let trace_id = TraceId::from_bytes(bytes[..16].try_into().ok()?);
    let span_id = SpanId::from_bytes(bytes[16..24].try_into().ok()?);
    let is_valid = trace_id != TraceId::INVALID && span_id != SpanId::INVALID;
    let has_form = ids[32] == separator && !has_upper_case(&digits[..48]);
    (is_valid && has_form).then_some((trace_id, span_id))
}

/// Writes `bytes` to `digits` as lower-case hex digits.
///
/// # Panics
///
/// Panics if `digits` is not twice as long as `bytes`.
///
/// ```
/// let mut digits = [0; 4];
/// opentelemetry_propagator_core::internal::encode_hex(&[0x0a, 0xff], &mut digits);
/// assert_eq!(&digits, b"0aff");
/// ```
#[inline]
pub fn encode_hex(bytes: &[u8], digits: &mut [u8]) {
    const_hex::encode_to_slice(bytes, digits).expect("`digits` has two digits for each byte");
}

/// Returns the bytes as lower-case hex digits, in a string of exactly their size.
///
/// ```
/// assert_eq!(opentelemetry_propagator_core::internal::hex_string([0x0a, 0xff]), "0aff");
/// ```
#[inline]
pub fn hex_string<const N: usize>(bytes: [u8; N]) -> String {
    const_hex::encode(bytes)
}

/// Appends the bytes to `text` as lower-case hex digits.
///
/// ```
/// let mut text = "span ".to_owned();
/// opentelemetry_propagator_core::internal::push_hex(&[0x0a, 0xff], &mut text);
/// assert_eq!(text, "span 0aff");
/// ```
#[inline]
pub fn push_hex<const N: usize>(bytes: &[u8; N], text: &mut String) {
    text.push_str(const_hex::Buffer::<N>::new().format(bytes));
}

/// Appends both ids as lower-case hex digits, with a hyphen between them: 49 characters.
///
/// ```
/// use opentelemetry::trace::{SpanId, TraceId};
/// use opentelemetry_propagator_core::internal::push_ids;
///
/// let mut text = "00-".to_owned();
/// push_ids(TraceId::from(10), SpanId::from(255), &mut text);
/// assert_eq!(text, "00-0000000000000000000000000000000a-00000000000000ff");
/// ```
#[inline]
pub fn push_ids(trace_id: TraceId, span_id: SpanId, text: &mut String) {
    // One call for both ids is faster than two calls.
    let mut ids = [0; 24];
    ids[..16].copy_from_slice(&trace_id.to_bytes());
    ids[16..].copy_from_slice(&span_id.to_bytes());
    let mut digits = const_hex::Buffer::<24>::new();
    let (trace_id, span_id) = digits.format(&ids).split_at(32);
    text.push_str(trace_id);
    text.push('-');
    text.push_str(span_id);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_accepts_only_digits_in_every_place() {
        fn check<const N: usize>() {
            for byte in 0..=u8::MAX {
                let value = char::from(byte).to_digit(16).map(|value| value as u8);
                for at in 0..2 * N {
                    let mut digits = b"5a".repeat(N);
                    digits[at] = byte;
                    let mut expected = [0x5a; N];
                    expected[at / 2] = match (at % 2, value.unwrap_or(0)) {
                        (0, high) => high << 4 | 0x0a,
                        (_, low) => 0x50 | low,
                    };
                    assert_eq!(decode(&digits), value.map(|_| expected), "{digits:?}");
                }
            }
        }
        check::<1>();
        check::<3>();
        check::<4>();
        check::<8>();
        check::<12>();
        check::<15>();
        check::<16>();
        check::<24>();
    }

    #[test]
    fn decode_rejects_a_prefix_and_other_lengths() {
        assert_eq!(decode::<1>(b"0x"), None);
        assert_eq!(decode::<1>(b"0x0b"), None);
        assert_eq!(decode::<8>(b"0x0bcd098a592642"), None);
        assert_eq!(decode::<8>(b"0x0bcd098a592642e4"), None);
        assert_eq!(decode::<16>(b"0X27bb7faa48294cf49ae6007d709054"), None);
        assert_eq!(decode::<16>(b"0X27bb7faa48294cf49ae6007d70905468"), None);
        assert_eq!(decode::<8>(b"0bcd098a592642e"), None);
    }

    #[test]
    fn decode_lower_hex_rejects_only_upper_case() {
        for byte in 0..=u8::MAX {
            for at in 0..16 {
                let mut digits = *b"0123456789abcdef";
                digits[at] = byte;
                let expected = decode::<8>(&digits).filter(|_| !byte.is_ascii_uppercase());
                assert_eq!(decode_lower_hex(&digits), expected, "{digits:?}");
            }
        }
    }

    #[test]
    fn decode_ids_requires_valid_ids_and_the_separator() {
        let (trace_id, span_id) = (TraceId::from(7), SpanId::from(u64::MAX));
        let mut text = String::new();
        push_ids(trace_id, span_id, &mut text);
        let decode =
            |text: &str, separator| decode_ids(text.as_bytes().try_into().unwrap(), separator);
        assert_eq!(decode(&text, b'-'), Some((trace_id, span_id)));
        assert_eq!(decode(&text, b':'), None);
        for (from, to) in [("7", "0"), ("f", "0"), ("7", "g"), ("f", "g"), ("f", "F")] {
            assert_eq!(decode(&text.replace(from, to), b'-'), None, "{to}");
        }
    }

    #[test]
    fn hex_string_reads_back_and_errors_state_a_reason() {
        let bytes = [0x0b, 0xcd, 0x09, 0x8a, 0x59, 0x26, 0x42, 0xe4];
        let digits = "0bcd098a592642e4";
        assert_eq!(hex_string(bytes), digits);
        let mut text = "span ".to_owned();
        push_hex(&bytes, &mut text);
        assert_eq!(text, format!("span {digits}"));

        assert_eq!(decode_hex(digits), Ok(bytes));
        assert_eq!(decode_hex(&digits.to_uppercase()), Ok(bytes));
        assert_eq!(decode_hex("0bcd098a59"), Ok([0x0b, 0xcd, 0x09, 0x8a, 0x59]));
        for (digits, message) in [
            ("0bcd098a", "expected 16 hex digits, found 8 characters"),
            ("0bcd098a592642ez", "invalid hex digit 'z' at character 16"),
            ("zbcd098a592642e4", "invalid hex digit 'z' at character 1"),
        ] {
            let error = decode_hex::<8>(digits).unwrap_err();
            assert_eq!(error.to_string(), message, "{digits}");
        }
    }
}
