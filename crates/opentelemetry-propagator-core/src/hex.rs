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
    decode_as(digits, |word| word)
}

/// Decodes exactly `2 * N` hex digits of either case. Returns `None` for invalid input. The error
/// is built separately, off the hot path.
#[inline]
pub(crate) fn decode<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    decode_as(digits, lower_case)
}

/// Decodes exactly `2 * N` hex digits. `fold_case` is applied first. Then letters must be in lower
/// case.
#[inline(always)]
fn decode_as<const N: usize>(digits: &[u8], fold_case: impl Fn(u64) -> u64) -> Option<[u8; N]> {
    if digits.len() != 2 * N {
        return None;
    }
    let (mut bytes, mut are_digits) = ([0; N], true);
    // Eight bytes are stored at once, because loading an id that was stored in smaller parts would
    // stall.
    for (place, bytes) in bytes.chunks_mut(8).enumerate() {
        let digits = &digits[16 * place..][..2 * bytes.len()];
        let mut decoded = 0;
        for (place, digits) in digits.chunks(8).enumerate() {
            let mut word = [b'0'; 8];
            word[..digits.len()].copy_from_slice(digits);
            let (four, is_digits) = decode_word_as(word, &fold_case);
            decoded |= u64::from(u32::from_le_bytes(four)) << (32 * place);
            // No early exit, so that the words are decoded independently of each other.
            are_digits &= is_digits;
        }
        bytes.copy_from_slice(&decoded.to_le_bytes()[..bytes.len()]);
    }
    are_digits.then_some(bytes)
}

/// The length in bytes of a trace id and a span id with a separator between them.
pub const IDS_LEN: usize = 49;

/// Decodes a trace id and a span id of full length, in lower-case digits, with a separator between
/// them. Returns `None` for anything else, and if an id is zero.
///
/// Not inlined, so that the formats of a list share the code.
#[inline(never)]
pub fn decode_ids(ids: &[u8; IDS_LEN], separator: u8) -> Option<(TraceId, SpanId)> {
    let trace_id = TraceId::from_bytes(decode_lower_hex(&ids[..32])?);
    let span_id = SpanId::from_bytes(decode_lower_hex(&ids[33..])?);
    let is_valid = trace_id != TraceId::INVALID && span_id != SpanId::INVALID;
    (is_valid && ids[32] == separator).then_some((trace_id, span_id))
}

/// Returns a word with the same byte in each of its eight lanes.
const fn splat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Converts eight ASCII letters to lower case. Other characters may change, but not into a letter
/// from `a` to `f`.
const fn lower_case(word: u64) -> u64 {
    word | splat(0x20)
}

/// Decodes eight digits of either case into four bytes, and returns whether all of them are digits.
#[inline]
pub(crate) fn decode_word(digits: [u8; 8]) -> ([u8; 4], bool) {
    decode_word_as(digits, &lower_case)
}

/// Decodes eight digits into four bytes. `fold_case` is applied first. Then letters must be in lower
/// case. Also returns whether all eight are digits.
///
/// All eight digits are processed at once, in the lanes of one 64-bit word (SWAR: SIMD within a
/// register).
#[inline(always)]
fn decode_word_as(digits: [u8; 8], fold_case: &impl Fn(u64) -> u64) -> ([u8; 4], bool) {
    let word = u64::from_le_bytes(digits);
    // Sets the high bit of every lane whose byte is in `first..=last`. No lane carries into the
    // next if all bytes are ASCII. Otherwise the result is rejected below.
    let among = |word: u64, first: u8, last: u8| {
        word.wrapping_add(splat(0x80 - first)) & !word.wrapping_add(splat(0x7f - last))
    };
    let is_digit = among(word, b'0', b'9') | among(fold_case(word), b'a', b'f');
    let letter = (word >> 6) & splat(1);
    let values = (word & splat(0x0f)) + 9 * letter;
    // Combines two values into a byte, then moves the bytes next to each other.
    let pairs = (values << 4 | values >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    let [a, b, c, d, ..] = (fours | fours >> 16).to_le_bytes();
    let is_digits = is_digit & !word & splat(0x80) == splat(0x80);
    ([a, b, c, d], is_digits)
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
    fn decode_word_decodes_a_digit_in_every_place() {
        for byte in 0..=u8::MAX {
            let value = char::from(byte).to_digit(16).map(|value| value as u8);
            for at in 0..8 {
                let mut digits = *b"01234567";
                digits[at] = byte;
                let mut expected = [0x01, 0x23, 0x45, 0x67];
                expected[at / 2] = match (at % 2, value.unwrap_or(0)) {
                    (0, high) => high << 4 | expected[at / 2] & 0x0f,
                    (_, low) => expected[at / 2] & 0xf0 | low,
                };
                let (decoded, is_digits) = decode_word(digits);
                assert_eq!(
                    is_digits.then_some(decoded),
                    value.map(|_| expected),
                    "{digits:?}"
                );
            }
        }
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
