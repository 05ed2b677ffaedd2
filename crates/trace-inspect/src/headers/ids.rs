//! Trace ids in all their spellings.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use base64_simd::{STANDARD, URL_SAFE};
use opentelemetry::trace::{SpanId, TraceId};
use regex::{Captures, Regex};

use super::pattern::regex;

/// A trace id in a text, and what its spelling tells about the parent span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Id {
    /// The trace, not zero.
    pub trace_id: TraceId,
    /// The span id that follows it.
    pub span_id: Option<SpanId>,
    /// The decision that follows it.
    pub sampled: Option<bool>,
}

impl Id {
    pub(super) fn new(trace_id: u128) -> Option<Self> {
        (trace_id != 0).then(|| Id {
            trace_id: TraceId::from(trace_id),
            span_id: None,
            sampled: None,
        })
    }

    fn with(self, span_id: Option<&str>, sampled: Option<bool>) -> Self {
        let span_id = span_id.and_then(|digits| SpanId::from_hex(digits).ok());
        Id {
            span_id: span_id.filter(|id| *id != SpanId::INVALID),
            sampled,
            ..self
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

/// Parses the id at the beginning of a text. Returns also its length.
pub(super) fn at_start(text: &str, spellings: Spellings) -> Option<(Id, usize)> {
    static LONG: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?xi)^(?:
            [0-9a-f]{2}-(?P<parent>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})\b
            | (?:root=)?1-(?P<time>[0-9a-f]{8})-(?P<rest>[0-9a-f]{24})\b
                (?:;parent=(?P<x_span>[0-9a-f]{16})\b)?(?:;sampled=(?P<x_sampled>[01])\b)?
            | \{?(?P<guid>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b
            | (?:00-|\|)?(?P<id>[0-9a-f]{32})\b
                (?:[-:.](?P<id_span>[0-9a-f]{16})\b(?:-(?P<sampled>[01])\b)?)?
            )",
        )
    });
    static SHORT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?xi)^(?:
            0x(?P<hex>[0-9a-f]{1,32})\b
            | (?P<half>[0-9a-f]{16})\b
            | (?P<decimal>[0-9]{17,39})\b
            | (?P<base64>[A-Za-z0-9+/_-]{22}==)
            | \[?\s*(?P<bytes>[0-9]{1,3}(?:,\s*[0-9]{1,3}){15})\s*\]
            )",
        )
    });
    let text = super::bounded(text, 200);
    if let Some(found) = LONG.captures(text) {
        return Some((long(&found)?, found[0].len()));
    }
    if spellings == Spellings::Long {
        return None;
    }
    let found = SHORT.captures(text)?;
    Some((Id::new(short(&found)?)?, found[0].len()))
}

fn long(found: &Captures<'_>) -> Option<Id> {
    let group = |name| found.name(name).map(|group| group.as_str());
    let digits = match (group("parent").or(group("id")), group("guid")) {
        (Some(digits), _) => digits.to_owned(),
        (None, Some(guid)) => guid.replace('-', ""),
        (None, None) => [group("time")?, group("rest")?].concat(),
    };
    let id = Id::new(u128::from_str_radix(&digits, 16).ok()?)?;
    let flags = group("flags").and_then(|flags| u8::from_str_radix(flags, 16).ok());
    let flag = group("sampled").or(group("x_sampled"));
    let sampled = flags
        .map(|flags| flags & 1 == 1)
        .or(flag.map(|flag| flag == "1"));
    Some(id.with(
        group("span").or(group("x_span")).or(group("id_span")),
        sampled,
    ))
}

fn short(found: &Captures<'_>) -> Option<u128> {
    let group = |name| found.name(name).map(|group| group.as_str());
    if let Some(digits) = group("hex").or(group("half")) {
        return u128::from_str_radix(digits, 16).ok();
    }
    if let Some(digits) = group("decimal") {
        return digits.parse().ok();
    }
    if let Some(text) = group("base64") {
        let decoded = decode_base64(text)?;
        return Some(u128::from_be_bytes(decoded.try_into().ok()?));
    }
    let mut bytes = group("bytes")?
        .split(',')
        .map(|byte| byte.trim().parse::<u8>().ok());
    bytes.try_fold(0, |id: u128, byte| Some(id << 8 | u128::from(byte?)))
}

/// Decodes Base64 of either alphabet, with padding or without.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.replace('-', "+").replace('_', "/");
    let symbols: Vec<u8> = text
        .bytes()
        .filter(|b| !matches!(b, b'=' | b'\n'))
        .collect();
    // The rest of a cut text is not decoded.
    let len = symbols.len() - usize::from(symbols.len() % 4 == 1);
    base64_simd::forgiving_decode_to_vec(&symbols[..len]).ok()
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
    automaton: AhoCorasick,
    /// What each pattern of the automaton is.
    names: Vec<&'static str>,
    base64: [String; 2],
}

impl Needle {
    pub(super) fn new(trace_id: TraceId) -> Self {
        let hex = trace_id.to_string();
        let bytes = trace_id.to_bytes();
        let guid = [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ]
        .join("-");
        let decimal = u128::from_be_bytes(bytes).to_string();
        let list = bytes.map(|byte| byte.to_string());
        let mut patterns = vec![
            (hex.clone(), "hex digits"),
            (guid, "a GUID"),
            (decimal, "a number"),
            (format!("1-{}-{}", &hex[..8], &hex[8..]), "X-Ray's id"),
            (list.join(", "), "a list of bytes"),
            (list.join(","), "a list of bytes"),
        ];
        if hex.starts_with('0') {
            patterns.push((format!("0x{}", hex.trim_start_matches('0')), "hex digits"));
        }
        let base64 = [
            STANDARD.encode_to_string(bytes),
            URL_SAFE.encode_to_string(bytes),
        ];
        let base64 = base64.map(|text| text.trim_end_matches('=').to_owned());
        patterns.extend(base64.iter().map(|text| (text.clone(), "Base64")));
        Needle {
            trace_id,
            automaton: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(patterns.iter().map(|(pattern, _)| pattern))
                .expect("a few short patterns"),
            names: patterns.into_iter().map(|(_, name)| name).collect(),
            base64,
        }
    }

    /// Returns how a text spells the id.
    pub(super) fn find(&self, text: &str) -> Option<&'static str> {
        let is_of_word = |c: char| c.is_ascii_alphanumeric();
        let mut found = self.automaton.find_iter(text).filter_map(|found| {
            let name = self.names[found.pattern()];
            let (before, after) = (&text[..found.start()], &text[found.end()..]);
            let is_start = !before.ends_with(is_of_word) || before.ends_with("0x");
            let is_whole = is_start && !after.starts_with(is_of_word);
            // The case of Base64 matters.
            let is_same = name != "Base64" || self.base64.iter().any(|b| b == &text[found.range()]);
            (is_whole && is_same).then_some(name)
        });
        found.next()
    }
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
        for (text, name) in [
            ("a 27BB7FAA48294cf49ae6007d70905468", "hex digits"),
            ("0x27bb7faa48294cf49ae6007d70905468", "hex digits"),
            ("{27bb7faa-4829-4cf4-9ae6-007d70905468}", "a GUID"),
            ("Root=1-27bb7faa-48294cf49ae6007d70905468", "X-Ray's id"),
            (&decimal, "a number"),
            ("\"J7t/qkgpTPSa5gB9cJBUaA==\"", "Base64"),
            ("J7t_qkgpTPSa5gB9cJBUaA", "Base64"),
        ] {
            assert_eq!(needle.find(text), Some(name), "{text}");
        }
        assert_eq!(needle.find("j7t/qkgpTPSa5gB9cJBUaA=="), None);
        assert_eq!(needle.find("27bb7faa48294cf49ae6007d709054689"), None);
    }
}
