//! Parsing and writing of the `uber-trace-id` header.
//!
//! ```text
//! uber-trace-id: 5759e988bd862e3fe1be46a994272793:53995c3f42cd8ad8:0:1
//!                ^ trace id, 1 to 32 digits       ^ span id        ^ parent span id, ignored
//!                                                                    ^ flags: 1 sampled, 2 debug
//! ```
//!
//! Ids and flags are hex digits of either case. Ids without leading zeros are padded. A colon may
//! be percent-encoded.
//!
//! Source: Jaeger's documentation, "Propagation Format".

use std::fmt;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_core::internal::{decode_ids, push_hex};
use opentelemetry_propagator_core::{decode_padded_hex, trim_ows, ParseIdError};

/// The name of the header that contains the trace.
#[doc(alias = "Uber-Trace-Id")]
pub const UBER_TRACE_ID: &str = "uber-trace-id";

/// The name of the header that contains baggage without a trace.
#[doc(alias = "jaeger-baggage")]
pub const JAEGER_BAGGAGE: &str = "jaeger-baggage";

/// The beginning of the names of the headers that contain one baggage entry each.
#[doc(alias = "uberctx")]
pub const BAGGAGE_PREFIX: &str = "uberctx-";

/// The trace that a `uber-trace-id` contains.
///
/// ```
/// use opentelemetry_propagator_jaeger::JaegerTrace;
///
/// let trace = JaegerTrace::parse("e1be46a994272793:53995c3f42cd8ad8:0:1")?;
/// assert_eq!(trace.trace_id.to_string(), "0000000000000000e1be46a994272793");
/// assert_eq!(trace.sampled, Some(true));
/// assert_eq!(trace.encode(), "0000000000000000e1be46a994272793:53995c3f42cd8ad8:0:1");
/// # Ok::<(), opentelemetry_propagator_jaeger::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias = "uber-trace-id")]
pub struct JaegerTrace {
    /// The trace id. Parsing rejects zero.
    pub trace_id: TraceId,
    /// The caller's span id. Parsing rejects zero.
    pub span_id: SpanId,
    /// The sampling decision. `None` if the flags are invalid.
    pub sampled: Option<bool>,
    /// Whether the backend should keep the trace. Only a sampled trace has this flag.
    pub is_debug: bool,
}

const SAMPLED: u8 = 1;
const DEBUG: u8 = 2;

/// The length of the value: 32 and 16 digits, two digits, and three colons.
const LEN: usize = 53;

impl JaegerTrace {
    /// Creates the value for a span.
    #[inline]
    pub fn new(trace_id: TraceId, span_id: SpanId, sampled: bool) -> Self {
        JaegerTrace {
            trace_id,
            span_id,
            sampled: Some(sampled),
            is_debug: false,
        }
    }

    /// Parses the value of the header, which has four fields.
    ///
    /// The parent span id is ignored. Flags that are empty, larger than `ff` or not hex digits state
    /// no decision. A comma ends the value.
    ///
    /// # Errors
    ///
    /// Returns an error if there are more or fewer fields, or if an id is missing, invalid or zero.
    #[inline]
    pub fn parse(value: &str) -> Result<Self, ParseError> {
        match Self::parse_usual(value.as_bytes()) {
            Some(trace) => Ok(trace),
            None => Self::parse_fields(value).map_err(ParseError),
        }
    }

    /// Parses the form of the header that is usually sent, with ids of full length.
    #[inline]
    fn parse_usual(value: &[u8]) -> Option<Self> {
        let (flags, rest) = value.split_last()?;
        let (ids, b":0:") = rest.split_at(rest.len().checked_sub(3)?) else {
            return None;
        };
        let (trace_id, span_id) = decode_ids(ids.try_into().ok()?, b':')?;
        let sampled = match flags {
            b'1' => true,
            b'0' => false,
            _ => return None,
        };
        Some(JaegerTrace::new(trace_id, span_id, sampled))
    }

    #[inline(never)]
    fn parse_fields(value: &str) -> Result<Self, ErrorKind> {
        let element = trim_ows(value.split(',').next().unwrap_or_default());
        if element.is_empty() {
            return Err(ErrorKind::Empty);
        }
        let mut rest = Some(element);
        let mut next = || {
            let (field, after) = split_colon(rest.ok_or(ErrorKind::Fields)?);
            rest = after;
            Ok(field)
        };
        let (trace_id, span_id, _parent_span_id, flags) = (next()?, next()?, next()?, next()?);
        if rest.is_some() {
            return Err(ErrorKind::Fields);
        }
        let trace_id = parse_id("trace id", trace_id)?;
        let span_id = parse_id("span id", span_id)?;
        let flags = parse_flags(flags);
        let sampled = flags.map(|flags| flags & SAMPLED != 0);
        Ok(JaegerTrace {
            trace_id: TraceId::from_bytes(trace_id),
            span_id: SpanId::from_bytes(span_id),
            sampled,
            is_debug: sampled == Some(true) && flags.is_some_and(|flags| flags & DEBUG != 0),
        })
    }

    /// Returns the value of the header. A decision that is `None` is written as not sampled.
    #[inline]
    pub fn encode(&self) -> String {
        let mut value = String::with_capacity(LEN);
        push_hex(&self.trace_id.to_bytes(), &mut value);
        value.push(':');
        push_hex(&self.span_id.to_bytes(), &mut value);
        value.push_str(match (self.is_debug, self.sampled) {
            (true, _) => ":0:3",
            (false, Some(true)) => ":0:1",
            (false, _) => ":0:0",
        });
        value
    }
}

/// Splits a text at its first colon, which may be percent-encoded.
fn split_colon(text: &str) -> (&str, Option<&str>) {
    let bytes = text.as_bytes();
    let separator = bytes.iter().enumerate().find_map(|(at, byte)| match byte {
        b':' => Some((at, 1)),
        b'%' if matches!(bytes[at..], [_, b'3', b'A' | b'a', ..]) => Some((at, 3)),
        _ => None,
    });
    match separator {
        Some((at, len)) => (&text[..at], Some(&text[at + len..])),
        None => (text, None),
    }
}

fn parse_id<const N: usize>(which: &'static str, digits: &str) -> Result<[u8; N], ErrorKind> {
    match decode_padded_hex(digits) {
        Ok(id) if id == [0; N] => Err(ErrorKind::Zero(which)),
        Ok(id) => Ok(id),
        Err(error) => Err(ErrorKind::Id(which, error)),
    }
}

/// Parses the flags, which are a number up to `ff`, possibly with leading zeros.
fn parse_flags(digits: &str) -> Option<u8> {
    let significant = match digits.trim_start_matches('0') {
        "" if !digits.is_empty() => "0",
        significant => significant,
    };
    let [flags] = decode_padded_hex(significant).ok()?;
    Some(flags)
}

impl fmt::Display for JaegerTrace {
    /// Writes the value of the header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.encode())
    }
}

/// An invalid header. The message states the field, the expected form and the invalid part.
///
/// It quotes at most one character of the value, escaped, so that it is safe to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError(ErrorKind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum ErrorKind {
    Empty,
    Fields,
    Id(&'static str, ParseIdError),
    Zero(&'static str),
}

impl ParseError {
    /// Returns the name of the invalid header, in lower case.
    pub fn header(&self) -> &'static str {
        UBER_TRACE_ID
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{UBER_TRACE_ID}: ")?;
        match &self.0 {
            ErrorKind::Empty => write!(f, "empty value"),
            ErrorKind::Fields => write!(f, "expected four fields, separated by colons"),
            ErrorKind::Id(which, error) => write!(f, "{which}: {error}"),
            ErrorKind::Zero(which) => write!(f, "{which}: id must not be all zeros"),
        }
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "5759e988bd862e3fe1be46a994272793";
    const SPAN: &str = "53995c3f42cd8ad8";

    #[test]
    fn parse_accepts_ids_without_leading_zeros() {
        for (ids, trace_id, span_id) in [
            (
                format!("{TRACE}:{SPAN}"),
                0x5759e988bd862e3fe1be46a994272793,
                0x53995c3f42cd8ad8,
            ),
            (
                format!("{TRACE}:{SPAN}").to_uppercase(),
                0x5759e988bd862e3fe1be46a994272793,
                0x53995c3f42cd8ad8,
            ),
            (
                format!("{TRACE}%3A{SPAN}"),
                0x5759e988bd862e3fe1be46a994272793,
                0x53995c3f42cd8ad8,
            ),
            ("e1be46a994272793%3a1".to_owned(), 0xe1be46a994272793, 1),
            ("a:0000000000000001".to_owned(), 10, 1),
        ] {
            let trace = JaegerTrace::parse(&format!(" {ids}:0:1\t,x")).unwrap();
            assert_eq!(trace.trace_id, TraceId::from(trace_id), "{ids}");
            assert_eq!(trace.span_id, SpanId::from(span_id), "{ids}");
            assert_eq!(trace.sampled, Some(true), "{ids}");
        }
    }

    #[test]
    fn parse_reads_the_flags_as_hex() {
        for (flags, sampled, is_debug) in [
            ("0", Some(false), false),
            ("1", Some(true), false),
            ("2", Some(false), false),
            ("3", Some(true), true),
            ("5", Some(true), false),
            ("9", Some(true), false),
            ("B", Some(true), true),
            ("01", Some(true), false),
            ("00", Some(false), false),
            ("00001", Some(true), false),
            ("10", Some(false), false),
            ("ff", Some(true), true),
            ("", None, false),
            ("100", None, false),
            ("10220", None, false),
            ("wired", None, false),
            ("+1", None, false),
            ("1 1", None, false),
        ] {
            for parent in ["0", "", "whatever", SPAN] {
                let value = format!("{TRACE}:{SPAN}:{parent}:{flags}");
                let trace = JaegerTrace::parse(&value).unwrap();
                assert_eq!(trace.sampled, sampled, "{value:?}");
                assert_eq!(trace.is_debug, is_debug, "{value:?}");
            }
        }
    }

    #[test]
    fn parse_error_states_the_reason() {
        for (value, reason) in [
            ("", "empty value"),
            (" ,", "empty value"),
            ("x", "expected four fields, separated by colons"),
            ("1:2:3", "expected four fields, separated by colons"),
            ("1:2:0:1:", "expected four fields, separated by colons"),
            ("1:2:0%3A1%3A0", "expected four fields, separated by colons"),
            (
                ":2:0:1",
                "trace id: expected 1 to 32 hex digits, found 0 characters",
            ),
            (
                "5759e988bd862e3fe1be46a9942727930:2:0:1",
                "trace id: expected 1 to 32 hex digits, found 33 characters",
            ),
            ("0:2:0:1", "trace id: id must not be all zeros"),
            (
                "abc%G:2:0:1",
                "trace id: invalid hex digit '%' at character 4",
            ),
            ("1 :2:0:1", "trace id: invalid hex digit ' ' at character 2"),
            (
                "0x1:2:0:1",
                "trace id: invalid hex digit 'x' at character 2",
            ),
            (
                "1::0:1",
                "span id: expected 1 to 16 hex digits, found 0 characters",
            ),
            (
                "1:00000000000000002:0:1",
                "span id: expected 1 to 16 hex digits, found 17 characters",
            ),
            (
                "1:0000000000000000:0:1",
                "span id: id must not be all zeros",
            ),
            ("1:-2:0:1", "span id: invalid hex digit '-' at character 1"),
        ] {
            let error = JaegerTrace::parse(value).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("uber-trace-id: {reason}"),
                "{value:?}"
            );
            assert_eq!(error.header(), UBER_TRACE_ID);
        }
    }

    #[test]
    fn parse_reads_what_encode_writes() {
        for (sampled, is_debug, flags) in
            [(false, false, "0"), (true, false, "1"), (true, true, "3")]
        {
            let mut trace = JaegerTrace::new(TraceId::from(5), SpanId::from(6), sampled);
            trace.is_debug = is_debug;
            let value = trace.encode();
            assert_eq!(value, format!("{:032x}:{:016x}:0:{flags}", 5, 6));
            assert_eq!(value.capacity(), value.len());
            assert_eq!(JaegerTrace::parse(&value), Ok(trace));
            assert_eq!(trace.to_string(), value);
        }
    }
}
