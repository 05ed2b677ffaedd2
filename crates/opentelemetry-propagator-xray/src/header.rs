//! Parsing and writing of the `x-amzn-trace-id` header.
//!
//! ```text
//! x-amzn-trace-id: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1
//!                       ^ version  ^ 8 and 24 digits: id           ^ span id                ^ 1, 0, ?
//! ```
//!
//! Fields may be in any order. Their names and hex digits may be in either case. Whitespace around
//! fields, names and values is ignored. Unknown fields are ignored.
//!
//! Source: AWS X-Ray developer guide, "Tracing header".

use std::fmt::{self, Write};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_core::internal::{decode_ids, elements, push_hex, IDS_LEN};
use opentelemetry_propagator_core::{decode_hex, decode_padded_hex, trim_ows, ParseIdError};

use crate::lineage::Lineage;

/// The name of the header.
#[doc(alias = "X-Amzn-Trace-Id")]
pub const TRACE_ID: &str = "x-amzn-trace-id";

/// The name of the environment variable in which AWS Lambda passes the header of an invocation.
pub const LAMBDA_VARIABLE: &str = "_X_AMZN_TRACE_ID";

/// The trace that an `x-amzn-trace-id` contains.
///
/// ```
/// use opentelemetry_propagator_xray::XrayTrace;
///
/// let value = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
/// let trace = XrayTrace::parse(value)?;
/// assert_eq!(trace.trace_id.to_string(), "5759e988bd862e3fe1be46a994272793");
/// assert_eq!(trace.sampled, Some(true));
/// assert_eq!(trace.encode(), value);
/// # Ok::<(), opentelemetry_propagator_xray::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias = "X-Amzn-Trace-Id")]
pub struct XrayTrace {
    /// The trace id, from `Root`. Parsing rejects zero.
    pub trace_id: TraceId,
    /// The caller's span id, from `Parent`. `None` if the field is missing, zero or invalid.
    pub span_id: Option<SpanId>,
    /// The sampling decision, from `Sampled`. `None` if the field is missing, `?` or invalid.
    pub sampled: Option<bool>,
    /// The lineage. `None` if the field is missing or invalid.
    pub lineage: Option<Lineage>,
}

// The separators in the usual form of the header, and its length.
const ROOT: &str = "Root=1-";
const PARENT: &str = ";Parent=";
const SAMPLED: &str = ";Sampled=";
const LINEAGE: &str = ";Lineage=";
const ROOT_LEN: usize = ROOT.len() + 33;
const PARENT_LEN: usize = PARENT.len() + 16;
const SAMPLED_LEN: usize = SAMPLED.len() + 1;

/// The maximum number of fields that are read.
const MAX_FIELDS: usize = 64;

impl XrayTrace {
    /// Creates the value for a span. `sampled` is `None` if the decision is deferred.
    #[inline]
    pub fn new(trace_id: TraceId, span_id: SpanId, sampled: Option<bool>) -> Self {
        XrayTrace {
            trace_id,
            span_id: Some(span_id),
            sampled,
            lineage: None,
        }
    }

    /// Parses the value of the header.
    ///
    /// If a field occurs twice, the first one is used. At most 64 fields are read. The first part of
    /// `Root` is padded with zeros on the left. A comma ends the value.
    ///
    /// # Errors
    ///
    /// Returns an error if `Root` is missing, invalid or zero. Every other field may be missing or
    /// invalid.
    #[inline]
    pub fn parse(value: &str) -> Result<Self, ParseError> {
        match Self::parse_usual(value.as_bytes()) {
            Some(trace) => Ok(trace),
            None => Self::parse_fields(value),
        }
    }

    /// Parses the form of the header that is usually sent.
    #[inline]
    fn parse_usual(value: &[u8]) -> Option<Self> {
        let mut ids = [b'-'; IDS_LEN];
        let rest = value.strip_prefix(ROOT.as_bytes())?;
        ids[..8].copy_from_slice(rest.get(..8)?);
        let rest = rest[8..].strip_prefix(b"-")?;
        ids[8..32].copy_from_slice(rest.get(..24)?);
        let rest = rest[24..].strip_prefix(PARENT.as_bytes())?;
        ids[33..].copy_from_slice(rest.get(..16)?);
        let sampled = match rest[16..].strip_prefix(SAMPLED.as_bytes())? {
            b"1" => true,
            b"0" => false,
            _ => return None,
        };
        let (trace_id, span_id) = decode_ids(&ids, b'-')?;
        Some(XrayTrace::new(trace_id, span_id, Some(sampled)))
    }

    /// Parses the fields in any order. A header of AWS has fewer than [`MAX_FIELDS`].
    #[inline(never)]
    fn parse_fields(value: &str) -> Result<Self, ParseError> {
        let (mut root, mut parent, mut sampled, mut lineage) = (None, None, None, None);
        let element = value.split(',').next().unwrap_or_default();
        for field in elements(element, b';').take(MAX_FIELDS) {
            let Some((name, value)) = field.split_once('=') else {
                continue;
            };
            let name = trim_ows(name);
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            let place = match name.len() {
                4 if is("Root") => &mut root,
                6 if is("Parent") => &mut parent,
                7 if is("Sampled") => &mut sampled,
                7 if is("Lineage") => &mut lineage,
                _ => continue,
            };
            if place.is_none() {
                *place = Some(trim_ows(value));
            }
        }
        let root = root.ok_or(ParseError(ErrorKind::MissingRoot))?;
        let span_id = parent.and_then(|digits| decode_hex(digits).ok());
        Ok(XrayTrace {
            trace_id: parse_root(root).map_err(ParseError)?,
            span_id: span_id
                .map(SpanId::from_bytes)
                .filter(|id| *id != SpanId::INVALID),
            sampled: match sampled {
                Some("1") => Some(true),
                Some("0") => Some(false),
                _ => None,
            },
            lineage: lineage.and_then(Lineage::parse),
        })
    }

    /// Returns the value of the header. A field that is `None` is left out.
    #[inline]
    pub fn encode(&self) -> String {
        let parent = self.span_id.map_or(0, |_| PARENT_LEN);
        let sampled = self.sampled.map_or(0, |_| SAMPLED_LEN);
        let lineage = self
            .lineage
            .map_or(0, |lineage| LINEAGE.len() + lineage.len());
        let mut value = String::with_capacity(ROOT_LEN + parent + sampled + lineage);
        let [a, b, c, d, rest @ ..] = self.trace_id.to_bytes();
        value.push_str(ROOT);
        push_hex(&[a, b, c, d], &mut value);
        value.push('-');
        push_hex::<12>(&rest, &mut value);
        if let Some(span_id) = self.span_id {
            value.push_str(PARENT);
            push_hex(&span_id.to_bytes(), &mut value);
        }
        if let Some(sampled) = self.sampled {
            value.push_str(SAMPLED);
            value.push(if sampled { '1' } else { '0' });
        }
        if let Some(lineage) = self.lineage {
            value.push_str(LINEAGE);
            let _ = write!(value, "{lineage}");
        }
        value
    }
}

/// Joins the parts of `Root` to a trace id.
#[inline]
fn join(time: [u8; 4], random: [u8; 12]) -> TraceId {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&time);
    id[4..].copy_from_slice(&random);
    TraceId::from_bytes(id)
}

/// Parses the value of `Root`.
fn parse_root(value: &str) -> Result<TraceId, ErrorKind> {
    let mut parts = value.splitn(3, '-');
    let version = parts.next().unwrap_or_default();
    if version != "1" {
        return Err(ErrorKind::Version);
    }
    let (Some(time), Some(random)) = (parts.next(), parts.next()) else {
        return Err(ErrorKind::RootParts);
    };
    let time = decode_padded_hex(time).map_err(|error| ErrorKind::Root("time", error))?;
    let random = decode_hex(random).map_err(|error| ErrorKind::Root("random part", error))?;
    match join(time, random) {
        TraceId::INVALID => Err(ErrorKind::Zero),
        id => Ok(id),
    }
}

impl fmt::Display for XrayTrace {
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
    MissingRoot,
    MissingParent,
    Version,
    RootParts,
    Root(&'static str, ParseIdError),
    Zero,
}

impl ParseError {
    /// Creates the error for a header without a valid `Parent`, where that is required.
    #[cold]
    pub(crate) fn missing_parent() -> Self {
        ParseError(ErrorKind::MissingParent)
    }

    /// Returns the name of the invalid header, in lower case.
    pub fn header(&self) -> &'static str {
        TRACE_ID
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{TRACE_ID}: ")?;
        match &self.0 {
            ErrorKind::MissingRoot => write!(f, "expected a field Root"),
            ErrorKind::MissingParent => {
                write!(f, "expected a field Parent with a span id of 16 hex digits")
            }
            ErrorKind::Version => write!(f, "Root: expected version 1"),
            ErrorKind::RootParts => write!(f, "Root: expected three parts, separated by hyphens"),
            ErrorKind::Root(part, error) => write!(f, "Root: {part}: {error}"),
            ErrorKind::Zero => write!(f, "Root: id must not be all zeros"),
        }
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";
    const TRACE_ID: u128 = 0x5759e988_bd862e3f_e1be46a9_94272793;
    const SPAN_ID: u64 = 0x53995c3f_42cd8ad8;

    fn trace(sampled: Option<bool>) -> XrayTrace {
        XrayTrace::new(TraceId::from(TRACE_ID), SpanId::from(SPAN_ID), sampled)
    }

    #[test]
    fn error_names_the_missing_parent() {
        assert_eq!(
            ParseError::missing_parent().to_string(),
            "x-amzn-trace-id: expected a field Parent with a span id of 16 hex digits"
        );
    }

    #[test]
    fn parse_accepts_fields_in_any_form() {
        for (rest, sampled) in [
            (";Parent=53995c3f42cd8ad8;Sampled=1", Some(true)),
            (";Parent=53995c3f42cd8ad8;Sampled=0", Some(false)),
            (";Parent=53995c3f42cd8ad8;Sampled=?", None),
            (";Parent=53995c3f42cd8ad8;Sampled=", None),
            (";Parent=53995c3f42cd8ad8;Sampled=011", None),
            (";Parent=53995c3f42cd8ad8;", None),
            (";Sampled=1;Parent=53995c3f42cd8ad8", Some(true)),
            (" ;\tparent = 53995C3F42CD8AD8 ; SAMPLED = 1 ", Some(true)),
            (
                ";Self=1-0-x;CalledFrom=a=b;x;;=;Parent=53995c3f42cd8ad8;Sampled=1",
                Some(true),
            ),
            (
                ";Sampled=0;Sampled=1;Parent=53995c3f42cd8ad8;Parent=x;Root=x",
                Some(false),
            ),
            (";Parent=53995c3f42cd8ad8;SampledX=1;XParent=1", None),
            (
                ";Origin=x;Version=1:e65a2c4d:0;Parent=53995c3f42cd8ad8;Sampled=1",
                Some(true),
            ),
            (";Parent=53995c3f42cd8ad8,Sampled=1;Root=x", None),
        ] {
            let value = format!("{ROOT}{rest}");
            assert_eq!(XrayTrace::parse(&value), Ok(trace(sampled)), "{value:?}");
        }
        let before = format!("Parent=53995c3f42cd8ad8;Sampled=0;{ROOT}");
        assert_eq!(XrayTrace::parse(&before), Ok(trace(Some(false))));
    }

    #[test]
    fn parse_reads_64_fields() {
        let after = |fields: usize| {
            let value = format!("{}{ROOT}", "x;;".repeat(fields));
            XrayTrace::parse(&value).is_ok()
        };
        assert!(after(63));
        assert!(!after(64));
    }

    #[test]
    fn parse_leaves_out_an_invalid_parent() {
        for parent in [
            "",
            ";Parent=",
            ";Parent=x",
            ";Parent=0000000000000000",
            ";Parent=53995c3f42cd8ad",
            ";Parent=x;Parent=53995c3f42cd8ad8",
            ",Parent=53995c3f42cd8ad8",
        ] {
            let value = format!("{ROOT}{parent}");
            let trace = XrayTrace::parse(&value).unwrap();
            assert_eq!(trace.trace_id, TraceId::from(TRACE_ID));
            assert_eq!(trace.span_id, None, "{value:?}");
            assert_eq!(trace.encode(), ROOT);
        }
    }

    #[test]
    fn parse_pads_the_first_part_of_the_root() {
        for (root, id) in [
            ("1-0-bd862e3fe1be46a994272793", 0xbd862e3f_e1be46a9_94272793),
            (
                "1-1A-BD862E3FE1BE46A994272793",
                0x1a_bd862e3f_e1be46a9_94272793,
            ),
        ] {
            let trace = XrayTrace::parse(&format!("Root={root}")).unwrap();
            assert_eq!(trace.trace_id, TraceId::from(id), "{root}");
        }
    }

    #[test]
    fn parse_error_states_the_reason() {
        for (value, reason) in [
            ("", "expected a field Root"),
            ("Sampled=1", "expected a field Root"),
            ("Root", "expected a field Root"),
            (
                "RootX=1-5759e988-bd862e3fe1be46a994272793",
                "expected a field Root",
            ),
            ("Root=", "Root: expected version 1"),
            (
                "Root=-5759e988-bd862e3fe1be46a994272793",
                "Root: expected version 1",
            ),
            (
                "Root=2-5759e988-bd862e3fe1be46a994272793",
                "Root: expected version 1",
            ),
            (
                "Root=1-5759e988bd862e3fe1be46a994272793",
                "Root: expected three parts, separated by hyphens",
            ),
            (
                "Root=1-5759e9880-bd862e3fe1be46a994272793",
                "Root: time: expected 1 to 8 hex digits, found 9 characters",
            ),
            (
                "Root=1--bd862e3fe1be46a994272793",
                "Root: time: expected 1 to 8 hex digits, found 0 characters",
            ),
            (
                "Root=1-5759e988-bd862e3fe1be46a99427279",
                "Root: random part: expected 24 hex digits, found 23 characters",
            ),
            (
                "Root=1-5759e988-bd862e3fe1be46a994272793-0",
                "Root: random part: expected 24 hex digits, found 26 characters",
            ),
            (
                "Root=1-5759e988-bd862e3fe1be46a99427279\u{7}",
                "Root: random part: invalid hex digit '\\u{7}' at character 24",
            ),
            (
                "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8;Sampled=1",
                "Root: id must not be all zeros",
            ),
        ] {
            let error = XrayTrace::parse(value).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("x-amzn-trace-id: {reason}"),
                "{value:?}"
            );
            assert_eq!(error.header(), super::TRACE_ID);
        }
    }

    #[test]
    fn parse_reads_what_encode_writes() {
        for sampled in [None, Some(false), Some(true)] {
            for lineage in ["", "0:00000000:0", "32767:e65a2c4d:255"] {
                let mut trace = trace(sampled);
                trace.lineage = Lineage::parse(lineage);
                let value = trace.encode();
                assert_eq!(value.capacity(), value.len());
                assert!(value.len() <= 101);
                assert_eq!(XrayTrace::parse(&value), Ok(trace));
                assert_eq!(trace.to_string(), value);
            }
        }
    }
}
