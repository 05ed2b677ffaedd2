//! The `sentry-trace` header.
//!
//! ```text
//! sentry-trace: 771a43a4192642f0b136d5159a501700-1234567890abcdef-1    sampled
//! sentry-trace: 771a43a4192642f0b136d5159a501700-1234567890abcdef-0    not sampled
//! sentry-trace: 771a43a4192642f0b136d5159a501700-1234567890abcdef      decision deferred
//! ```
//!
//! Source: Sentry's developer documentation, "Trace Propagation". Sentry's members of `baggage`
//! form the [`DynamicSamplingContext`](crate::DynamicSamplingContext).

use std::fmt;
use std::str::FromStr;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_core::internal::{decode_ids, elements, push_ids, IDS_LEN};
use opentelemetry_propagator_core::{decode_hex, ParseIdError};

/// The name of the header that contains the ids and the sampling decision.
#[doc(alias = "sentry-trace")]
pub const SENTRY_TRACE: &str = "sentry-trace";

/// The name of the header that contains the Dynamic Sampling Context, next to members of other
/// owners.
pub use opentelemetry_propagator_core::baggage::HEADER as BAGGAGE;

/// A parsed `sentry-trace`, which contains the caller's ids and sampling decision.
///
/// Ids are lower-case hex digits. Whitespace around the value is dropped. If commas join several
/// values, the first one that is not empty is used. As in Sentry's SDKs, an empty flag (`…-`) and
/// the form `00-<trace>-<span>-00` defer the decision.
///
/// ```
/// use opentelemetry_propagator_sentry::SentryTrace;
///
/// let trace: SentryTrace = " 771a43a4192642f0b136d5159a501700-1234567890abcdef ".parse()?;
/// assert_eq!(trace.span_id.to_string(), "1234567890abcdef");
/// assert_eq!(trace.sampled, None);
/// assert_eq!(trace.to_string(), "771a43a4192642f0b136d5159a501700-1234567890abcdef");
///
/// let error = "771a43a4192642f0b136d5159a501700-1234567890abcdef-2".parse::<SentryTrace>();
/// assert_eq!(
///     error.unwrap_err().to_string(),
///     "sentry-trace: expected the sampling flag 0 or 1"
/// );
/// # Ok::<(), opentelemetry_propagator_sentry::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias = "sentry-trace")]
pub struct SentryTrace {
    /// The trace id. Parsing rejects zero.
    pub trace_id: TraceId,
    /// The caller's span id. Parsing rejects zero.
    pub span_id: SpanId,
    /// The sampling decision, or `None` if it is deferred.
    pub sampled: Option<bool>,
}

impl SentryTrace {
    /// Creates the value for a span. `sampled` is `None` if the decision is deferred.
    pub fn new(trace_id: TraceId, span_id: SpanId, sampled: Option<bool>) -> Self {
        SentryTrace {
            trace_id,
            span_id,
            sampled,
        }
    }

    /// Encodes the header value in a string of exactly its size.
    #[inline]
    pub fn encode(&self) -> String {
        let flag = match self.sampled {
            Some(true) => "-1",
            Some(false) => "-0",
            None => "",
        };
        let mut value = String::with_capacity(IDS_LEN + flag.len());
        push_ids(self.trace_id, self.span_id, &mut value);
        value.push_str(flag);
        value
    }
}

impl FromStr for SentryTrace {
    type Err = ParseError;

    #[inline]
    fn from_str(value: &str) -> Result<Self, ParseError> {
        parse_canonical(value).map_or_else(|| parse_lenient(value), Ok)
    }
}

/// Parses the other forms that Sentry's SDKs accept.
#[cold]
fn parse_lenient(value: &str) -> Result<SentryTrace, ParseError> {
    let first = elements(value, b',').next().unwrap_or("");
    let ids = without_version(first);
    parse_canonical(ids).ok_or_else(|| ParseError(ErrorKind::diagnose(ids)))
}

/// Returns the ids of `00-<ids>-00`, a W3C `traceparent` without a decision that some SDKs write to
/// this header. Returns any other value unchanged.
fn without_version(value: &str) -> &str {
    let ids = value
        .strip_prefix("00-")
        .and_then(|rest| rest.strip_suffix("-00"));
    ids.filter(|ids| ids.len() == IDS_LEN).unwrap_or(value)
}

/// Parses the form that this crate writes. Returns `None` for all other input: the error is built
/// separately, off the hot path.
#[inline]
pub(crate) fn parse_canonical(value: &str) -> Option<SentryTrace> {
    let value = value.as_bytes();
    let ids: &[u8; IDS_LEN] = value.get(..IDS_LEN)?.try_into().ok()?;
    let sampled = match value[IDS_LEN..] {
        [] | [b'-'] => None,
        [b'-', b'1'] => Some(true),
        [b'-', b'0'] => Some(false),
        _ => return None,
    };
    let (trace_id, span_id) = decode_ids(ids, b'-')?;
    Some(SentryTrace::new(trace_id, span_id, sampled))
}

impl fmt::Display for SentryTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.encode())
    }
}

/// An invalid `sentry-trace`. The message names the invalid part and the reason.
///
/// It quotes at most one character of the value, escaped, so that it is safe to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError(ErrorKind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum ErrorKind {
    Empty,
    Id(&'static str, ParseIdError),
    UpperCase(&'static str),
    Zero(&'static str),
    MissingSpanId,
    Flag,
}

impl ErrorKind {
    /// Returns the reason why `value` is not a valid `sentry-trace`.
    #[cold]
    fn diagnose(value: &str) -> Self {
        if value.is_empty() {
            return ErrorKind::Empty;
        }
        let mut parts = value.splitn(3, '-');
        let trace_id = id_error::<16>("trace id", parts.next().unwrap_or_default());
        let span_id = match parts.next() {
            Some(span_id) => id_error::<8>("span id", span_id),
            None => Some(ErrorKind::MissingSpanId),
        };
        trace_id.or(span_id).unwrap_or(ErrorKind::Flag)
    }
}

fn id_error<const N: usize>(which: &'static str, digits: &str) -> Option<ErrorKind> {
    match decode_hex::<N>(digits) {
        Err(error) => Some(ErrorKind::Id(which, error)),
        Ok(id) if id == [0; N] => Some(ErrorKind::Zero(which)),
        Ok(_) if digits.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            Some(ErrorKind::UpperCase(which))
        }
        Ok(_) => None,
    }
}

impl ParseError {
    /// Returns the name of the invalid header, in lower case.
    pub fn header(&self) -> &'static str {
        SENTRY_TRACE
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SENTRY_TRACE}: ")?;
        match &self.0 {
            ErrorKind::Empty => write!(f, "empty value"),
            ErrorKind::Id(which, error) => write!(f, "{which}: {error}"),
            ErrorKind::UpperCase(which) => write!(f, "{which}: expected lower-case hex digits"),
            ErrorKind::Zero(which) => write!(f, "{which}: id must not be all zeros"),
            ErrorKind::MissingSpanId => {
                write!(f, "expected a span id after the trace id and a hyphen")
            }
            ErrorKind::Flag => write!(f, "expected the sampling flag 0 or 1"),
        }
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "771a43a4192642f0b136d5159a501700";
    const SPAN: &str = "1234567890abcdef";

    #[test]
    fn sentry_trace_parses_every_form_that_sdks_send() {
        let other = "00000000000000000000000000000001-0000000000000001-0";
        for (value, sampled) in [
            (format!("{TRACE}-{SPAN}-1"), Some(true)),
            (format!("{TRACE}-{SPAN}-0"), Some(false)),
            (format!("{TRACE}-{SPAN}"), None),
            (format!("{TRACE}-{SPAN}-"), None),
            (format!("00-{TRACE}-{SPAN}-00"), None),
            (format!(" \t{TRACE}-{SPAN}-1\t "), Some(true)),
            (format!(" , ,{TRACE}-{SPAN}-0 , {other}"), Some(false)),
        ] {
            let trace: SentryTrace = value.parse().unwrap();
            assert_eq!(trace.trace_id.to_string(), TRACE, "{value:?}");
            assert_eq!(trace.span_id.to_string(), SPAN, "{value:?}");
            assert_eq!(trace.sampled, sampled, "{value:?}");
        }
    }

    #[test]
    fn sentry_trace_error_states_the_reason() {
        let upper = TRACE.to_uppercase();
        let zero = "0".repeat(32);
        for (value, reason) in [
            (String::new(), "empty value"),
            (" , ".to_owned(), "empty value"),
            (
                "-1".to_owned(),
                "trace id: expected 32 hex digits, found 0 characters",
            ),
            (
                TRACE.to_owned(),
                "expected a span id after the trace id and a hyphen",
            ),
            (
                format!("{TRACE}{SPAN}-1"),
                "trace id: expected 32 hex digits, found 48 characters",
            ),
            (
                format!("{TRACE}-"),
                "span id: expected 16 hex digits, found 0 characters",
            ),
            (
                format!("{TRACE}-{}", &SPAN[1..]),
                "span id: expected 16 hex digits, found 15 characters",
            ),
            (
                format!("{upper}-{SPAN}-1"),
                "trace id: expected lower-case hex digits",
            ),
            (
                format!("{TRACE}-{}-1", SPAN.to_uppercase()),
                "span id: expected lower-case hex digits",
            ),
            (
                format!("{zero}-{SPAN}-1"),
                "trace id: id must not be all zeros",
            ),
            (
                format!("{TRACE}-{}", &zero[..16]),
                "span id: id must not be all zeros",
            ),
            (
                format!("{TRACE}-{SPAN}-2"),
                "expected the sampling flag 0 or 1",
            ),
            (
                format!("{TRACE}-{SPAN}-01"),
                "expected the sampling flag 0 or 1",
            ),
            (
                format!("{TRACE}-{SPAN}-1-"),
                "expected the sampling flag 0 or 1",
            ),
            (
                format!("{TRACE}-{SPAN}-00"),
                "expected the sampling flag 0 or 1",
            ),
            (
                format!("{TRACE}_{SPAN}-1"),
                "trace id: expected 32 hex digits, found 49 characters",
            ),
            (
                format!("00-{TRACE}-{SPAN}-01"),
                "trace id: expected 32 hex digits, found 2 characters",
            ),
            (
                format!("00-{TRACE}-{SPAN}-1-00"),
                "trace id: expected 32 hex digits, found 2 characters",
            ),
            (
                format!("{}g-{SPAN}", &TRACE[1..]),
                "trace id: invalid hex digit 'g' at character 32",
            ),
            (
                "\u{7}".repeat(9999),
                "trace id: expected 32 hex digits, found 9999 characters",
            ),
        ] {
            let error = value.parse::<SentryTrace>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("sentry-trace: {reason}"),
                "{value:?}"
            );
            assert_eq!(error.header(), SENTRY_TRACE);
        }
    }
}
