//! GUIDs in .NET's usual text forms.

use std::fmt;
use std::str::FromStr;

use opentelemetry::trace::{SpanId, TraceId};

use crate::hex::{decode, encode_hex};
use crate::id_error::{Form, ParseIdError, HYPHENATED_LEN, HYPHENS};

/// A GUID of 16 bytes, in the order of its digits.
///
/// This is the order of .NET's text forms and of OpenTelemetry's ids, but not of .NET's
/// `ToByteArray`. A GUID is parsed from 32 hex digits (.NET's `N` form) or from the hyphenated form
/// 8-4-4-4-12 (`D`), in either case and without whitespace or braces. It is displayed in lower case
/// with hyphens.
///
/// ```
/// use opentelemetry_propagator_core::Guid;
///
/// let guid: Guid = "27BB7FAA48294CF49AE6007D70905468".parse()?;
/// assert_eq!(guid.to_string(), "27bb7faa-4829-4cf4-9ae6-007d70905468");
/// # Ok::<(), opentelemetry_propagator_core::ParseIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Guid([u8; 16]);

impl Guid {
    /// The length in characters of a hyphenated GUID.
    pub const HYPHENATED_LEN: usize = HYPHENATED_LEN;

    /// Creates a GUID from its bytes, in the order of its digits.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Guid(bytes)
    }

    /// Returns the bytes, in the order of the digits.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// Returns the trace id, which consists of all 32 digits. It is invalid if they are zero.
    pub fn trace_id(self) -> TraceId {
        TraceId::from_bytes(self.0)
    }

    /// Returns the span id, which consists of the first 16 digits. It is invalid if they are zero.
    pub fn span_id(self) -> SpanId {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        SpanId::from_bytes([a, b, c, d, e, f, g, h])
    }

    /// Parses the hyphenated form and no other.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not a hyphenated GUID.
    #[inline]
    pub fn parse_hyphenated(text: &str) -> Result<Self, ParseIdError> {
        hyphenated(text.as_bytes())
            .map(Guid)
            .ok_or_else(|| ParseIdError::diagnose(text, Form::Hyphenated))
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

/// The length in bytes of two hyphenated GUIDs with a separator between them.
pub const GUIDS_LEN: usize = 2 * HYPHENATED_LEN + 1;

/// Decodes two hyphenated GUIDs, in either case, with a separator between them. Returns `None` for
/// anything else.
///
/// ```
/// use opentelemetry_propagator_core::internal::decode_guids;
///
/// let text = b"27bb7faa-4829-4cf4-9ae6-007d70905468;0bcd098a-5926-42e4-9603-2b13607e899e";
/// let [trace, span] = decode_guids(text, b';').unwrap();
/// assert_eq!(trace.to_string().as_bytes(), &text[..36]);
/// assert_eq!(span.to_string().as_bytes(), &text[37..]);
/// ```
#[inline]
pub fn decode_guids(text: &[u8; GUIDS_LEN], separator: u8) -> Option<[Guid; 2]> {
    // Both are decoded together, as 64 digits.
    let mut digits = [0; 64];
    let (first, rest) = text.split_at(HYPHENATED_LEN);
    let has_form = copy_digits(first, &mut digits[..32])
        & copy_digits(&rest[1..], &mut digits[32..])
        & (rest[0] == separator);
    let bytes: [u8; 32] = decode(&digits)?;
    let guid = |half: &[u8]| half.try_into().ok().map(Guid);
    let guids = [guid(&bytes[..16])?, guid(&bytes[16..])?];
    has_form.then_some(guids)
}

/// Decodes a hyphenated GUID. Returns `None` for invalid input. The error is built separately, off
/// the hot path.
///
/// Not inlined, so that the formats of a list share the code.
#[inline(never)]
fn hyphenated(text: &[u8]) -> Option<[u8; 16]> {
    let text: &[u8; HYPHENATED_LEN] = text.try_into().ok()?;
    let mut digits = [0; 32];
    let has_form = copy_digits(text, &mut digits);
    decode(&digits).filter(|_| has_form)
}

/// Copies the 32 digits of a hyphenated GUID. Returns whether its hyphens are in their places.
#[inline]
fn copy_digits(text: &[u8], digits: &mut [u8]) -> bool {
    digits[..8].copy_from_slice(&text[..8]);
    digits[8..12].copy_from_slice(&text[9..13]);
    digits[12..16].copy_from_slice(&text[14..18]);
    digits[16..20].copy_from_slice(&text[19..23]);
    digits[20..].copy_from_slice(&text[24..]);
    HYPHENS
        .into_iter()
        .fold(true, |all, at| all & (text[at] == b'-'))
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
            ParseIdError::diagnose(
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
    /// Pads the span id with 16 zeros on the right, as Vostok's bridge to OpenTelemetry does.
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn guid_reads_back_from_each_form_in_either_case(bytes: [u8; 16]) {
            let guid = Guid::from_bytes(bytes);
            let hyphenated = guid.to_string();
            let simple = guid.trace_id().to_string();
            for text in [&hyphenated, &hyphenated.to_uppercase(), &simple, &simple.to_uppercase()] {
                prop_assert_eq!(text.parse(), Ok(guid));
            }
            prop_assert_eq!(Guid::parse_hyphenated(&hyphenated), Ok(guid));
            prop_assert!(Guid::parse_hyphenated(&simple).is_err());
            prop_assert_eq!(simple, hyphenated.replace('-', ""));
            prop_assert_eq!(guid.to_bytes(), bytes);
            prop_assert_eq!(format!("{guid:?}"), format!("Guid({guid})"));
        }

        #[test]
        fn guid_parses_any_text_or_returns_a_short_error(text in "\\PC{0,40}") {
            match text.parse::<Guid>() {
                Ok(guid) => prop_assert_eq!(guid.to_string().replace('-', ""), text.replace('-', "").to_lowercase()),
                Err(error) => prop_assert!(error.to_string().len() < 80),
            }
        }
    }

    #[test]
    fn decode_guids_requires_each_character() {
        let text = b"27bb7faa-4829-4cf4-9ae6-007d70905468;0BCD098A-5926-42E4-9603-2B13607E899E";
        let [first, second] = decode_guids(text, b';').unwrap();
        assert_eq!(first.to_string().as_bytes(), &text[..36]);
        let second = second.to_string().to_uppercase();
        assert_eq!(second.as_bytes(), &text[37..]);
        assert_eq!(decode_guids(text, b','), None);
        for at in 0..GUIDS_LEN {
            for wrong in [b'g', b'+', 0xff] {
                let mut text = *text;
                text[at] = wrong;
                assert_eq!(decode_guids(&text, b';'), None, "{wrong} at {at}");
            }
        }
    }

    #[test]
    fn guid_begins_with_its_span_id() {
        let guid = Guid::from(SpanId::from(0x0bcd_098a_5926_42e4));
        assert_eq!(guid.to_string(), "0bcd098a-5926-42e4-0000-000000000000");
        assert_eq!(guid.span_id(), SpanId::from(0x0bcd_098a_5926_42e4));
    }

    #[test]
    fn guid_error_states_reason_and_position() {
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
                "invalid hex digit 'g' at character 1",
            ),
            (
                "27bb7faa48294cf49ae6007d7090546\n",
                "invalid hex digit '\\n' at character 32",
            ),
            (
                "27bb7faa-4829-4cf4-9ae6-007d7090546",
                "expected a hyphenated GUID of 36 characters, found 35",
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
                "invalid hex digit '-' at character 27",
            ),
            (
                "27bb7faa48294cf4-9ae6007d7090546",
                "expected a hyphenated GUID of 36 characters, found 32",
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
    fn parse_hyphenated_rejects_other_forms() {
        assert!(Guid::parse_hyphenated("{27bb7faa-4829-4cf4-9ae6-007d70905468}").is_err());
        assert!(Guid::parse_hyphenated("27bb7faa48294cf49ae6007d70905468").is_err());
        assert!(Guid::parse_hyphenated("27bb7faa-4829-4cf4-9ae6-007d70905468").is_ok());
    }
}
