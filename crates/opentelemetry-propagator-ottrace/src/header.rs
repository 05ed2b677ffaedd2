//! Parsing and writing of the `ot-tracer-*` headers.
//!
//! ```text
//! ot-tracer-traceid: 64fe8b2a57d3eff7    1 to 32 hex digits
//! ot-tracer-spanid: e457b5a2e4d86bd1     1 to 16 hex digits
//! ot-tracer-sampled: true                true, false, 1, 0
//! ot-baggage-user: 42                    a baggage entry
//! ```
//!
//! Digits and words may be in either case. Ids without leading zeros are padded. Whitespace around a
//! value is ignored.
//!
//! Sources: OpenTracing's basic tracers, OpenTelemetry's propagators for Go and Python.

use std::borrow::Cow;
use std::fmt;

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_core::internal::hex_string;
use opentelemetry_propagator_core::{decode_padded_hex, parse_first, trim_ows, ParseIdError};

/// The name of the header that contains the trace id.
#[doc(alias = "ot-tracer-traceid")]
pub const TRACE_ID: &str = "ot-tracer-traceid";

/// The name of the header that contains the caller's span id.
#[doc(alias = "ot-tracer-spanid")]
pub const SPAN_ID: &str = "ot-tracer-spanid";

/// The name of the header that contains the sampling decision.
#[doc(alias = "ot-tracer-sampled")]
pub const SAMPLED: &str = "ot-tracer-sampled";

/// The beginning of the names of the headers that contain one baggage entry each.
#[doc(alias = "ot-baggage")]
pub const BAGGAGE_PREFIX: &str = "ot-baggage-";

/// The trace that a set of `ot-tracer-*` headers contains.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry_propagator_ottrace::OtTrace;
///
/// let request = HashMap::from([
///     ("ot-tracer-traceid".to_owned(), "64fe8b2a57d3eff7".to_owned()),
///     ("ot-tracer-spanid".to_owned(), "e457b5a2e4d86bd1".to_owned()),
///     ("ot-tracer-sampled".to_owned(), "false".to_owned()),
/// ]);
/// let trace = OtTrace::extract(&request, |error| eprintln!("{error}")).unwrap();
/// assert_eq!(trace.trace_id.to_string(), "000000000000000064fe8b2a57d3eff7");
/// assert_eq!(trace.sampled, Some(false));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias("ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled"))]
pub struct OtTrace {
    /// The trace id. Parsing rejects zero.
    pub trace_id: TraceId,
    /// The caller's span id. Parsing rejects zero.
    pub span_id: SpanId,
    /// The sampling decision, or `None` if the header is missing or invalid.
    pub sampled: Option<bool>,
}

impl OtTrace {
    /// Creates a trace from the ids and the sampling decision of a span.
    #[inline]
    pub fn new(trace_id: TraceId, span_id: SpanId, sampled: bool) -> Self {
        OtTrace {
            trace_id,
            span_id,
            sampled: Some(sampled),
        }
    }

    /// Reads the headers of a carrier.
    ///
    /// Returns `None` if an id is missing or invalid. Calls `on_error` for each invalid header.
    #[inline]
    pub fn extract(extractor: &dyn Extractor, on_error: impl Fn(&ParseError)) -> Option<Self> {
        let trace_id = get(extractor, TRACE_ID, parse_trace_id, &on_error)?;
        Self::extract_rest(trace_id, extractor, &on_error)
    }

    /// Reads the headers other than that of the trace id.
    #[inline(never)]
    fn extract_rest(
        trace_id: TraceId,
        extractor: &dyn Extractor,
        on_error: &impl Fn(&ParseError),
    ) -> Option<Self> {
        Some(OtTrace {
            trace_id,
            span_id: get(extractor, SPAN_ID, parse_span_id, on_error)?,
            sampled: get(extractor, SAMPLED, parse_sampled, on_error),
        })
    }

    /// Writes the lower 64 bits of the trace id, the span id, and the sampling decision unless it is
    /// `None`.
    ///
    /// Other implementations do not write or read more of a trace id. Writes nothing and returns
    /// `false` if these bits are zero.
    #[inline]
    pub fn inject(&self, injector: &mut dyn Injector) -> bool {
        let [.., a, b, c, d, e, f, g, h] = self.trace_id.to_bytes();
        let trace_id = [a, b, c, d, e, f, g, h];
        if trace_id == [0; 8] {
            return false;
        }
        injector.set(TRACE_ID, hex_string(trace_id));
        injector.set(SPAN_ID, hex_string(self.span_id.to_bytes()));
        if let Some(sampled) = self.sampled {
            injector.set(SAMPLED, if sampled { "true" } else { "false" }.to_owned());
        }
        true
    }
}

impl fmt::Display for OtTrace {
    /// Writes the headers, one on each line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lower_half = u128::from_be_bytes(self.trace_id.to_bytes()) as u64;
        let span_id = self.span_id;
        write!(f, "{TRACE_ID}: {lower_half:016x}\n{SPAN_ID}: {span_id}")?;
        if let Some(sampled) = self.sampled {
            write!(f, "\n{SAMPLED}: {sampled}")?;
        }
        Ok(())
    }
}

/// Reads the first non-empty element of a header.
#[inline]
fn get<T>(
    extractor: &dyn Extractor,
    name: &str,
    parse: impl Fn(&str) -> Result<T, ParseError>,
    on_error: &impl Fn(&ParseError),
) -> Option<T> {
    match parse_first(extractor, name, parse)? {
        Ok(value) => Some(value),
        Err(error) => {
            on_error(&error);
            None
        }
    }
}

/// Parses the value of [`TRACE_ID`].
///
/// Accepts 1 to 32 hex digits, which are padded with zeros on the left. The id must not be zero.
///
/// # Errors
///
/// Returns an error if the value is not a valid trace id.
///
/// ```
/// use opentelemetry_propagator_ottrace::header::parse_trace_id;
///
/// assert_eq!(parse_trace_id("1f")?.to_string(), "0000000000000000000000000000001f");
/// assert_eq!(
///     parse_trace_id("0x1f").unwrap_err().to_string(),
///     "ot-tracer-traceid: invalid hex digit 'x' at character 2"
/// );
/// # Ok::<(), opentelemetry_propagator_ottrace::ParseError>(())
/// ```
#[inline]
pub fn parse_trace_id(value: &str) -> Result<TraceId, ParseError> {
    parse_id(TRACE_ID, value).map(TraceId::from_bytes)
}

/// Parses the value of [`SPAN_ID`].
///
/// Accepts 1 to 16 hex digits, which are padded with zeros on the left. The id must not be zero.
///
/// # Errors
///
/// Returns an error if the value is not a valid span id.
#[inline]
pub fn parse_span_id(value: &str) -> Result<SpanId, ParseError> {
    parse_id(SPAN_ID, value).map(SpanId::from_bytes)
}

#[inline]
fn parse_id<const N: usize>(header: &'static str, value: &str) -> Result<[u8; N], ParseError> {
    match decode_padded_hex(trim_ows(value)) {
        Ok(id) if id == [0; N] => Err(ParseError::new(header, ErrorKind::Zero)),
        Ok(id) => Ok(id),
        Err(error) => Err(ParseError::new(header, ErrorKind::Id(error))),
    }
}

/// Parses the value of [`SAMPLED`].
///
/// Accepts `true`, `1`, `false` and `0`, in either case.
///
/// # Errors
///
/// Returns an error for any other value.
#[inline]
pub fn parse_sampled(value: &str) -> Result<bool, ParseError> {
    let value = trim_ows(value);
    let is = |word: &str| value.eq_ignore_ascii_case(word);
    if is("true") || value == "1" {
        Ok(true)
    } else if is("false") || value == "0" {
        Ok(false)
    } else {
        Err(ParseError::new(SAMPLED, ErrorKind::Sampled))
    }
}

/// Returns the value of a baggage entry if it can be written, which is not encoded: visible ASCII
/// characters with spaces between them.
pub(crate) fn encode_baggage(value: &str) -> Option<Cow<'_, str>> {
    let is_writable = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    (is_writable && trim_ows(value).len() == value.len()).then_some(value.into())
}

/// Returns the value of a baggage entry, unless it contains control characters.
pub(crate) fn decode_baggage(value: &str) -> Option<Cow<'_, str>> {
    (!value.contains(char::is_control)).then_some(value.into())
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
    Zero,
    Sampled,
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
            ErrorKind::Zero => write!(f, "id must not be all zeros"),
            ErrorKind::Sampled => write!(f, "expected true, false, 1 or 0"),
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
    fn parse_ids_pads_with_zeros() {
        for (value, id) in [
            ("64fe8b2a57d3eff7", 0x64fe8b2a57d3eff7),
            ("64FE8B2A57D3EFF7", 0x64fe8b2a57d3eff7),
            (" 1\t", 1),
        ] {
            assert_eq!(
                parse_trace_id(value),
                Ok(TraceId::from(u128::from(id))),
                "{value:?}"
            );
            assert_eq!(parse_span_id(value), Ok(SpanId::from(id)), "{value:?}");
        }
        let long = "1234567890abcd01234";
        assert_eq!(
            parse_trace_id(long),
            Ok(TraceId::from(0x1234567890abcd01234))
        );
        assert!(parse_span_id(long).is_err());
    }

    #[test]
    fn parse_error_states_the_reason() {
        for (value, reason) in [
            ("", "expected 1 to 16 hex digits, found 0 characters"),
            (
                "00000000000000001",
                "expected 1 to 16 hex digits, found 17 characters",
            ),
            ("0000000000000000", "id must not be all zeros"),
            ("abc123!", "invalid hex digit '!' at character 7"),
            ("+1", "invalid hex digit '+' at character 1"),
        ] {
            let error = parse_span_id(value).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("ot-tracer-spanid: {reason}"),
                "{value:?}"
            );
            assert_eq!(error.header(), SPAN_ID);
        }
        let error = parse_trace_id("0").unwrap_err();
        assert_eq!(
            error.to_string(),
            "ot-tracer-traceid: id must not be all zeros"
        );
    }

    #[test]
    fn parse_sampled_accepts_four_words_in_any_case() {
        for value in ["true", "TRUE", "1", " true "] {
            assert_eq!(parse_sampled(value), Ok(true), "{value:?}");
        }
        for value in ["false", "False", "0"] {
            assert_eq!(parse_sampled(value), Ok(false), "{value:?}");
        }
        for value in ["", "wired", "01"] {
            assert_eq!(
                parse_sampled(value).unwrap_err().to_string(),
                "ot-tracer-sampled: expected true, false, 1 or 0",
                "{value:?}"
            );
        }
    }

    #[test]
    fn extract_reads_what_inject_writes() {
        for (sampled, lines) in [(Some(true), 3), (Some(false), 3), (None, 2)] {
            let mut trace = OtTrace::new(TraceId::from(5), SpanId::from(6), true);
            trace.sampled = sampled;
            let mut headers = HashMap::new();
            assert!(trace.inject(&mut headers));
            assert_eq!(headers.len(), lines);
            for (name, value) in &headers {
                let line = format!("{name}: {value}");
                assert!(trace.to_string().lines().any(|other| other == line));
            }
            let read = OtTrace::extract(&headers, |error| panic!("{error}"));
            assert_eq!(read, Some(trace));
        }
    }

    #[test]
    fn inject_writes_the_lower_half_of_the_trace_id() {
        let mut headers = HashMap::new();
        let long = OtTrace::new(TraceId::from(0x7 << 64 | 0xab), SpanId::from(6), true);
        assert!(long.inject(&mut headers));
        assert_eq!(headers[TRACE_ID], "00000000000000ab");

        let mut headers: HashMap<String, String> = HashMap::new();
        let zero = OtTrace::new(TraceId::from(0x7 << 64), SpanId::from(6), true);
        assert!(!zero.inject(&mut headers));
        assert!(headers.is_empty());
    }

    #[test]
    fn extract_reports_each_invalid_header() {
        let headers = HashMap::from([
            (TRACE_ID.to_owned(), "5".to_owned()),
            (SPAN_ID.to_owned(), "6".to_owned()),
            (SAMPLED.to_owned(), "yes".to_owned()),
        ]);
        let errors = RefCell::new(Vec::new());
        let on_error = |error: &ParseError| errors.borrow_mut().push(error.header());
        let trace = OtTrace::extract(&headers, on_error).unwrap();
        assert_eq!(trace.sampled, None);
        assert_eq!(errors.into_inner(), [SAMPLED]);
    }

    #[test]
    fn baggage_values_are_written_verbatim_or_not_at_all() {
        for value in ["a b%20,;=\"", "~"] {
            assert_eq!(encode_baggage(value).as_deref(), Some(value));
            assert_eq!(decode_baggage(value).as_deref(), Some(value));
        }
        for value in [" a", "a ", "\u{e9}", "a\tb"] {
            assert_eq!(encode_baggage(value), None, "{value:?}");
        }
        assert_eq!(decode_baggage("\u{e9}").as_deref(), Some("\u{e9}"));
        for value in ["a\r\nb", "\u{7f}", "\u{85}"] {
            assert_eq!(decode_baggage(value), None, "{value:?}");
        }
    }
}
