//! Trace ids in all their spellings.

use std::fmt::Display;
use std::sync::LazyLock;

use base64_simd::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_core::Guid;
use regex::Regex;
use serde::{Serialize, Serializer};

use super::pattern::regex;

/// A trace id in a text, and what its spelling tells about the parent span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Id {
    /// The trace, not zero.
    #[serde(serialize_with = "as_text")]
    pub trace_id: TraceId,
    /// The span id that follows it.
    #[serde(serialize_with = "as_text_or_null")]
    pub span_id: Option<SpanId>,
    /// The decision that follows it.
    pub sampled: Option<bool>,
}

impl Id {
    pub(super) fn new(trace_id: TraceId) -> Self {
        Id {
            trace_id,
            span_id: None,
            sampled: None,
        }
    }
}

/// Which spellings a place allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spellings {
    /// Those that are recognized by their length: 32 digits, GUID, `traceparent`, X-Ray.
    Long,
    /// Also half an id, a number, `0x…`, Base64 and a list of bytes.
    All,
}

/// Parses the id at the beginning of a text.
pub(super) fn first(text: &str, spellings: Spellings) -> Option<Id> {
    at_start(text, spellings).map(|(id, _)| id)
}

/// Parses the id at the beginning of a text. Returns also its length.
pub(super) fn at_start(text: &str, spellings: Spellings) -> Option<(Id, usize)> {
    static ID: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?xi)^(?:
            (?:[0-9a-f]{2}-|\|)?(?P<hex>[0-9a-f]{32})\b
                (?:[-:.](?P<span>[0-9a-f]{16})\b(?:-(?P<flags>[0-9a-f]{2}|[01])\b)?)?
            | (?:root=)?1-(?P<xray>[0-9a-f]{8}-[0-9a-f]{24})\b
                (?:;parent=(?P<xray_span>[0-9a-f]{16})\b)?(?:;sampled=(?P<xray_flag>[01])\b)?
            | \{?(?P<guid>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b
            | (?P<short>
                0x(?P<number>[0-9a-f]{1,32})\b
                | (?P<half>[0-9a-f]{16})\b
                | (?P<decimal>[0-9]{17,39})\b
                | (?P<base64>[A-Za-z0-9+/_-]{22}==)
                | \[?\s*(?P<bytes>[0-9]{1,3}(?:,\s*[0-9]{1,3}){15})\s*\]
            ))",
        )
    });
    let found = ID.captures(super::bounded(text, super::NEAR))?;
    if spellings == Spellings::Long && found.name("short").is_some() {
        return None;
    }
    let group = |names: &[&str]| {
        let group = names.iter().find_map(|name| found.name(name));
        group.map(|group| group.as_str())
    };
    let trace_id = if let Some(digits) = group(&["hex", "xray", "guid", "number", "half"]) {
        u128::from_str_radix(&digits.replace('-', ""), 16).ok()?
    } else if let Some(digits) = group(&["decimal"]) {
        digits.parse().ok()?
    } else if let Some(base64) = group(&["base64"]) {
        u128::from_be_bytes(decode_base64(base64)?.try_into().ok()?)
    } else {
        let bytes = group(&["bytes"])?.split(',');
        let bytes: Option<Vec<u8>> = bytes.map(|byte| byte.trim().parse().ok()).collect();
        u128::from_be_bytes(bytes?.try_into().ok()?)
    };
    let span_id = group(&["span", "xray_span"]).and_then(|digits| SpanId::from_hex(digits).ok());
    let flags = group(&["flags", "xray_flag"]).and_then(|flags| u8::from_str_radix(flags, 16).ok());
    let id = Id {
        trace_id: TraceId::from(trace_id),
        span_id: span_id.filter(|id| *id != SpanId::INVALID),
        sampled: flags.map(|flags| flags & 1 == 1),
    };
    (trace_id != 0).then(|| (id, found[0].len()))
}

/// Decodes Base64 of either alphabet, with padding or without.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let text = text.replace('-', "+").replace('_', "/");
    // The rest of a cut text is not decoded.
    let len = text.len() - usize::from(text.len() % 4 == 1);
    base64_simd::forgiving_decode_to_vec(&text.as_bytes()[..len]).ok()
}

/// Parses an id that is all of a text, in any spelling.
///
/// ```
/// use trace_inspect::headers::parse_id;
///
/// let id = parse_id("27bb7faa48294cf49ae6007d70905468").unwrap();
/// for text in ["27BB7FAA-4829-4CF4-9AE6-007D70905468", "Root=1-27bb7faa-48294cf49ae6007d70905468", "J7t/qkgpTPSa5gB9cJBUaA=="] {
///     assert_eq!(parse_id(text), Some(id));
/// }
/// assert_eq!(parse_id("27bb"), None);
/// ```
pub fn parse_id(text: &str) -> Option<TraceId> {
    let text = text.trim().trim_matches(['{', '}', '(', ')']);
    let (id, len) = at_start(text, Spellings::All)?;
    (len == text.len()).then_some(id.trace_id)
}

/// Finds one id in a text, in all its spellings.
#[derive(Debug)]
pub(super) struct Needle {
    pub(super) trace_id: TraceId,
    spellings: Regex,
}

impl Needle {
    pub(super) fn new(trace_id: TraceId) -> Self {
        let hex = trace_id.to_string();
        let bytes = trace_id.to_bytes();
        let number = u128::from_be_bytes(bytes);
        let guid = Guid::from(trace_id);
        let xray = format!("1-{}-{}", &hex[..8], &hex[8..]);
        let list = bytes.map(|byte| byte.to_string()).join(", ?");
        let base64 = STANDARD_NO_PAD.encode_to_string(bytes).replace('+', r"\+");
        let url_safe = URL_SAFE_NO_PAD.encode_to_string(bytes);
        // Only of Base64, the case matters.
        Needle {
            trace_id,
            spellings: regex(&format!(
                "(?:^|0x|(?u:[^0-9A-Za-z]))\
                 (?:(?i:{hex}|0x{number:x}|{guid}|{xray}|{number}|{list})|{base64}|{url_safe})\
                 (?:$|(?u:[^0-9A-Za-z]))"
            )),
        }
    }

    /// Whether a text contains the id.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.spellings.is_match(text)
    }
}

/// Serializes an id as its hex digits.
pub(crate) fn as_text<S: Serializer>(id: &impl Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(id)
}

/// Serializes an id that may be missing.
pub(crate) fn as_text_or_null<T: Display, S: Serializer>(
    id: &Option<T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    id.as_ref().map(T::to_string).serialize(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: u128 = 0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468;

    #[test]
    fn at_start_reads_every_spelling() {
        let bytes = ID.to_be_bytes().map(|byte| byte.to_string());
        for text in [
            format!("{ID:032x}"),
            format!("{ID:032X} rest"),
            format!("{ID:#x}"),
            ID.to_string(),
            "{27BB7FAA-4829-4CF4-9AE6-007D70905468}".to_owned(),
            "Root=1-27bb7faa-48294cf49ae6007d70905468;Sampled=1".to_owned(),
            "1-27bb7faa-48294cf49ae6007d70905468".to_owned(),
            format!("|{ID:032x}.1."),
            format!("00-{ID:032x}-00f067aa0ba902b7-01"),
            format!("{ID:032x}/123;o=1"),
            "J7t/qkgpTPSa5gB9cJBUaA==".to_owned(),
            format!("[{}]", bytes.join(", ")),
        ] {
            let found = at_start(&text, Spellings::All).map(|(id, _)| id.trace_id);
            assert_eq!(found, Some(TraceId::from(ID)), "{text}");
        }
        for text in [
            "",
            "27bb",
            "x",
            &"0".repeat(32),
            &"a".repeat(33),
            &"9".repeat(40),
            "[1, 2]",
        ] {
            assert_eq!(at_start(text, Spellings::All), None, "{text}");
        }
    }

    #[test]
    fn at_start_keeps_span_and_decision() {
        let text = format!("00-{ID:032x}-00f067aa0ba902b7-00");
        let (id, len) = at_start(&text, Spellings::Long).unwrap();
        assert_eq!(
            (id.span_id, id.sampled, len),
            (SpanId::from_hex("00f067aa0ba902b7").ok(), Some(false), 55)
        );
        let text = "Root=1-27bb7faa-48294cf49ae6007d70905468;Parent=00f067aa0ba902b7;Sampled=1";
        let (id, _) = at_start(text, Spellings::Long).unwrap();
        assert_eq!((id.span_id.is_some(), id.sampled), (true, Some(true)));
    }

    #[test]
    fn needle_finds_one_id_in_every_spelling() {
        let needle = Needle::new(TraceId::from(ID));
        let decimal = format!("dd.trace_id={ID}");
        for text in [
            "a 27BB7FAA48294cf49ae6007d70905468",
            "0x27bb7faa48294cf49ae6007d70905468",
            "{27bb7faa-4829-4cf4-9ae6-007d70905468}",
            "Root=1-27bb7faa-48294cf49ae6007d70905468",
            &decimal,
            "\"J7t/qkgpTPSa5gB9cJBUaA==\"",
            "J7t_qkgpTPSa5gB9cJBUaA",
        ] {
            assert!(needle.is_in(text), "{text}");
        }
        assert!(!needle.is_in("j7t/qkgpTPSa5gB9cJBUaA=="));
        assert!(!needle.is_in("27bb7faa48294cf49ae6007d709054689"));
    }
}
