//! Ids as they stand on the wire: runs of hex digits and GUIDs.

use std::fmt;
use std::str::FromStr;

use opentelemetry::trace::{SpanId, TraceId};

/// Where the hyphens of a hyphenated GUID stand (8-4-4-4-12).
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// Where its digits stand, two times four to a word.
const FOURS: [[usize; 2]; 4] = [[0, 4], [9, 14], [19, 24], [28, 32]];

/// Decodes exactly `2 * N` hex digits of either case.
///
/// # Errors
///
/// Says how long the text is, or which character is no digit.
///
/// ```
/// use opentelemetry_propagator_wire::decode_hex;
///
/// assert_eq!(decode_hex("0Aff"), Ok([0x0a, 0xff]));
/// assert_eq!(
///     decode_hex::<2>("0xff").unwrap_err().to_string(),
///     "'x' at character 2 is no hex digit"
/// );
/// ```
#[inline]
pub fn decode_hex<const N: usize>(digits: &str) -> Result<[u8; N], ParseIdError> {
    decode(digits.as_bytes()).ok_or_else(|| ParseIdError::of(digits, Form::Digits(2 * N)))
}

/// It only says yes or no; [`ParseIdError::of`] finds the fault.
#[inline]
fn decode<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    if digits.len() != 2 * N {
        return None;
    }
    let (mut bytes, mut are_digits) = ([0; N], true);
    for (bytes, digits) in bytes.chunks_mut(4).zip(digits.chunks(8)) {
        let mut word = [b'0'; 8];
        word[..digits.len()].copy_from_slice(digits);
        let (decoded, is_digits) = decode_word(word);
        bytes.copy_from_slice(&decoded[..bytes.len()]);
        // No early end: the words need not wait for each other.
        are_digits &= is_digits;
    }
    are_digits.then_some(bytes)
}

/// A word of eight times the same byte.
const fn lanes(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Eight letters in lower case. It makes something else of other characters, but a letter of none
/// that is ASCII.
const fn lower_case(word: u64) -> u64 {
    word | lanes(0x20)
}

/// Four bytes of eight digits, in the lanes of one word, and whether they are digits.
#[inline]
fn decode_word(digits: [u8; 8]) -> ([u8; 4], bool) {
    let word = u64::from_le_bytes(digits);
    // The high bit of a lane tells that it holds one of first to last; none carries into the next,
    // since all of them are ASCII or all is refused.
    let among = |word: u64, first: u8, last: u8| {
        word.wrapping_add(lanes(0x80 - first)) & !word.wrapping_add(lanes(0x7f - last))
    };
    let is_digit = among(word, b'0', b'9') | among(lower_case(word), b'a', b'f');
    let letter = (word >> 6) & lanes(1);
    let values = (word & lanes(0x0f)) + 9 * letter;
    // Two values to a byte, then the bytes side by side.
    let pairs = (values << 4 | values >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    let [a, b, c, d, ..] = (fours | fours >> 16).to_le_bytes();
    let is_digits = is_digit & !word & lanes(0x80) == lanes(0x80);
    ([a, b, c, d], is_digits)
}

/// Writes `bytes` as lower-case hex digits over `digits`, which must be twice as long.
///
/// # Panics
///
/// When `digits` is not twice as long as `bytes`.
///
/// ```
/// let mut digits = [0; 4];
/// opentelemetry_propagator_wire::encode_hex(&[0x0a, 0xff], &mut digits);
/// assert_eq!(&digits, b"0aff");
/// ```
#[inline]
pub fn encode_hex(bytes: &[u8], digits: &mut [u8]) {
    const_hex::encode_to_slice(bytes, digits).expect("two digits for each byte");
}

/// The bytes as lower-case hex digits, in a string of just that size.
///
/// ```
/// assert_eq!(opentelemetry_propagator_wire::hex_string([0x0a, 0xff]), "0aff");
/// ```
#[inline]
pub fn hex_string<const N: usize>(bytes: [u8; N]) -> String {
    const_hex::encode(bytes)
}

/// Appends the bytes as lower-case hex digits.
///
/// ```
/// let mut text = "span ".to_owned();
/// opentelemetry_propagator_wire::push_hex(&[0x0a, 0xff], &mut text);
/// assert_eq!(text, "span 0aff");
/// ```
#[inline]
pub fn push_hex<const N: usize>(bytes: &[u8; N], text: &mut String) {
    text.push_str(const_hex::Buffer::<N>::new().format(bytes));
}

/// The 16 bytes of a GUID in the order of its digits, as .NET and OpenTelemetry ids share them.
///
/// Parsed from 32 hex digits (.NET's `N` form) or hyphenated 8-4-4-4-12 (`D`), either case, with
/// nothing around; written hyphenated in lower case.
///
/// ```
/// use opentelemetry_propagator_wire::Guid;
///
/// let guid: Guid = "27BB7FAA48294CF49AE6007D70905468".parse()?;
/// assert_eq!(guid.to_string(), "27bb7faa-4829-4cf4-9ae6-007d70905468");
/// # Ok::<(), opentelemetry_propagator_wire::ParseIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Guid([u8; 16]);

impl Guid {
    /// The length in characters of a hyphenated GUID.
    pub const HYPHENATED_LEN: usize = 36;

    /// The GUID of these bytes, in the order of its digits.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Guid(bytes)
    }

    /// The bytes, in the order of the digits.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// All 32 digits as a trace id; invalid when they are zero.
    pub fn trace_id(self) -> TraceId {
        TraceId::from_bytes(self.0)
    }

    /// The first 16 digits as a span id; invalid when they are zero.
    pub fn span_id(self) -> SpanId {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        SpanId::from_bytes([a, b, c, d, e, f, g, h])
    }

    /// Parses the hyphenated form alone, as it stands within .NET's `B` and `P` forms.
    ///
    /// # Errors
    ///
    /// Says at which character it ceased to be one.
    #[inline]
    pub fn parse_hyphenated(text: &str) -> Result<Self, ParseIdError> {
        hyphenated(text.as_bytes())
            .map(Guid)
            .ok_or_else(|| ParseIdError::of(text, Form::Hyphenated))
    }

    /// The same for bytes of which it is not known whether they are text; it does not say what is
    /// wrong with them.
    ///
    /// ```
    /// use opentelemetry_propagator_wire::Guid;
    ///
    /// let text = b"27bb7faa-4829-4cf4-9ae6-007d70905468";
    /// let guid = Guid::decode_hyphenated(text).unwrap();
    /// assert_eq!(guid.to_string().as_bytes(), text);
    /// ```
    #[inline]
    pub fn decode_hyphenated(text: &[u8]) -> Option<Self> {
        hyphenated(text).map(Guid)
    }

    /// Writes the hyphenated form in lower case.
    #[inline]
    pub fn encode_hyphenated(&self, text: &mut [u8; Self::HYPHENATED_LEN]) {
        let mut digits = [0; 32];
        encode_hex(&self.0, &mut digits);
        *text = [b'-'; Self::HYPHENATED_LEN];
        text[..8].copy_from_slice(&digits[..8]);
        text[9..13].copy_from_slice(&digits[8..12]);
        text[14..18].copy_from_slice(&digits[12..16]);
        text[19..23].copy_from_slice(&digits[16..20]);
        text[24..].copy_from_slice(&digits[20..]);
    }
}

/// The bytes of a hyphenated GUID. It only says yes or no; [`ParseIdError::of`] finds the fault.
///
/// Called, it would hand the bytes over in memory, which takes as long as to decode half of them.
#[inline(always)]
fn hyphenated(text: &[u8]) -> Option<[u8; 16]> {
    let text: &[u8; Guid::HYPHENATED_LEN] = text.try_into().ok()?;
    let four = |at: usize| {
        let digits = text[at..at + 4].try_into().expect("four digits");
        u64::from(u32::from_le_bytes(digits))
    };
    let is_hyphen = |at: usize| text[at] == b'-';
    let mut is_guid = HYPHENS
        .into_iter()
        .fold(true, |all, at| all & is_hyphen(at));
    let mut bytes = 0;
    for (place, [first, second]) in FOURS.into_iter().enumerate() {
        let (decoded, is_digits) = decode_word((four(first) | four(second) << 32).to_le_bytes());
        bytes |= u128::from(u32::from_le_bytes(decoded)) << (32 * place);
        is_guid &= is_digits;
    }
    is_guid.then_some(bytes.to_le_bytes())
}

impl FromStr for Guid {
    type Err = ParseIdError;

    #[inline]
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let bytes = if text.len() == 32 {
            decode(text.as_bytes())
        } else {
            hyphenated(text.as_bytes())
        };
        bytes.map(Guid).ok_or_else(|| {
            let hyphenated = text.contains('-');
            ParseIdError::of(
                text,
                if hyphenated {
                    Form::Hyphenated
                } else {
                    Form::Digits(32)
                },
            )
        })
    }
}

impl From<TraceId> for Guid {
    fn from(id: TraceId) -> Self {
        Guid(id.to_bytes())
    }
}

impl From<SpanId> for Guid {
    /// 16 digits of the span id and 16 zeros, as Vostok's bridge to OpenTelemetry does it.
    fn from(id: SpanId) -> Self {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&id.to_bytes());
        Guid(bytes)
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; Guid::HYPHENATED_LEN];
        self.encode_hyphenated(&mut text);
        f.write_str(std::str::from_utf8(&text).expect("hex digits and hyphens are ASCII"))
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guid({self})")
    }
}

/// What a text was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Digits(usize),
    Hyphenated,
}

impl Form {
    fn len(self) -> usize {
        match self {
            Form::Digits(len) => len,
            Form::Hyphenated => Guid::HYPHENATED_LEN,
        }
    }
}

/// Why a text is no id: what was expected, and what stands where.
///
/// It quotes one character at most, escaped, so that it is safe to log.
///
/// ```
/// use opentelemetry_propagator_wire::Guid;
///
/// let error = "27bb7faa48294cf49ae6007d7090546q".parse::<Guid>().unwrap_err();
/// assert_eq!(error.to_string(), "'q' at character 32 is no hex digit");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseIdError(Fault);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Length { expected: Form, found: usize },
    Digit { at: usize, found: char },
    Hyphen { at: usize, found: char },
}

impl ParseIdError {
    /// Finds out what kept `text` from being of `form`.
    #[cold]
    fn of(text: &str, form: Form) -> Self {
        let found = text.chars().count();
        let length = Fault::Length {
            expected: form,
            found,
        };
        // A text of another length is no misspelt id of this form, whatever else is wrong with it.
        if found != form.len() {
            return ParseIdError(length);
        }
        let wrong = text.chars().enumerate().find_map(|(at, found)| {
            let hyphen = form == Form::Hyphenated && HYPHENS.contains(&at);
            match found {
                '-' if hyphen => None,
                _ if hyphen => Some(Fault::Hyphen { at, found }),
                _ if found.is_ascii_hexdigit() => None,
                _ => Some(Fault::Digit { at, found }),
            }
        });
        ParseIdError(wrong.unwrap_or(length))
    }
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Fault::Length { expected, found } => {
                let len = expected.len();
                match expected {
                    Form::Digits(_) => write!(f, "expected {len} hex digits")?,
                    Form::Hyphenated => write!(f, "expected a hyphenated GUID of {len}")?,
                }
                write!(f, ", found {found} characters")
            }
            Fault::Digit { at, found } => {
                write!(f, "{found:?} at character {} is no hex digit", at + 1)
            }
            Fault::Hyphen { at, found } => {
                write!(f, "expected '-' at character {}, found {found:?}", at + 1)
            }
        }
    }
}

impl std::error::Error for ParseIdError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_guid_reads_back_from_each_form_in_either_case(bytes: [u8; 16]) {
            let guid = Guid::from_bytes(bytes);
            let hyphenated = guid.to_string();
            let simple = guid.trace_id().to_string();
            for text in [&hyphenated, &hyphenated.to_uppercase(), &simple, &simple.to_uppercase()] {
                prop_assert_eq!(text.parse(), Ok(guid));
            }
            prop_assert_eq!(Guid::decode_hyphenated(hyphenated.as_bytes()), Some(guid));
            prop_assert_eq!(Guid::decode_hyphenated(simple.as_bytes()), None);
            prop_assert_eq!(simple, hyphenated.replace('-', ""));
            prop_assert_eq!(guid.to_bytes(), bytes);
            prop_assert_eq!(format!("{guid:?}"), format!("Guid({guid})"));
        }

        #[test]
        fn any_text_is_an_id_of_its_length_or_an_error_that_is_short(text in "\\PC{0,40}") {
            match text.parse::<Guid>() {
                Ok(guid) => prop_assert_eq!(guid.to_string().replace('-', ""), text.replace('-', "").to_lowercase()),
                Err(error) => prop_assert!(error.to_string().len() < 80),
            }
        }
    }

    #[test]
    fn a_digit_is_a_digit_in_every_place() {
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
    fn bytes_are_two_digits_each_and_read_back() {
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
            ("0bcd098a592642ez", "'z' at character 16 is no hex digit"),
            ("zbcd098a592642e4", "'z' at character 1 is no hex digit"),
        ] {
            let error = decode_hex::<8>(digits).unwrap_err();
            assert_eq!(error.to_string(), message, "{digits}");
        }
    }

    #[test]
    fn a_span_id_is_the_first_half_of_its_guid() {
        let guid = Guid::from(SpanId::from(0x0bcd_098a_5926_42e4));
        assert_eq!(guid.to_string(), "0bcd098a-5926-42e4-0000-000000000000");
        assert_eq!(guid.span_id(), SpanId::from(0x0bcd_098a_5926_42e4));
    }

    #[test]
    fn errors_say_what_is_wrong_and_where() {
        for (text, message) in [
            ("", "expected 32 hex digits, found 0 characters"),
            (
                "27bb7faa48294cf49ae6007d7090546",
                "expected 32 hex digits, found 31 characters",
            ),
            (
                "27bb7faa48294cf49ae6007d70905468\u{1}",
                "expected 32 hex digits, found 33 characters",
            ),
            (
                "g7bb7faa48294cf49ae6007d70905468",
                "'g' at character 1 is no hex digit",
            ),
            (
                "27bb7faa48294cf49ae6007d7090546\n",
                "'\\n' at character 32 is no hex digit",
            ),
            (
                "27bb7faa-4829-4cf4-9ae6-007d7090546",
                "expected a hyphenated GUID of 36, found 35 characters",
            ),
            (
                "27bb7faa-4829-4cf4-9ae6+007d70905468",
                "expected '-' at character 24, found '+'",
            ),
            (
                "27bb7faa+4829+4cf4-9ae6-007d70905468",
                "expected '-' at character 9, found '+'",
            ),
            (
                "27bb7faa-4829-4cf4-9ae6-00-d70905468",
                "'-' at character 27 is no hex digit",
            ),
            (
                "27bb7faa48294cf4-9ae6007d7090546",
                "expected a hyphenated GUID of 36, found 32 characters",
            ),
        ] {
            assert_eq!(
                text.parse::<Guid>().unwrap_err().to_string(),
                message,
                "{text:?}"
            );
        }
    }

    #[test]
    fn braces_belong_to_no_form_read_here() {
        assert!(Guid::parse_hyphenated("{27bb7faa-4829-4cf4-9ae6-007d70905468}").is_err());
        assert!(Guid::parse_hyphenated("27bb7faa48294cf49ae6007d70905468").is_err());
        assert!(Guid::parse_hyphenated("27bb7faa-4829-4cf4-9ae6-007d70905468").is_ok());
    }
}
