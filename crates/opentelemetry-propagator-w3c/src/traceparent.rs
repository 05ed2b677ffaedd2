//! The `traceparent` header.
//!
//! ```text
//! traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
//!              version  trace id                   caller's span id flags
//! ```
//!
//! All fields consist of lower-case hex digits and have a fixed length. Bit 0 of the flags is the
//! sampling decision. Bit 1 states that the rightmost seven bytes of the trace id are random.
//!
//! Source: W3C Trace Context Level 2, sections 3.2 (format) and 3.2.4 (other versions).

use std::fmt;
use std::str::FromStr;

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_core::internal::{
    decode_ids, decode_lower_hex, elements, push_ids, IDS_LEN,
};
use opentelemetry_propagator_core::trim_ows;

use crate::error::{ErrorKind, ParseError};

/// The name of the header.
pub const TRACEPARENT: &str = "traceparent";

/// The length of a value of version 00, which is also the minimum for higher versions.
pub(crate) const LEN: usize = 55;

/// The positions of the hyphens between the fields.
const HYPHENS: [usize; 3] = [2, 35, 52];

const SAMPLED: u8 = 0x01;
const RANDOM: u8 = 0x02;

/// A parsed `traceparent`.
///
/// A value of version 00 has 55 characters. If the version is higher, the first four fields are
/// used, and the rest must begin with `-`. Whitespace around the value is ignored. Flags other than
/// the two of version 00 are dropped.
///
/// ```
/// use opentelemetry_propagator_w3c::TraceParent;
///
/// let parent: TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?;
/// assert_eq!(parent.span_id.to_string(), "b7ad6b7169203331");
/// assert!(parent.sampled);
/// assert!(!parent.random);
///
/// let error = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1".parse::<TraceParent>();
/// assert_eq!(
///     error.unwrap_err().to_string(),
///     "traceparent: expected 55 characters, found 54"
/// );
/// # Ok::<(), opentelemetry_propagator_w3c::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceParent {
    /// The trace id. Parsing rejects zero.
    pub trace_id: TraceId,
    /// The caller's span id. Parsing rejects zero.
    pub span_id: SpanId,
    /// The caller's sampling decision.
    pub sampled: bool,
    /// Whether the rightmost seven bytes of the trace id are random.
    pub random: bool,
}

impl TraceParent {
    /// Creates the value for a span. The ids must not be zero.
    #[inline]
    pub fn new(trace_id: TraceId, span_id: SpanId, sampled: bool, random: bool) -> Self {
        TraceParent {
            trace_id,
            span_id,
            sampled,
            random,
        }
    }

    /// Reads the header from a carrier.
    ///
    /// Returns `None` if it is missing or invalid. Two values are invalid, whether they are on two
    /// lines or joined by a comma. Empty lines are ignored. Calls `on_error` if the header is
    /// invalid.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use opentelemetry_propagator_w3c::TraceParent;
    ///
    /// let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";
    /// let request = HashMap::from([("traceparent".to_owned(), value.to_owned())]);
    /// let parent = TraceParent::extract(&request, |error| eprintln!("{error}")).unwrap();
    /// assert_eq!(parent.to_string(), value);
    /// ```
    #[inline]
    pub fn extract(extractor: &dyn Extractor, on_error: impl Fn(&ParseError)) -> Option<Self> {
        // `get` would hide a second line.
        let lines = extractor.get_all(TRACEPARENT)?;
        if let [line] = lines[..] {
            if let Some(parent) = parse(line) {
                return Some(parent);
            }
        }
        extract_single(&lines)
            .map_err(|error| on_error(&error))
            .ok()
    }

    /// Writes the header as version 00.
    #[inline]
    pub fn inject(&self, injector: &mut dyn Injector) {
        let mut value = String::with_capacity(LEN);
        self.push_to(&mut value);
        injector.set(TRACEPARENT, value);
    }

    /// Appends the value as version 00.
    #[inline]
    pub(crate) fn push_to(&self, text: &mut String) {
        text.push_str("00-");
        push_ids(self.trace_id, self.span_id, text);
        text.push_str(match (self.sampled, self.random) {
            (false, false) => "-00",
            (true, false) => "-01",
            (false, true) => "-02",
            (true, true) => "-03",
        });
    }
}

impl FromStr for TraceParent {
    type Err = ParseError;

    #[inline]
    fn from_str(value: &str) -> Result<Self, ParseError> {
        parse(value).ok_or_else(|| ParseError::new(TRACEPARENT, diagnose(trim_ows(value))))
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut value = String::with_capacity(LEN);
        self.push_to(&mut value);
        f.write_str(&value)
    }
}

/// Parses the only non-empty element of all lines.
#[cold]
fn extract_single(lines: &[&str]) -> Result<TraceParent, ParseError> {
    let mut elements = lines.iter().flat_map(|line| elements(line, b','));
    let first = elements.next().unwrap_or_default();
    match elements.next() {
        None => first.parse(),
        Some(_) => Err(ParseError::new(TRACEPARENT, ErrorKind::Several)),
    }
}

/// Parses a value. Returns `None` for invalid input. The error is built separately, off the hot
/// path.
#[inline]
fn parse(value: &str) -> Option<TraceParent> {
    let value = trim_ows(value).as_bytes();
    let fields: &[u8; LEN] = value.get(..LEN)?.try_into().ok()?;
    if HYPHENS.iter().any(|&at| fields[at] != b'-') {
        return None;
    }
    let is_version_00 = fields.starts_with(b"00") && value.len() == LEN;
    if !is_version_00 && !is_higher_version(value) {
        return None;
    }
    let ids = fields[3..][..IDS_LEN].try_into().ok()?;
    let (trace_id, span_id) = decode_ids(ids, b'-')?;
    let flags = match fields[53..] {
        // The low bits of an ASCII digit are its value.
        [b'0', digit @ b'0'..=b'3'] => digit & 0x0f,
        ref flags => u8::from_be_bytes(decode_lower_hex(flags)?),
    };
    Some(TraceParent {
        trace_id,
        span_id,
        sampled: flags & SAMPLED != 0,
        random: flags & RANDOM != 0,
    })
}

/// Whether a value with hyphens between its fields has a version higher than 00.
#[cold]
fn is_higher_version(value: &[u8]) -> bool {
    decode_lower_hex(&value[..2]).is_some_and(|[version]| (1..0xff).contains(&version))
        && matches!(value.get(LEN), None | Some(b'-'))
        // A comma separates two values, of which neither is used.
        && !value.contains(&b',')
}

/// Returns the reason why `value` is invalid.
#[cold]
fn diagnose(value: &str) -> ErrorKind {
    let found = value.chars().count();
    if found < LEN || value.starts_with("00-") && found > LEN {
        return ErrorKind::Length {
            expected: LEN,
            found,
        };
    }
    // After the fields, only a hyphen or the end of the text is valid.
    for (at, found) in value.chars().take(LEN + 1).enumerate() {
        let hyphen = at == LEN || HYPHENS.contains(&at);
        match found {
            '-' if hyphen => {}
            '0'..='9' | 'a'..='f' if !hyphen => {}
            _ if hyphen => return ErrorKind::Hyphen { at, found },
            _ => return ErrorKind::Digit { at, found },
        }
    }
    if value.starts_with("ff") {
        ErrorKind::Version
    } else if value.contains(',') {
        ErrorKind::Several
    } else if value[3..35].bytes().all(|digit| digit == b'0') {
        ErrorKind::Zero("trace id")
    } else {
        ErrorKind::Zero("span id")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-01";

    #[test]
    fn traceparent_error_states_reason_and_position() {
        let with = |from: &str, to: &str| VALUE.replacen(from, to, 1);
        for (value, message) in [
            (String::new(), "expected 55 characters, found 0"),
            ("00-1-2-01".to_owned(), "expected 55 characters, found 9"),
            (format!("{VALUE}-"), "expected 55 characters, found 56"),
            (
                with("00-27", "00+27"),
                "expected '-' at character 3, found '+'",
            ),
            (
                with("8-0b", "890b"),
                "expected '-' at character 36, found '9'",
            ),
            (
                with("7faa", "7fAa"),
                "expected a lower-case hex digit at character 10, found 'A'",
            ),
            (
                with("7faa", "7f-a"),
                "expected a lower-case hex digit at character 10, found '-'",
            ),
            (
                with("-01", "-0\u{1}"),
                "expected a lower-case hex digit at character 55, found '\\u{1}'",
            ),
            (
                with("00-2", "é0-2"),
                "expected a lower-case hex digit at character 1, found 'é'",
            ),
            (with("00-", "ff-"), "version ff is forbidden"),
            (
                with("00-", "01-") + "-x,00-",
                "expected one value, found several",
            ),
            (
                with("00-", "01-") + ".x",
                "expected '-' at character 56, found '.'",
            ),
            (
                with("27bb7faa48294cf49ae6007d70905468", &"0".repeat(32)),
                "trace id must not be all zeros",
            ),
            (
                with("0bcd098a592642e4", &"0".repeat(16)),
                "span id must not be all zeros",
            ),
        ] {
            let error = value.parse::<TraceParent>().unwrap_err();
            assert_eq!(error.to_string(), format!("traceparent: {message}"));
            assert_eq!(error.header(), TRACEPARENT);
        }
    }

    #[test]
    fn traceparent_with_several_values_is_invalid() {
        let error = extract_single(&[VALUE, "", "x, ,y"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "traceparent: expected one value, found several"
        );
    }
}
