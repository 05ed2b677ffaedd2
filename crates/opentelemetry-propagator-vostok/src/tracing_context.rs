//! The value of the tracing entry.

use std::fmt;
use std::str::FromStr;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_core::internal::{decode_guids, GUIDS_LEN};
use opentelemetry_propagator_core::Guid;

use crate::error::{ErrorKind, ParseError};
use crate::names::GLOBALS;

/// A parsed tracing entry, which contains the GUIDs of the trace and of the caller's span.
///
/// It is parsed as Vostok's FlowingContext does it. The value is split at `;`, and empty parts are
/// dropped. Exactly two GUIDs must remain, in any form that [`Guid::parse_dotnet`] accepts. In
/// addition, the trace id must not be zero. A span id of zeros means that the caller has no span.
///
/// ```
/// use opentelemetry_propagator_vostok::TracingContext;
///
/// let value = "27bb7faa-4829-4cf4-9ae6-007d70905468;0bcd098a-5926-42e4-9603-2b13607e899e";
/// let tracing: TracingContext = value.parse()?;
/// assert_eq!(tracing.trace_id().to_string(), "27bb7faa48294cf49ae6007d70905468");
/// assert_eq!(tracing.span_id().to_string(), "0bcd098a592642e4");
/// assert_eq!(tracing.to_string(), value);
/// # Ok::<(), opentelemetry_propagator_vostok::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracingContext {
    trace: Guid,
    span: Guid,
}

impl TracingContext {
    /// The length of the value as this crate and Vostok write it.
    pub(crate) const LEN: usize = GUIDS_LEN;

    /// The Base64 of the entry up to its value, which covers the name and both lengths. Every
    /// header with a trace that this crate writes begins with it. It encodes 30 bytes, so it ends
    /// at a group boundary.
    pub(crate) const BASE64_PREFIX: &'static str = "FgAAAHZvc3Rvay50cmFjaW5nLmNvbnRleHRJAAAA";

    /// The length of the whole entry in an envelope.
    pub(crate) const ENTRY_LEN: usize = Self::BASE64_PREFIX.len() / 4 * 3 + Self::LEN;

    /// Creates a tracing context from OpenTelemetry ids, padding the span id with zeros to a GUID.
    pub fn new(trace_id: TraceId, span_id: SpanId) -> Self {
        TracingContext {
            trace: trace_id.into(),
            span: span_id.into(),
        }
    }

    /// Returns the GUID of the trace.
    pub fn trace(self) -> Guid {
        self.trace
    }

    /// Returns the GUID of the caller's span.
    pub fn span(self) -> Guid {
        self.span
    }

    /// Returns the trace id, which consists of all digits of the trace's GUID.
    pub fn trace_id(self) -> TraceId {
        self.trace.trace_id()
    }

    /// Returns the span id, which consists of the first 16 digits of the span's GUID. It is
    /// [`SpanId::INVALID`] if they are zero.
    pub fn span_id(self) -> SpanId {
        self.span.span_id()
    }

    /// Writes the value as UTF-8.
    #[inline]
    pub(crate) fn encode(self, value: &mut [u8; Self::LEN]) {
        let (trace, rest) = value.split_at_mut(Guid::HYPHENATED_LEN);
        let (separator, span) = rest.split_at_mut(1);
        separator[0] = b';';
        for (guid, text) in [(self.trace, trace), (self.span, span)] {
            let text = text.try_into().expect("the part has the length of a GUID");
            guid.encode_hyphenated(text);
        }
    }

    #[inline]
    pub(crate) fn parse(value: &[u8]) -> Result<Self, ParseError> {
        let tracing = Self::parse_canonical(value).map_or_else(|| Self::parse_lenient(value), Ok);
        let kind = match tracing {
            Ok(tracing) if tracing.trace_id() == TraceId::INVALID => ErrorKind::Zero("trace"),
            Ok(tracing) => return Ok(tracing),
            Err(kind) => kind,
        };
        let header = GLOBALS;
        Err(ParseError { header, kind })
    }

    /// Parses the form that Vostok writes.
    #[inline]
    fn parse_canonical(value: &[u8]) -> Option<Self> {
        let [trace, span] = decode_guids(value.try_into().ok()?, b';')?;
        Some(TracingContext { trace, span })
    }

    /// Parses the other forms that FlowingContext accepts.
    #[cold]
    fn parse_lenient(value: &[u8]) -> Result<Self, ErrorKind> {
        let text = String::from_utf8_lossy(value);
        let mut parts = text.split(';').filter(|part| !part.is_empty());
        let (Some(trace), Some(span), None) = (parts.next(), parts.next(), parts.next()) else {
            let found = text.split(';').filter(|part| !part.is_empty()).count();
            return Err(ErrorKind::Parts { found });
        };
        Ok(TracingContext {
            trace: Guid::parse_dotnet(trace).map_err(|error| ErrorKind::Guid("trace", error))?,
            span: Guid::parse_dotnet(span).map_err(|error| ErrorKind::Guid("span", error))?,
        })
    }
}

impl FromStr for TracingContext {
    type Err = ParseError;

    fn from_str(value: &str) -> Result<Self, ParseError> {
        Self::parse(value.as_bytes())
    }
}

impl fmt::Display for TracingContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};{}", self.trace, self.span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "27bb7faa-4829-4cf4-9ae6-007d70905468";
    const SPAN: &str = "0bcd098a-5926-42e4-9603-2b13607e899e";
    const X_TRACE: &str = "{0x27bb7faa,0x4829,0x4cf4,{0x9a,0xe6,0x00,0x7d,0x70,0x90,0x54,0x68}}";
    const X_SPAN: &str = "{0xbcd098a, 0x5926, 0x42e4, {0x96,0x3,0x2b,0x13,0x60,0x7e,0x89,0x9e}}";

    #[test]
    fn tracing_context_parses_every_form_of_a_guid() {
        let expected: TracingContext = format!("{TRACE};{SPAN}").parse().unwrap();
        let (n_trace, n_span) = (TRACE.replace('-', ""), SPAN.replace('-', ""));
        for value in [
            format!("{n_trace};{n_span}"),
            format!("{{{TRACE}}};({SPAN})"),
            format!("({TRACE});{{{SPAN}}}").to_uppercase(),
            format!(";;{TRACE};;{SPAN};"),
            format!(" {TRACE}\t; {n_span} "),
            format!("{X_TRACE};{X_SPAN}"),
            format!("{TRACE}; {X_SPAN}"),
        ] {
            assert_eq!(value.parse(), Ok(expected), "{value:?}");
        }
        assert_eq!(expected.to_string(), format!("{TRACE};{SPAN}"));
        assert_eq!(expected.trace().to_string(), TRACE);
        assert_eq!(expected.span().to_string(), SPAN);
    }

    #[test]
    fn tracing_context_accepts_a_span_of_zeros() {
        for span in [
            "00000000-0000-0000-0000-000000000000",
            "00000000-0000-0000-9603-2b13607e899e",
        ] {
            let tracing: TracingContext = format!("{TRACE};{span}").parse().unwrap();
            assert_eq!(tracing.span_id(), SpanId::INVALID);
            assert_eq!(tracing.span().to_string(), span);
        }
    }

    #[test]
    fn tracing_context_error_states_the_reason() {
        let zero = "00000000-0000-0000-0000-000000000000";
        let short = "expected a hyphenated GUID of 36 characters, found 35";
        for (value, reason) in [
            (String::new(), "expected 2 GUIDs, found 0".to_owned()),
            (TRACE.to_owned(), "expected 2 GUIDs, found 1".to_owned()),
            (
                format!("{TRACE};{SPAN};{SPAN}"),
                "expected 2 GUIDs, found 3".to_owned(),
            ),
            (
                format!("{TRACE}; "),
                "span: expected 32 hex digits, found 0 characters".to_owned(),
            ),
            (format!("{};{SPAN}", &TRACE[1..]), format!("trace: {short}")),
            (
                format!("{TRACE};{{{}}}", &SPAN[1..]),
                format!("span: {short}"),
            ),
            (
                format!("{TRACE};{{{}}}", SPAN.replace('-', "")),
                "span: expected a hyphenated GUID of 36 characters, found 32".to_owned(),
            ),
            (
                format!("{TRACE};{{{SPAN})"),
                "span: expected a hyphenated GUID of 36 characters, found 38".to_owned(),
            ),
            (
                format!("{zero};{SPAN}"),
                "trace: id must not be all zeros".to_owned(),
            ),
        ] {
            assert_eq!(
                value.parse::<TracingContext>().unwrap_err().to_string(),
                format!("context-globals: vostok.tracing.context: {reason}"),
                "{value:?}"
            );
        }
    }
}
