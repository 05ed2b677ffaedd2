//! What `sentry-trace` says.
//!
//! ```text
//! sentry-trace: 771a43a4192642f0b136d5159a501700-1234567890abcdef-1    sampled
//! sentry-trace: 771a43a4192642f0b136d5159a501700-1234567890abcdef-0    not sampled
//! sentry-trace: 771a43a4192642f0b136d5159a501700-1234567890abcdef      decision deferred
//! ```
//!
//! Source: Sentry's developer documentation, "Trace Propagation". The members of `baggage` that
//! belong to Sentry are the [`DynamicSamplingContext`](crate::DynamicSamplingContext).

use std::fmt;
use std::str::FromStr;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_core::{decode_hex, push_hex, trim_blanks, ParseIdError};

/// The header of the ids and the sampling decision.
pub const SENTRY_TRACE: &str = "sentry-trace";

/// The header that holds the Dynamic Sampling Context among the members of others.
pub use opentelemetry_propagator_core::baggage::HEADER as BAGGAGE;

/// What `sentry-trace` says: the caller's ids and its sampling decision.
///
/// Ids are lower-case hex digits, blanks around the value are dropped, and of values joined by
/// commas the first that is not empty counts. As in Sentry's SDKs an empty flag (`…-`) and the
/// form `00-<trace>-<span>-00` defer the decision.
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
///     "sentry-trace: the sampling flag is neither 0 nor 1"
/// );
/// # Ok::<(), opentelemetry_propagator_sentry::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentryTrace {
    /// The trace, never zero when parsed.
    pub trace_id: TraceId,
    /// The caller's span, never zero when parsed.
    pub span_id: SpanId,
    /// Whether the head of the trace sampled it; `None` when it deferred the decision.
    pub sampled: Option<bool>,
}

/// Lengths of the parts, and where the second id stands.
const TRACE_LEN: usize = 32;
const SPAN_AT: usize = TRACE_LEN + 1;
const IDS_LEN: usize = SPAN_AT + 16;

impl SentryTrace {
    /// The value with a flag, as it is sent for every span that exists.
    pub(crate) fn encode(trace_id: TraceId, span_id: SpanId, sampled: bool) -> String {
        let flag = if sampled { "-1" } else { "-0" };
        let mut value = String::with_capacity(IDS_LEN + flag.len());
        push_hex(&trace_id.to_bytes(), &mut value);
        value.push('-');
        push_hex(&span_id.to_bytes(), &mut value);
        value.push_str(flag);
        value
    }
}

impl FromStr for SentryTrace {
    type Err = ParseError;

    #[inline]
    fn from_str(value: &str) -> Result<Self, ParseError> {
        parse(value).map_or_else(|| tolerant(value), Ok)
    }
}

/// The forms that nobody should send and some do, and why a value is of none.
#[cold]
fn tolerant(value: &str) -> Result<SentryTrace, ParseError> {
    let mut values = value.split(',').map(trim_blanks);
    let first = values.find(|value| !value.is_empty()).unwrap_or("");
    let ids = without_version(first);
    parse(ids).ok_or_else(|| ParseError(Fault::of(ids)))
}

/// The ids within `00-<ids>-00`, which is how a W3C `traceparent` of no decision came to be
/// written into this header; any other value as it is.
fn without_version(value: &str) -> &str {
    let ids = value
        .strip_prefix("00-")
        .and_then(|rest| rest.strip_suffix("-00"));
    ids.filter(|ids| ids.len() == IDS_LEN).unwrap_or(value)
}

/// Reads the form that is sent. It only says yes or no; [`Fault::of`] finds the fault.
#[inline]
fn parse(value: &str) -> Option<SentryTrace> {
    let sampled = match value.get(IDS_LEN..)? {
        "" | "-" => None,
        "-1" => Some(true),
        "-0" => Some(false),
        _ => return None,
    };
    let ids = &value.as_bytes()[..IDS_LEN];
    // No early end: so it is done sixteen bytes at a time.
    let upper_case = ids
        .iter()
        .fold(false, |found, byte| found | byte.is_ascii_uppercase());
    if ids[TRACE_LEN] != b'-' || upper_case {
        return None;
    }
    let trace_id = TraceId::from_bytes(decode_hex(value.get(..TRACE_LEN)?).ok()?);
    let span_id = SpanId::from_bytes(decode_hex(value.get(SPAN_AT..IDS_LEN)?).ok()?);
    (trace_id != TraceId::INVALID && span_id != SpanId::INVALID).then_some(SentryTrace {
        trace_id,
        span_id,
        sampled,
    })
}

impl fmt::Display for SentryTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.trace_id, self.span_id)?;
        match self.sampled {
            Some(sampled) => write!(f, "-{}", u8::from(sampled)),
            None => Ok(()),
        }
    }
}

/// Why `sentry-trace` was refused: which part of it, and what was wrong.
///
/// It quotes one character of the header at most, escaped, so that it is safe to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError(Fault);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Empty,
    Id(&'static str, ParseIdError),
    UpperCase(&'static str),
    Zero(&'static str),
    NoSpanId,
    Flag,
}

impl Fault {
    /// Finds out what kept `value` from being a `sentry-trace`.
    #[cold]
    fn of(value: &str) -> Self {
        if value.is_empty() {
            return Fault::Empty;
        }
        let mut parts = value.splitn(3, '-');
        let trace_id = id_fault::<16>("trace id", parts.next().unwrap_or_default());
        let span_id = match parts.next() {
            Some(span_id) => id_fault::<8>("span id", span_id),
            None => Some(Fault::NoSpanId),
        };
        trace_id.or(span_id).unwrap_or(Fault::Flag)
    }
}

fn id_fault<const N: usize>(which: &'static str, digits: &str) -> Option<Fault> {
    match decode_hex::<N>(digits) {
        Err(fault) => Some(Fault::Id(which, fault)),
        Ok(id) if id == [0; N] => Some(Fault::Zero(which)),
        Ok(_) if digits.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            Some(Fault::UpperCase(which))
        }
        Ok(_) => None,
    }
}

impl ParseError {
    /// The header that was refused, by its name in lower case.
    pub fn header(&self) -> &'static str {
        SENTRY_TRACE
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SENTRY_TRACE}: ")?;
        match &self.0 {
            Fault::Empty => write!(f, "it is empty"),
            Fault::Id(which, fault) => write!(f, "{which}: {fault}"),
            Fault::UpperCase(which) => write!(f, "{which}: expected lower-case hex digits"),
            Fault::Zero(which) => write!(f, "{which}: an id of zeros names nothing"),
            Fault::NoSpanId => write!(f, "expected a span id after the trace id and a hyphen"),
            Fault::Flag => write!(f, "the sampling flag is neither 0 nor 1"),
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
    fn every_form_that_sentry_sdks_take_is_read() {
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
    fn anything_else_is_refused_and_the_error_says_why() {
        let upper = TRACE.to_uppercase();
        let zero = "0".repeat(32);
        for (value, reason) in [
            (String::new(), "it is empty"),
            (" , ".to_owned(), "it is empty"),
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
                "trace id: an id of zeros names nothing",
            ),
            (
                format!("{TRACE}-{}", &zero[..16]),
                "span id: an id of zeros names nothing",
            ),
            (
                format!("{TRACE}-{SPAN}-2"),
                "the sampling flag is neither 0 nor 1",
            ),
            (
                format!("{TRACE}-{SPAN}-01"),
                "the sampling flag is neither 0 nor 1",
            ),
            (
                format!("{TRACE}-{SPAN}-1-"),
                "the sampling flag is neither 0 nor 1",
            ),
            (
                format!("{TRACE}-{SPAN}-00"),
                "the sampling flag is neither 0 nor 1",
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
                "trace id: 'g' at character 32 is no hex digit",
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
