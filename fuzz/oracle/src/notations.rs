//! Notations of headers that `trace-inspect` reads, naively.
//!
//! Each function reads a narrow form of a notation, in which the result is beyond doubt, and returns
//! `None` for all other texts.

use super::{hex, kontur, w3c};

/// The names of all headers.
const NAMES: [&str; 22] = [
    "b3",
    "baggage",
    "context-globals",
    "context-properties",
    "request-priority",
    "sentry-trace",
    "server-timing",
    "trace-id",
    "traceparent",
    "tracestate",
    "uber-trace-id",
    "x-amzn-trace-id",
    "x-b3-flags",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-spanid",
    "x-b3-traceid",
    "x-kontur-trace-id",
    "x-kontur-trace-issampled",
    "x-kontur-trace-parentspanid",
    "x-kontur-trace-profileid",
    "x-kontur-trace-spanid",
];

/// A header and one of its lines.
pub type Field<'a> = (&'static str, &'a str);

/// Returns the header of this name, in either case.
pub fn known(name: &str) -> Option<&'static str> {
    NAMES
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a value consists of letters, digits and hyphens, so that it ends in no notation before
/// its last character.
fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Reads a line `Name: value` of a known header.
pub fn header_line(line: &str) -> Option<Field<'_>> {
    let (name, value) = line.split_once(": ")?;
    Some((known(name)?, value)).filter(|_| is_plain(value))
}

/// Reads a word `name=value` of any name.
pub fn assignment(word: &str) -> Option<(&str, &str)> {
    let is_of_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let (name, value) = word.split_once('=')?;
    let is_name = !name.is_empty() && name.bytes().all(is_of_name);
    (is_name && is_plain(value)).then_some((name, value))
}

/// Reads a JSON object whose keys and values are strings without escapes, such as
/// `{"traceparent": "00-…"}`. Passes each key and value on.
pub fn flat_object<'a>(text: &'a str, mut field: impl FnMut(&'a str, &'a str)) -> Option<()> {
    fn string(text: &str) -> Option<(&str, &str)> {
        let text = text.trim_start_matches(' ').strip_prefix('"')?;
        let (string, rest) = text.split_once('"')?;
        let is_escaped = string.contains(|c: char| c == '\\' || c < ' ');
        (!is_escaped).then_some((string, rest.trim_start_matches(' ')))
    }
    let mut rest = text.strip_prefix('{')?;
    loop {
        let (key, after) = string(rest)?;
        let (value, after) = string(after.strip_prefix(':')?)?;
        field(key, value);
        if after == "}" {
            return Some(());
        }
        rest = after.strip_prefix(',')?;
    }
}

/// Reads a command `curl -H 'name: value' …` whose other arguments are addresses. Passes each header
/// of a known name on.
pub fn curl_command<'a>(text: &'a str, mut field: impl FnMut(Field<'a>)) -> Option<()> {
    let mut rest = text.strip_prefix("curl")?;
    while !rest.is_empty() {
        rest = rest.strip_prefix(' ')?;
        if let Some(header) = rest.strip_prefix("-H '") {
            let (header, after) = header.split_once('\'')?;
            field(header_line(header)?);
            rest = after;
        } else {
            let end = rest.find(' ').unwrap_or(rest.len());
            let is_address = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '.');
            let word = &rest[..end];
            if word.is_empty() || word.starts_with("curl") || !word.chars().all(is_address) {
                return None;
            }
            rest = &rest[end..];
        }
    }
    Some(())
}

/// Reads a request line `GET /path HTTP/1.1` or a status line `HTTP/1.1 200`.
pub fn is_start_line(line: &str) -> bool {
    let is_version = |word: &str| matches!(word, "HTTP/1.0" | "HTTP/1.1" | "HTTP/2" | "HTTP/3");
    let mut words = line.split(' ');
    let words = [words.next(), words.next(), words.next(), words.next()];
    match words {
        [Some(method), Some(target), Some(version), None] if is_version(version) => {
            (3..=10).contains(&method.len())
                && method.bytes().all(|b| b.is_ascii_uppercase())
                && !target.is_empty()
                && target.bytes().all(|b| b.is_ascii_graphic())
        }
        [Some(version), Some(status), None, None] if is_version(version) => {
            status.len() == 3 && status.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    }
}

/// Decodes the bytes of one line of a dump: an offset of four to eight hex digits, perhaps with `0x`
/// and a colon, and up to sixteen groups of one or two bytes. A gap of three characters ends them.
pub fn dump_line(line: &str, mut byte: impl FnMut(u8)) -> bool {
    let is_space = |c: char| matches!(c, '\t'..='\r' | ' ');
    let line = line.trim_start_matches(is_space);
    let line = line.strip_prefix("0x").unwrap_or(line);
    let end = line.find(is_space).unwrap_or(line.len());
    let offset = line[..end].strip_suffix(':').unwrap_or(&line[..end]);
    if !(4..=8).contains(&offset.len()) || hex::number(offset).is_none() {
        return false;
    }
    let mut rest = line[end..].trim_start_matches(is_space);
    let (mut groups, mut bytes) = (0, 0);
    while groups < 16 {
        let end = rest.find(is_space).unwrap_or(rest.len());
        let group = &rest[..end];
        if !matches!(group.len(), 2 | 4) || hex::number(group).is_none() {
            break;
        }
        groups += 1;
        for at in (0..group.len()).step_by(2) {
            // A line of a dump has sixteen bytes.
            if bytes < 16 {
                byte(hex::number(&group[at..at + 2]).expect("digits") as u8);
                bytes += 1;
            }
        }
        let after = rest[end..].trim_start_matches(is_space);
        let gap = rest.len() - end - after.len();
        rest = after;
        if gap > 2 || gap == 0 {
            break;
        }
    }
    groups > 0
}

/// Whether two words of ASCII differ by one edit: a letter inserted, removed, or replaced, or two
/// neighbors swapped.
pub fn is_one_edit(left: &str, right: &str) -> bool {
    let same = left.bytes().zip(right.bytes());
    let start = same.take_while(|(a, b)| a == b).count();
    let (left, right) = (&left.as_bytes()[start..], &right.as_bytes()[start..]);
    match (left, right) {
        ([_, left @ ..], _) if left == right => true,
        (_, [_, right @ ..]) if left == right => true,
        ([_, left @ ..], [_, right @ ..]) if left == right => true,
        ([a, b, left @ ..], [c, d, right @ ..]) => (a, b, left) == (d, c, right),
        _ => false,
    }
}

/// Returns the known name that a misspelt one stands for, if they differ by one edit.
pub fn misspelt(name: &str) -> Option<&'static str> {
    NAMES
        .into_iter()
        .find(|known| known.len() >= 6 && is_one_edit(name, known))
}

/// Reads a text that is one `traceparent`, or one trace id.
pub fn trace_id(text: &str) -> Option<u128> {
    match text.len() {
        55 => w3c::read_traceparent(text).map(|parent| parent.trace_id),
        _ => kontur::read_trace_id(text),
    }
}

/// Reads the trace id of `b3`: 16 or 32 digits in lower case, the span id, perhaps a decision, and
/// perhaps the id of the parent.
pub fn b3(value: &str) -> Option<u128> {
    let id = |digits: &str| match digits.contains(|c: char| c.is_ascii_uppercase()) {
        true => None,
        false => hex::number(digits),
    };
    let is_span_id = |digits: &str| digits.len() == 16 && id(digits).is_some();
    let mut parts = value.split('-');
    let trace_id = parts.next().filter(|id| matches!(id.len(), 16 | 32))?;
    let is_valid = parts.next().is_some_and(is_span_id)
        && parts
            .next()
            .is_none_or(|flag| matches!(flag, "0" | "1" | "d"))
        && parts.next().is_none_or(is_span_id)
        && parts.next().is_none();
    id(trace_id).filter(|id| is_valid && *id != 0)
}

/// Reads the trace id of Jaeger's `uber-trace-id`: four numbers, after each of which but the last
/// there is a colon or its percent encoding.
pub fn uber_trace_id(value: &str) -> Option<u128> {
    let mut rest = value;
    let mut number = |limit: usize, is_last: bool| {
        let end = rest.find([':', '%']).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        rest = match after.get(..3) {
            _ if is_last => after,
            Some("%3a" | "%3A") => &after[3..],
            _ => after.strip_prefix(':')?,
        };
        hex::number(digits).filter(|_| digits.len() <= limit)
    };
    let trace_id = number(32, false)?;
    number(16, false)?;
    number(16, false)?;
    number(2, true)?;
    (trace_id != 0 && rest.is_empty()).then_some(trace_id)
}
