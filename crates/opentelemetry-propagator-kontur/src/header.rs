//! What each `X-Kontur-Trace-*` header says.
//!
//! ```text
//! x-kontur-trace-id: 27bb7faa48294cf49ae6007d70905468    32 hex digits or a hyphenated GUID
//! x-kontur-trace-spanid: 0bcd098a592642e4                16 hex digits; legacy 8; 32 or a GUID
//! x-kontur-trace-issampled: true                         true, false, 1, 0
//! ```
//!
//! Digits and words in either case, blanks around a value dropped.

use std::fmt;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_wire::{decode_hex, trim_blanks, Guid, ParseIdError};

/// The header of the trace id, on requests and responses.
pub const TRACE_ID: &str = "x-kontur-trace-id";

/// The header of the caller's current span.
pub const SPAN_ID: &str = "x-kontur-trace-spanid";

/// The header of the sampling decision.
pub const IS_SAMPLED: &str = "x-kontur-trace-issampled";

/// The header of the parent of the caller's span; of no use to a callee, and never written here.
pub const PARENT_SPAN_ID: &str = "x-kontur-trace-parentspanid";

/// A header of the same family that has nothing to do with tracing; never written here.
pub const PROFILE_ID: &str = "x-kontur-trace-profileid";

/// Reads [`TRACE_ID`]: 32 hex digits or a hyphenated GUID, not all zero.
///
/// # Errors
///
/// Names the header, and says what was expected and what was found.
///
/// ```
/// use opentelemetry_propagator_kontur::header::parse_trace_id;
///
/// let id = parse_trace_id(" 27BB7FAA-4829-4CF4-9AE6-007D70905468 ")?;
/// assert_eq!(id.to_string(), "27bb7faa48294cf49ae6007d70905468");
///
/// let error = parse_trace_id("27bb7faa").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "x-kontur-trace-id: expected 32 hex digits, found 8 characters"
/// );
/// # Ok::<(), opentelemetry_propagator_kontur::ParseError>(())
/// ```
#[inline]
pub fn parse_trace_id(value: &str) -> Result<TraceId, ParseError> {
    match trim_blanks(value).parse::<Guid>().map(Guid::trace_id) {
        Ok(TraceId::INVALID) => Err(ParseError::new(TRACE_ID, Fault::Zero)),
        Ok(id) => Ok(id),
        Err(fault) => Err(ParseError::new(TRACE_ID, Fault::Id(fault))),
    }
}

/// Reads [`SPAN_ID`]: 16 hex digits as they are; the 8 of the .NET library widened with zeros on
/// the left; of 32, or of a hyphenated GUID, the first 16. Not zero.
///
/// # Errors
///
/// Names the header, and says what was expected and what was found.
///
/// ```
/// use opentelemetry_propagator_kontur::header::parse_span_id;
///
/// for (value, id) in [
///     ("0bcd098a592642e4", "0bcd098a592642e4"),
///     ("0bcd098a", "000000000bcd098a"),
///     ("0bcd098a592642e496032b13607e899e", "0bcd098a592642e4"),
///     ("0bcd098a-5926-42e4-9603-2b13607e899e", "0bcd098a592642e4"),
/// ] {
///     assert_eq!(parse_span_id(value)?.to_string(), id);
/// }
/// # Ok::<(), opentelemetry_propagator_kontur::ParseError>(())
/// ```
#[inline]
pub fn parse_span_id(value: &str) -> Result<SpanId, ParseError> {
    let value = trim_blanks(value);
    let id = match value.len() {
        16 => decode_hex(value).map(SpanId::from_bytes),
        8 => decode_hex(value).map(|id| SpanId::from(u64::from(u32::from_be_bytes(id)))),
        32 | Guid::HYPHENATED_LEN => value.parse::<Guid>().map(Guid::span_id),
        len => return Err(ParseError::new(SPAN_ID, Fault::SpanIdLength(len))),
    };
    match id {
        Ok(SpanId::INVALID) => Err(ParseError::new(SPAN_ID, Fault::Zero)),
        Ok(id) => Ok(id),
        Err(fault) => Err(ParseError::new(SPAN_ID, Fault::Id(fault))),
    }
}

/// Reads [`IS_SAMPLED`]: `true` or `1`, `false` or `0`.
///
/// # Errors
///
/// Names the header when it says neither.
///
/// ```
/// use opentelemetry_propagator_kontur::header::parse_is_sampled;
///
/// assert_eq!(parse_is_sampled("True"), Ok(true));
/// assert_eq!(parse_is_sampled("0"), Ok(false));
/// assert!(parse_is_sampled("yes").is_err());
/// ```
#[inline]
pub fn parse_is_sampled(value: &str) -> Result<bool, ParseError> {
    let value = trim_blanks(value);
    let is = |word: &str| value.eq_ignore_ascii_case(word);
    if value == "1" || is("true") {
        Ok(true)
    } else if value == "0" || is("false") {
        Ok(false)
    } else {
        Err(ParseError::new(IS_SAMPLED, Fault::NoFlag))
    }
}

/// The parent span id of a trace whose trace id came alone.
///
/// It is the first non-zero half of the trace id, so it is never zero for a valid trace id, and
/// the same at every service that sees the same header.
///
/// ```
/// use opentelemetry::trace::{SpanId, TraceId};
/// use opentelemetry_propagator_kontur::header::derived_span_id;
///
/// let id = TraceId::from(0x27bb7faa48294cf4_9ae6007d70905468);
/// assert_eq!(derived_span_id(id), SpanId::from(0x27bb7faa48294cf4));
/// assert_eq!(derived_span_id(TraceId::from(5)), SpanId::from(5));
/// ```
#[inline]
pub fn derived_span_id(trace_id: TraceId) -> SpanId {
    match Guid::from(trace_id).span_id() {
        SpanId::INVALID => {
            let [.., a, b, c, d, e, f, g, h] = trace_id.to_bytes();
            SpanId::from_bytes([a, b, c, d, e, f, g, h])
        }
        id => id,
    }
}

/// Why a header was not understood: which one, what was expected, what was found.
///
/// It quotes one character of the header at most, escaped, so that it is safe to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    header: &'static str,
    fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Id(ParseIdError),
    SpanIdLength(usize),
    Zero,
    NoFlag,
}

impl ParseError {
    #[cold]
    fn new(header: &'static str, fault: Fault) -> Self {
        ParseError { header, fault }
    }

    /// The header that was not understood, by its name in lower case.
    pub fn header(&self) -> &'static str {
        self.header
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.header)?;
        match &self.fault {
            Fault::Id(fault) => write!(f, "{fault}"),
            Fault::SpanIdLength(found) => write!(
                f,
                "expected 16 hex digits (or 8, 32, or a hyphenated GUID), found {found} bytes"
            ),
            Fault::Zero => write!(f, "an id of zeros names nothing"),
            Fault::NoFlag => write!(f, "expected true, false, 1 or 0"),
        }
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_is_32_digits_or_a_guid_in_either_case() {
        let id = TraceId::from(0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468);
        for value in [
            "27bb7faa48294cf49ae6007d70905468",
            "27BB7FAA48294CF49AE6007D70905468",
            "27bb7faa-4829-4cf4-9ae6-007d70905468",
            "27BB7faa-4829-4CF4-9ae6-007D70905468",
            " \t27bb7faa48294cf49ae6007d70905468\t ",
        ] {
            assert_eq!(parse_trace_id(value), Ok(id), "{value:?}");
        }
    }

    #[test]
    fn anything_else_is_no_trace_id_and_the_error_says_why() {
        for (value, message) in [
            ("", "expected 32 hex digits, found 0 characters"),
            ("whatever", "expected 32 hex digits, found 8 characters"),
            (
                "00000000000000000000000000000000",
                "an id of zeros names nothing",
            ),
            (
                "00000000-0000-0000-0000-000000000000",
                "an id of zeros names nothing",
            ),
            (
                "{27bb7faa-4829-4cf4-9ae6-007d70905468}",
                "expected a hyphenated GUID of 36, found 38 characters",
            ),
            (
                "27bb7faa48294cf49ae6007d7090546ж",
                "'ж' at character 32 is no hex digit",
            ),
            (
                "0x27bb7faa48294cf49ae6007d709054",
                "'x' at character 2 is no hex digit",
            ),
        ] {
            let error = parse_trace_id(value).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("x-kontur-trace-id: {message}"),
                "{value:?}"
            );
            assert_eq!(error.header(), TRACE_ID);
        }
    }

    #[test]
    fn anything_else_is_no_span_id_and_the_error_says_why() {
        for (value, message) in [
            (
                "",
                "expected 16 hex digits (or 8, 32, or a hyphenated GUID), found 0 bytes",
            ),
            (
                "0bcd098",
                "expected 16 hex digits (or 8, 32, or a hyphenated GUID), found 7 bytes",
            ),
            ("00000000", "an id of zeros names nothing"),
            ("0000000000000000", "an id of zeros names nothing"),
            (
                "000000000000000096032b13607e899e",
                "an id of zeros names nothing",
            ),
            ("0bcd098z", "'z' at character 8 is no hex digit"),
            (
                "0bcd098a592642ж",
                "expected 16 hex digits, found 15 characters",
            ),
            (
                "0bcd098a592642e496032b13607e899g",
                "'g' at character 32 is no hex digit",
            ),
            (
                "0bcd098a-5926-42e4-9603:2b13607e899e",
                "expected '-' at character 24, found ':'",
            ),
        ] {
            let error = parse_span_id(value).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("x-kontur-trace-spanid: {message}"),
                "{value:?}"
            );
            assert_eq!(error.header(), SPAN_ID);
        }
    }

    #[test]
    fn a_sampling_flag_is_one_of_four_words_in_either_case() {
        for value in ["true", "True", "TRUE", "1", " true\t"] {
            assert_eq!(parse_is_sampled(value), Ok(true), "{value:?}");
        }
        for value in ["false", "False", "FALSE", "0", "\t0"] {
            assert_eq!(parse_is_sampled(value), Ok(false), "{value:?}");
        }
        for value in ["", "yes", "10", "tru", "true;", "01"] {
            assert_eq!(
                parse_is_sampled(value).unwrap_err().to_string(),
                "x-kontur-trace-issampled: expected true, false, 1 or 0",
                "{value:?}"
            );
        }
    }
}
