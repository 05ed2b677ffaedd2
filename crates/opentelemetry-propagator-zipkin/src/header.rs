//! Parsing and writing of the B3 headers.
//!
//! ```text
//! b3: 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90
//!     ^ trace id, 32 or 16 digits      ^ span id        ^ ^ parent span id, ignored
//!                                                       ^ 1, 0 or d; absent if deferred
//!
//! x-b3-traceid: 80f198ee56343ba864fe8b2a57d3eff7
//! x-b3-spanid: e457b5a2e4d86bd1
//! x-b3-sampled: 1                                       1, 0, true or false; absent if deferred
//! x-b3-flags: 1                                         1 if debug
//! ```
//!
//! Ids are lower-case hex digits.
//!
//! Source: openzipkin/b3-propagation.

use std::fmt;

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_core::internal::{
    decode_ids, decode_lower_hex, hex_string, push_ids, IDS_LEN,
};
use opentelemetry_propagator_core::{decode_hex, parse_first, trim_ows, ParseIdError};

/// The name of the header that contains all fields in one value.
pub const B3: &str = "b3";

/// The name of the header that contains the trace id alone.
#[doc(alias = "X-B3-TraceId")]
pub const TRACE_ID: &str = "x-b3-traceid";

/// The name of the header that contains the caller's span id alone.
#[doc(alias = "X-B3-SpanId")]
pub const SPAN_ID: &str = "x-b3-spanid";

/// The name of the header that contains the sampling decision alone.
#[doc(alias = "X-B3-Sampled")]
pub const SAMPLED: &str = "x-b3-sampled";

/// The name of the header that contains the debug flag alone.
#[doc(alias = "X-B3-Flags")]
pub const FLAGS: &str = "x-b3-flags";

/// A stated sampling decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The trace is not sampled.
    NotSampled,
    /// The trace is sampled.
    Sampled,
    /// The trace is sampled, and the backend should keep it.
    Debug,
}

impl Decision {
    /// Parses the decision in [`B3`], which is `1`, `0` or `d`. `true` and `false` are accepted as
    /// well.
    ///
    /// # Errors
    ///
    /// Returns an error for any other value.
    ///
    /// ```
    /// use opentelemetry_propagator_zipkin::Decision;
    ///
    /// assert_eq!(Decision::parse("d"), Ok(Decision::Debug));
    /// assert!(Decision::parse("2").is_err());
    /// ```
    #[inline]
    pub fn parse(value: &str) -> Result<Self, ParseError> {
        match trim_ows(value) {
            "d" => Ok(Decision::Debug),
            value => match parse_bool(value) {
                Some(sampled) => Ok(sampled.into()),
                None => Err(ParseError::new(B3, ErrorKind::Decision)),
            },
        }
    }

    /// Returns the decision as a field of [`B3`].
    #[inline]
    pub fn encode(self) -> &'static str {
        match self {
            Decision::NotSampled => "0",
            Decision::Sampled => "1",
            Decision::Debug => "d",
        }
    }

    /// Whether the trace is sampled.
    #[inline]
    pub fn is_sampled(self) -> bool {
        self != Decision::NotSampled
    }
}

impl From<bool> for Decision {
    fn from(sampled: bool) -> Self {
        match sampled {
            true => Decision::Sampled,
            false => Decision::NotSampled,
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.encode())
    }
}

/// The trace that [`B3`] contains, or the headers that begin with `x-b3-`.
///
/// ```
/// use opentelemetry_propagator_zipkin::{B3Trace, Decision};
///
/// let trace = B3Trace::parse("64fe8b2a57d3eff7-e457b5a2e4d86bd1-1")?;
/// assert_eq!(trace.trace_id.to_string(), "000000000000000064fe8b2a57d3eff7");
/// assert_eq!(trace.decision, Some(Decision::Sampled));
/// assert_eq!(trace.encode(), "000000000000000064fe8b2a57d3eff7-e457b5a2e4d86bd1-1");
/// # Ok::<(), opentelemetry_propagator_zipkin::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias("b3", "X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled", "X-B3-Flags"))]
pub struct B3Trace {
    /// The trace id. Parsing rejects zero.
    pub trace_id: TraceId,
    /// The caller's span id. Parsing rejects zero.
    pub span_id: SpanId,
    /// The sampling decision, or `None` if it is deferred.
    pub decision: Option<Decision>,
}

impl B3Trace {
    /// Creates the value for a span. `decision` is `None` if it is deferred.
    #[inline]
    pub fn new(trace_id: TraceId, span_id: SpanId, decision: Option<Decision>) -> Self {
        B3Trace {
            trace_id,
            span_id,
            decision,
        }
    }

    /// Parses the value of [`B3`].
    ///
    /// A trace id of 16 digits is padded with zeros on the left. A decision that is missing or
    /// invalid is deferred. The parent span id is ignored. A comma ends the value.
    ///
    /// # Errors
    ///
    /// Returns an error if an id is missing, invalid or zero, or if there are more than four
    /// fields. A value that consists of a decision alone contains no trace; [`Decision::parse`]
    /// parses it.
    #[inline]
    pub fn parse(value: &str) -> Result<Self, ParseError> {
        Self::parse_ids(value).ok_or_else(|| ParseError::new(B3, ErrorKind::of_value(value)))
    }

    #[inline]
    fn parse_ids(value: &str) -> Option<Self> {
        let value = trim_ows(value);
        let bytes = value.as_bytes();
        let mut padded = [b'0'; IDS_LEN];
        let (ids, rest) = match bytes.get(32) {
            Some(b'-') => (bytes.get(..IDS_LEN)?, &bytes[IDS_LEN..]),
            _ => {
                padded[16..].copy_from_slice(bytes.get(..33)?);
                (&padded[..], &bytes[33..])
            }
        };
        let (trace_id, span_id) = decode_ids(ids.try_into().ok()?, b'-')?;
        let decision = match rest {
            [] => None,
            [b'-', b'1'] => Some(Decision::Sampled),
            [b'-', b'0'] => Some(Decision::NotSampled),
            // The value is ASCII up to here.
            rest => Self::parse_rest(&value[value.len() - rest.len()..])?,
        };
        Some(B3Trace::new(trace_id, span_id, decision))
    }

    /// Parses what follows the ids. Returns `None` if there are too many fields.
    #[inline(never)]
    fn parse_rest(rest: &str) -> Option<Option<Decision>> {
        // Whitespace after an id is only allowed at the end of the value.
        let rest = rest.split(',').next().unwrap_or_default();
        let rest = rest.trim_end_matches([' ', '\t']);
        if rest.is_empty() {
            return Some(None);
        }
        let mut fields = rest.strip_prefix('-')?.splitn(3, '-');
        let decision = fields.next().and_then(|field| match field {
            "d" => Some(Decision::Debug),
            field => parse_bool(field).map(Decision::from),
        });
        let _parent_span_id = fields.next();
        fields.next().is_none().then_some(decision)
    }

    /// Returns the value of [`B3`].
    #[inline]
    pub fn encode(&self) -> String {
        let decision = self.decision.map_or("", Decision::encode);
        let mut value = String::with_capacity(IDS_LEN + 2 * decision.len());
        push_ids(self.trace_id, self.span_id, &mut value);
        if !decision.is_empty() {
            value.push('-');
            value.push_str(decision);
        }
        value
    }

    /// Reads the headers that begin with `x-b3-`.
    ///
    /// Returns `None` if an id is missing or invalid. Calls `on_error` for each invalid header.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use opentelemetry_propagator_zipkin::{B3Trace, Decision};
    ///
    /// let request = HashMap::from([
    ///     ("x-b3-traceid".to_owned(), "80f198ee56343ba864fe8b2a57d3eff7".to_owned()),
    ///     ("x-b3-spanid".to_owned(), "e457b5a2e4d86bd1".to_owned()),
    ///     ("x-b3-sampled".to_owned(), "false".to_owned()),
    /// ]);
    /// let trace = B3Trace::extract_multi(&request, |error| eprintln!("{error}")).unwrap();
    /// assert_eq!(trace.decision, Some(Decision::NotSampled));
    /// ```
    #[inline]
    pub fn extract_multi(
        extractor: &dyn Extractor,
        on_error: impl Fn(&ParseError),
    ) -> Option<Self> {
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
        let span_id = get(extractor, SPAN_ID, parse_span_id, on_error)?;
        // Other values have no meaning, so they are not reported.
        let debug = |value: &str| parse_flags(value).then_some(()).ok_or(());
        let decision = match parse_first(extractor, FLAGS, debug) {
            Some(Ok(())) => Some(Decision::Debug),
            _ => get(extractor, SAMPLED, parse_sampled, on_error).map(Decision::from),
        };
        Some(B3Trace::new(trace_id, span_id, decision))
    }

    /// Writes the headers that begin with `x-b3-`: the ids, and unless the decision is deferred,
    /// one of [`SAMPLED`] and [`FLAGS`].
    #[inline]
    pub fn inject_multi(&self, injector: &mut dyn Injector) {
        injector.set(TRACE_ID, hex_string(self.trace_id.to_bytes()));
        injector.set(SPAN_ID, hex_string(self.span_id.to_bytes()));
        match self.decision {
            None => {}
            Some(Decision::Debug) => injector.set(FLAGS, "1".to_owned()),
            Some(decision) => injector.set(SAMPLED, decision.encode().to_owned()),
        }
    }
}

impl fmt::Display for B3Trace {
    /// Writes the value of [`B3`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.encode())
    }
}

/// Returns the text before the first comma, without the whitespace around it.
fn first_element(value: &str) -> &str {
    trim_ows(value.split(',').next().unwrap_or_default())
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
/// Accepts 32 lower-case hex digits, or 16, which are padded with zeros on the left. The id must
/// not be zero.
///
/// # Errors
///
/// Returns an error if the value is not a valid trace id.
///
/// ```
/// use opentelemetry_propagator_zipkin::header::parse_trace_id;
///
/// let id = parse_trace_id("64fe8b2a57d3eff7")?;
/// assert_eq!(id.to_string(), "000000000000000064fe8b2a57d3eff7");
///
/// let error = parse_trace_id("64fe8b2a").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "x-b3-traceid: trace id: expected 32 or 16 hex digits, found 8 bytes"
/// );
/// # Ok::<(), opentelemetry_propagator_zipkin::ParseError>(())
/// ```
#[inline]
pub fn parse_trace_id(value: &str) -> Result<TraceId, ParseError> {
    let value = trim_ows(value);
    let bytes = match value.len() {
        16 => decode_lower_hex(value.as_bytes())
            .map(|half| u128::from(u64::from_be_bytes(half)).to_be_bytes()),
        _ => decode_lower_hex(value.as_bytes()),
    };
    match bytes.map(TraceId::from_bytes) {
        Some(id) if id != TraceId::INVALID => Ok(id),
        _ => Err(ParseError::new(TRACE_ID, ErrorKind::of_trace_id(value))),
    }
}

/// Parses the value of [`SPAN_ID`].
///
/// Accepts 16 lower-case hex digits. The id must not be zero.
///
/// # Errors
///
/// Returns an error if the value is not a valid span id.
#[inline]
pub fn parse_span_id(value: &str) -> Result<SpanId, ParseError> {
    let value = trim_ows(value);
    match decode_lower_hex(value.as_bytes()).map(SpanId::from_bytes) {
        Some(id) if id != SpanId::INVALID => Ok(id),
        _ => Err(ParseError::new(SPAN_ID, ErrorKind::of_id::<8>(SPAN, value))),
    }
}

/// Parses the value of [`SAMPLED`].
///
/// Accepts `1` and `0`, and `true` and `false` in either case.
///
/// # Errors
///
/// Returns an error for any other value.
#[inline]
pub fn parse_sampled(value: &str) -> Result<bool, ParseError> {
    parse_bool(trim_ows(value)).ok_or_else(|| ParseError::new(SAMPLED, ErrorKind::Sampled))
}

/// Whether the value of [`FLAGS`] contains the debug flag. Only `1` does. Any other value has no
/// meaning.
#[inline]
pub fn parse_flags(value: &str) -> bool {
    trim_ows(value) == "1"
}

#[inline]
fn parse_bool(value: &str) -> Option<bool> {
    let is = |word: &str| value.eq_ignore_ascii_case(word);
    match value {
        "1" => Some(true),
        "0" => Some(false),
        _ if is("true") => Some(true),
        _ if is("false") => Some(false),
        _ => None,
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
    Empty,
    Id(&'static str, ParseIdError),
    TraceIdLength(usize),
    UpperCase(&'static str),
    Zero(&'static str),
    MissingSpanId,
    Fields,
    Decision,
    Sampled,
}

const TRACE: &str = "trace id";
const SPAN: &str = "span id";

impl ErrorKind {
    /// Returns the reason why `value` is not a valid [`B3`].
    #[cold]
    fn of_value(value: &str) -> Self {
        let value = first_element(value);
        if value.is_empty() {
            return ErrorKind::Empty;
        }
        let mut fields = value.splitn(3, '-');
        let trace_id = fields.next().unwrap_or_default();
        let Some(span_id) = fields.next() else {
            return ErrorKind::MissingSpanId;
        };
        match (Self::of_trace_id(trace_id), Self::of_id::<8>(SPAN, span_id)) {
            (ErrorKind::Fields, error) | (error, _) => error,
        }
    }

    /// Returns the reason why `digits` is not a valid trace id.
    #[cold]
    fn of_trace_id(digits: &str) -> Self {
        match digits.len() {
            16 => Self::of_id::<8>(TRACE, digits),
            32 => Self::of_id::<16>(TRACE, digits),
            len => ErrorKind::TraceIdLength(len),
        }
    }

    /// Returns the reason why `digits` is not a valid id, or [`ErrorKind::Fields`] if it is valid.
    #[cold]
    fn of_id<const N: usize>(which: &'static str, digits: &str) -> Self {
        match decode_hex::<N>(digits) {
            Err(error) => ErrorKind::Id(which, error),
            Ok(id) if id == [0; N] => ErrorKind::Zero(which),
            Ok(_) if digits.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                ErrorKind::UpperCase(which)
            }
            Ok(_) => ErrorKind::Fields,
        }
    }
}

impl ParseError {
    /// Whether the value has no elements.
    pub(crate) fn is_empty_value(&self) -> bool {
        self.kind == ErrorKind::Empty
    }

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
            ErrorKind::Empty => write!(f, "empty value"),
            ErrorKind::Id(which, error) => write!(f, "{which}: {error}"),
            ErrorKind::TraceIdLength(found) => {
                write!(
                    f,
                    "{TRACE}: expected 32 or 16 hex digits, found {found} bytes"
                )
            }
            ErrorKind::UpperCase(which) => write!(f, "{which}: expected lower-case hex digits"),
            ErrorKind::Zero(which) => write!(f, "{which}: id must not be all zeros"),
            ErrorKind::MissingSpanId => {
                write!(f, "expected a span id after the trace id and a hyphen")
            }
            ErrorKind::Fields => write!(f, "expected at most four fields, separated by hyphens"),
            ErrorKind::Decision => write!(f, "expected the decision 0, 1 or d"),
            ErrorKind::Sampled => write!(f, "expected 1, 0, true or false"),
        }
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::HashMap;

    use super::*;

    const TRACE: &str = "80f198ee56343ba864fe8b2a57d3eff7";
    const HALF: &str = "64fe8b2a57d3eff7";
    const SPAN: &str = "e457b5a2e4d86bd1";

    #[test]
    fn parse_accepts_every_form_of_the_decision() {
        use Decision::{Debug, NotSampled, Sampled};
        for (rest, decision) in [
            ("", None),
            ("-", None),
            ("--05e3ac9a4f6e3b90", None),
            ("-x", None),
            ("-D", None),
            ("-05e3ac9a4f6e3b90", None),
            ("-1", Some(Sampled)),
            ("-0", Some(NotSampled)),
            ("-d", Some(Debug)),
            ("-true", Some(Sampled)),
            ("-FALSE", Some(NotSampled)),
            ("-1-05e3ac9a4f6e3b90", Some(Sampled)),
            ("-0-", Some(NotSampled)),
            ("-d-junk", Some(Debug)),
            ("-0,x-1", Some(NotSampled)),
            ("\t, x", None),
        ] {
            for trace_id in [TRACE, HALF] {
                let value = format!(" {trace_id}-{SPAN}{rest} ");
                let trace = B3Trace::parse(&value).unwrap();
                let padded = format!("{trace_id:0>32}");
                assert_eq!(trace.trace_id.to_string(), padded, "{value:?}");
                assert_eq!(trace.span_id.to_string(), SPAN, "{value:?}");
                assert_eq!(trace.decision, decision, "{value:?}");
            }
        }
    }

    #[test]
    fn parse_error_states_the_reason() {
        let zeros = "0".repeat(32);
        for (value, reason) in [
            (String::new(), "empty value"),
            (" , ".to_owned(), "empty value"),
            (
                "0".to_owned(),
                "expected a span id after the trace id and a hyphen",
            ),
            (
                TRACE.to_owned(),
                "expected a span id after the trace id and a hyphen",
            ),
            (
                format!("{TRACE}-{SPAN}-1-{SPAN}-x"),
                "expected at most four fields, separated by hyphens",
            ),
            (
                format!("-{SPAN}"),
                "trace id: expected 32 or 16 hex digits, found 0 bytes",
            ),
            (
                format!("{}-{SPAN}", &TRACE[1..]),
                "trace id: expected 32 or 16 hex digits, found 31 bytes",
            ),
            (
                format!("{TRACE}-{}", &SPAN[1..]),
                "span id: expected 16 hex digits, found 15 characters",
            ),
            (
                format!("{TRACE}-{SPAN} -1"),
                "span id: expected 16 hex digits, found 17 characters",
            ),
            (
                format!("{TRACE}-{SPAN}0-1"),
                "span id: expected 16 hex digits, found 17 characters",
            ),
            (
                format!("{TRACE}-"),
                "span id: expected 16 hex digits, found 0 characters",
            ),
            (
                format!("{}-{SPAN}", TRACE.to_uppercase()),
                "trace id: expected lower-case hex digits",
            ),
            (
                format!("{HALF}-{}", SPAN.to_uppercase()),
                "span id: expected lower-case hex digits",
            ),
            (
                format!("{zeros}-{SPAN}"),
                "trace id: id must not be all zeros",
            ),
            (
                format!("{}-{SPAN}", &zeros[16..]),
                "trace id: id must not be all zeros",
            ),
            (
                format!("{TRACE}-{}", &zeros[16..]),
                "span id: id must not be all zeros",
            ),
            (
                format!("+{}-{SPAN}", &TRACE[1..]),
                "trace id: invalid hex digit '+' at character 1",
            ),
            (
                format!("{TRACE}-{}ж", &SPAN[2..]),
                "span id: expected 16 hex digits, found 15 characters",
            ),
            (
                format!("{TRACE}-{SPAN}ж"),
                "span id: expected 16 hex digits, found 17 characters",
            ),
        ] {
            let error = B3Trace::parse(&value).unwrap_err();
            assert_eq!(error.to_string(), format!("b3: {reason}"), "{value:?}");
            assert_eq!(error.header(), B3);
        }
    }

    #[test]
    fn parse_reads_what_encode_writes() {
        for decision in [
            None,
            Some(Decision::NotSampled),
            Some(Decision::Sampled),
            Some(Decision::Debug),
        ] {
            let trace = B3Trace::new(TraceId::from(5), SpanId::from(6), decision);
            let value = trace.encode();
            assert_eq!(value.capacity(), value.len());
            assert_eq!(B3Trace::parse(&value), Ok(trace));
            assert_eq!(trace.to_string(), value);

            let mut headers = HashMap::new();
            trace.inject_multi(&mut headers);
            let read = B3Trace::extract_multi(&headers, |error| panic!("{error}"));
            assert_eq!(read, Some(trace));
            assert_eq!(headers.len(), 2 + usize::from(decision.is_some()));
        }
    }

    #[test]
    fn decision_is_parsed_alone() {
        assert_eq!(Decision::parse(" 0 "), Ok(Decision::NotSampled));
        assert_eq!(Decision::parse("1"), Ok(Decision::Sampled));
        assert_eq!(Decision::parse("d"), Ok(Decision::Debug));
        for value in ["", "2", "D", TRACE] {
            let error = Decision::parse(value).unwrap_err();
            assert_eq!(error.to_string(), "b3: expected the decision 0, 1 or d");
        }
    }

    fn headers(headers: &[(&str, &str)]) -> HashMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        headers.iter().map(owned).collect()
    }

    #[test]
    fn extract_multi_reads_flags_before_sampled() {
        use Decision::{Debug, NotSampled, Sampled};
        for (sampled, flags, decision) in [
            ("1", "0", Some(Sampled)),
            ("0", "1", Some(Debug)),
            ("", "1", Some(Debug)),
            ("0", "2", Some(NotSampled)),
            ("d", "", None),
            ("", "", None),
            ("TRUE", "true", Some(Sampled)),
            (" false", "", Some(NotSampled)),
            ("0,1", "1,0", Some(Debug)),
            ("0,1", "0,1", Some(NotSampled)),
        ] {
            let headers = headers(&[
                (TRACE_ID, TRACE),
                (SPAN_ID, SPAN),
                (SAMPLED, sampled),
                (FLAGS, flags),
            ]);
            let trace = B3Trace::extract_multi(&headers, |_| {}).unwrap();
            assert_eq!(trace.decision, decision, "{sampled:?} {flags:?}");
        }
    }

    #[test]
    fn extract_multi_reports_each_invalid_header() {
        for (trace_id, span_id, errors) in [
            (
                "x",
                SPAN,
                &["x-b3-traceid: trace id: expected 32 or 16 hex digits, found 1 bytes"][..],
            ),
            (
                "0000000000000000",
                SPAN,
                &["x-b3-traceid: trace id: id must not be all zeros"],
            ),
            (
                TRACE,
                "0000000000000000",
                &["x-b3-spanid: span id: id must not be all zeros"],
            ),
            (HALF, SPAN, &["x-b3-sampled: expected 1, 0, true or false"]),
        ] {
            let headers = headers(&[(TRACE_ID, trace_id), (SPAN_ID, span_id), (SAMPLED, "?")]);
            let reported = RefCell::new(Vec::new());
            B3Trace::extract_multi(&headers, |error| {
                reported.borrow_mut().push(error.to_string())
            });
            assert_eq!(reported.into_inner(), errors);
        }
    }
}
