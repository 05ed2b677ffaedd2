//! Parsing and writing of the `X-Kontur-Trace-*` headers.
//!
//! ```text
//! x-kontur-trace-id: 27bb7faa48294cf49ae6007d70905468    32 hex digits or a hyphenated GUID
//! x-kontur-trace-spanid: 0bcd098a592642e4                16 hex digits; also 8, 32 or a GUID
//! x-kontur-trace-issampled: true                         true, false, 1, 0
//! ```
//!
//! Digits and words may be in either case. Whitespace around a value is ignored.
//!
//! Sources: Kontur.Tracing (`TraceHttpHeaders`, `TraceDataExtractor`, `TraceIdGenerator`).

use std::fmt;

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_core::internal::hex_string;
use opentelemetry_propagator_core::{decode_hex, parse_first, trim_ows, Guid, ParseIdError};

/// The name of the header that contains the trace id, on requests and responses.
#[doc(alias = "X-Kontur-Trace-Id")]
pub const TRACE_ID: &str = "x-kontur-trace-id";

/// The name of the header that contains the caller's span id.
#[doc(alias = "X-Kontur-Trace-SpanId")]
pub const SPAN_ID: &str = "x-kontur-trace-spanid";

/// The name of the header that contains the sampling decision.
#[doc(alias = "X-Kontur-Trace-IsSampled")]
pub const IS_SAMPLED: &str = "x-kontur-trace-issampled";

/// The name of the header that contains the parent of the caller's span. This crate neither reads
/// nor writes it, because a callee does not need it.
#[doc(alias = "X-Kontur-Trace-ParentSpanId")]
pub const PARENT_SPAN_ID: &str = "x-kontur-trace-parentspanid";

/// The name of a related header that is not used for tracing. This crate neither reads nor writes
/// it.
#[doc(alias = "X-Kontur-Trace-ProfileId")]
pub const PROFILE_ID: &str = "x-kontur-trace-profileid";

/// The trace that a set of `X-Kontur-Trace-*` headers contains.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry_propagator_kontur::header::KonturTrace;
///
/// let request = HashMap::from([
///     ("x-kontur-trace-id".to_owned(), "27bb7faa48294cf49ae6007d70905468".to_owned()),
///     ("x-kontur-trace-issampled".to_owned(), "True".to_owned()),
/// ]);
/// let trace = KonturTrace::extract(&request, |error| eprintln!("{error}")).unwrap();
/// assert_eq!(trace.trace_id.to_string(), "27bb7faa48294cf49ae6007d70905468");
/// assert_eq!(trace.span_id, None);
/// assert_eq!(trace.sampled, Some(true));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias(
    "X-Kontur-Trace-Id",
    "X-Kontur-Trace-SpanId",
    "X-Kontur-Trace-IsSampled"
))]
pub struct KonturTrace {
    /// The trace id. Parsing rejects zero.
    pub trace_id: TraceId,
    /// The caller's span id, or `None` if the header is missing or invalid. Parsing rejects zero.
    pub span_id: Option<SpanId>,
    /// The sampling decision, or `None` if the header is missing or invalid.
    pub sampled: Option<bool>,
}

impl KonturTrace {
    /// Creates a trace from the ids and the sampling decision of a span.
    #[inline]
    pub fn new(trace_id: TraceId, span_id: SpanId, sampled: bool) -> Self {
        KonturTrace {
            trace_id,
            span_id: Some(span_id),
            sampled: Some(sampled),
        }
    }

    /// Reads the headers of a carrier.
    ///
    /// Returns `None` if the trace id is missing or invalid. Calls `on_error` for each invalid
    /// header.
    #[inline]
    pub fn extract(extractor: &dyn Extractor, on_error: impl Fn(&ParseError)) -> Option<Self> {
        let trace_id = Self::extract_trace_id(extractor, &on_error)?;
        Some(Self::extract_rest(trace_id, extractor, &on_error))
    }

    /// Reads the trace id, without which the other headers are not read.
    #[inline]
    pub(crate) fn extract_trace_id(
        extractor: &dyn Extractor,
        on_error: &impl Fn(&ParseError),
    ) -> Option<TraceId> {
        get(extractor, TRACE_ID, parse_trace_id, on_error)
    }

    /// Reads the span id and the sampling decision.
    #[inline]
    pub(crate) fn extract_rest(
        trace_id: TraceId,
        extractor: &dyn Extractor,
        on_error: &impl Fn(&ParseError),
    ) -> Self {
        KonturTrace {
            trace_id,
            span_id: get(extractor, SPAN_ID, parse_span_id, on_error),
            sampled: get(extractor, IS_SAMPLED, parse_is_sampled, on_error),
        }
    }

    /// Writes the trace id, and the span id and the sampling decision unless they are `None`.
    #[inline]
    pub fn inject(&self, injector: &mut dyn Injector) {
        injector.set(TRACE_ID, hex_string(self.trace_id.to_bytes()));
        if let Some(span_id) = self.span_id {
            injector.set(SPAN_ID, hex_string(span_id.to_bytes()));
        }
        if let Some(sampled) = self.sampled {
            injector.set(
                IS_SAMPLED,
                if sampled { "true" } else { "false" }.to_owned(),
            );
        }
    }
}

/// Reads a header, from every line.
#[inline]
fn get<T>(
    extractor: &dyn Extractor,
    name: &str,
    parse: impl Fn(&str) -> Result<T, ParseError>,
    on_error: &impl Fn(&ParseError),
) -> Option<T> {
    let parsed = parse_first(extractor, name, parse)?;
    parsed.map_err(|error| on_error(&error)).ok()
}

impl fmt::Display for KonturTrace {
    /// Writes the headers, one on each line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{TRACE_ID}: {}", self.trace_id)?;
        if let Some(span_id) = self.span_id {
            write!(f, "\n{SPAN_ID}: {span_id}")?;
        }
        if let Some(sampled) = self.sampled {
            write!(f, "\n{IS_SAMPLED}: {sampled}")?;
        }
        Ok(())
    }
}

/// Parses the value of [`TRACE_ID`].
///
/// Accepts 32 hex digits or a hyphenated GUID. The id must not be zero.
///
/// # Errors
///
/// Returns an error if the value is not a valid trace id.
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
    match trim_ows(value).parse::<Guid>().map(Guid::trace_id) {
        Ok(TraceId::INVALID) => Err(ParseError::new(TRACE_ID, ErrorKind::Zero)),
        Ok(id) => Ok(id),
        Err(error) => Err(ParseError::new(TRACE_ID, ErrorKind::Id(error))),
    }
}

/// Parses the value of [`SPAN_ID`].
///
/// Accepts 16 hex digits. Also accepts 8 hex digits, as older .NET libraries send, which are padded
/// with zeros on the left. If the value is 32 hex digits or a hyphenated GUID, its first 16 digits
/// are used. The id must not be zero.
///
/// # Errors
///
/// Returns an error if the value is not a valid span id.
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
    let value = trim_ows(value);
    let id = match value.len() {
        16 => decode_hex(value).map(SpanId::from_bytes),
        8 => decode_hex(value).map(|id| SpanId::from(u64::from(u32::from_be_bytes(id)))),
        32 | Guid::HYPHENATED_LEN => value.parse::<Guid>().map(Guid::span_id),
        len => return Err(ParseError::new(SPAN_ID, ErrorKind::SpanIdLength(len))),
    };
    match id {
        Ok(SpanId::INVALID) => Err(ParseError::new(SPAN_ID, ErrorKind::Zero)),
        Ok(id) => Ok(id),
        Err(error) => Err(ParseError::new(SPAN_ID, ErrorKind::Id(error))),
    }
}

/// Parses the value of [`IS_SAMPLED`].
///
/// Accepts `true`, `1`, `false` and `0`, in either case.
///
/// # Errors
///
/// Returns an error for any other value.
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
    let value = trim_ows(value);
    match value {
        "true" | "True" | "1" => Ok(true),
        "false" | "False" | "0" => Ok(false),
        // These are rare, so they are compared more slowly.
        _ if value.eq_ignore_ascii_case("true") => Ok(true),
        _ if value.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(ParseError::new(IS_SAMPLED, ErrorKind::Flag)),
    }
}

/// An invalid header. The message names the header, the expected form and the invalid part.
///
/// It quotes at most one character of the value, escaped, so that it is safe to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    header: &'static str,
    kind: ErrorKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum ErrorKind {
    Id(ParseIdError),
    SpanIdLength(usize),
    Zero,
    Flag,
}

impl ParseError {
    #[cold]
    fn new(header: &'static str, kind: ErrorKind) -> Self {
        ParseError { header, kind }
    }

    /// Returns the name of the invalid header, in lower case.
    pub fn header(&self) -> &'static str {
        self.header
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.header)?;
        match &self.kind {
            ErrorKind::Id(error) => write!(f, "{error}"),
            ErrorKind::SpanIdLength(found) => write!(
                f,
                "expected 16 hex digits (or 8, 32, or a hyphenated GUID), found {found} bytes"
            ),
            ErrorKind::Zero => write!(f, "id must not be all zeros"),
            ErrorKind::Flag => write!(f, "expected true, false, 1 or 0"),
        }
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn parse_trace_id_accepts_digits_and_guids() {
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
    fn parse_trace_id_error_states_the_reason() {
        for (value, message) in [
            ("", "expected 32 hex digits, found 0 characters"),
            ("whatever", "expected 32 hex digits, found 8 characters"),
            (
                "00000000000000000000000000000000",
                "id must not be all zeros",
            ),
            (
                "00000000-0000-0000-0000-000000000000",
                "id must not be all zeros",
            ),
            (
                "{27bb7faa-4829-4cf4-9ae6-007d70905468}",
                "expected a hyphenated GUID of 36 characters, found 38",
            ),
            (
                "27bb7faa48294cf49ae6007d7090546ж",
                "invalid hex digit 'ж' at character 32",
            ),
            (
                "0x27bb7faa48294cf49ae6007d709054",
                "invalid hex digit 'x' at character 2",
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
    fn parse_span_id_error_states_the_reason() {
        for (value, message) in [
            (
                "",
                "expected 16 hex digits (or 8, 32, or a hyphenated GUID), found 0 bytes",
            ),
            (
                "0bcd098",
                "expected 16 hex digits (or 8, 32, or a hyphenated GUID), found 7 bytes",
            ),
            ("00000000", "id must not be all zeros"),
            ("0000000000000000", "id must not be all zeros"),
            (
                "000000000000000096032b13607e899e",
                "id must not be all zeros",
            ),
            ("0bcd098z", "invalid hex digit 'z' at character 8"),
            (
                "0bcd098a592642ж",
                "expected 16 hex digits, found 15 characters",
            ),
            (
                "0bcd098a592642e496032b13607e899g",
                "invalid hex digit 'g' at character 32",
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
    fn extract_reads_what_inject_writes() {
        let mut trace = KonturTrace::new(TraceId::from(5), SpanId::from(6), false);
        for (span_id, sampled, lines) in [
            (Some(SpanId::from(6)), Some(false), 3),
            (Some(SpanId::from(6)), None, 2),
            (None, None, 1),
        ] {
            (trace.span_id, trace.sampled) = (span_id, sampled);
            let mut headers = HashMap::new();
            trace.inject(&mut headers);
            assert_eq!(headers.len(), lines);
            assert_eq!(trace.to_string().lines().count(), lines);
            for (name, value) in &headers {
                let line = format!("{name}: {value}");
                assert!(trace.to_string().lines().any(|other| other == line));
            }
            let read = KonturTrace::extract(&headers, |error| panic!("{error}"));
            assert_eq!(read, Some(trace));
        }
    }

    #[test]
    fn extract_reports_each_invalid_header() {
        let headers = HashMap::from([
            (TRACE_ID.to_owned(), TraceId::from(5).to_string()),
            (SPAN_ID.to_owned(), "x".to_owned()),
            (IS_SAMPLED.to_owned(), "yes".to_owned()),
        ]);
        let errors = RefCell::new(Vec::new());
        let on_error = |error: &ParseError| errors.borrow_mut().push(error.header());
        let trace = KonturTrace::extract(&headers, on_error).unwrap();
        assert_eq!((trace.span_id, trace.sampled), (None, None));
        assert_eq!(errors.into_inner(), [SPAN_ID, IS_SAMPLED]);
    }

    #[test]
    fn parse_is_sampled_accepts_four_words_in_any_case() {
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
