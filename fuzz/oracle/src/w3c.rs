//! A naive implementation of `traceparent` and `tracestate`.

use super::{hex, trim};

/// A parsed `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace id, not zero.
    pub trace_id: u128,
    /// The span id, not zero.
    pub span_id: u64,
    /// The sampling decision.
    pub sampled: bool,
    /// Whether the right half of the trace id is random.
    pub random: bool,
}

/// Reads one value of `traceparent`.
pub fn read_traceparent(value: &str) -> Option<TraceParent> {
    let mut fields = trim(value).splitn(5, '-');
    let mut field = |length| {
        let field = fields.next()?;
        let is_lower_case = !field.contains(|c: char| c.is_ascii_uppercase());
        hex::number(field).filter(|_| field.len() == length && is_lower_case)
    };
    let (version, trace_id, span_id, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
    // Version 00 ends here. A later version may continue after another hyphen.
    let goes_on = fields.next().is_some();
    let is_version = version != 0xff && !(version == 0 && goes_on) && !value.contains(',');
    let is_valid = is_version && trace_id != 0 && span_id != 0;
    is_valid.then_some(TraceParent {
        trace_id,
        span_id: span_id as u64,
        sampled: flags & 1 != 0,
        random: flags & 2 != 0,
    })
}

/// Reads `traceparent` from all its lines, of whose elements exactly one must not be empty.
pub fn read_only_traceparent(lines: &[&str]) -> Option<TraceParent> {
    let elements = lines.iter().flat_map(|line| line.split(',')).map(trim);
    let mut elements = elements.filter(|element| !element.is_empty());
    let only = elements.next()?;
    elements.next().is_none().then(|| read_traceparent(only))?
}

/// Reads `tracestate` from all its lines as one list, without empty elements and without whitespace
/// around the others. Returns `None` if a member is invalid or there are more than 32.
pub fn read_tracestate(lines: &[&str]) -> Option<String> {
    let mut list = String::new();
    let mut count = 0;
    for member in lines.iter().flat_map(|line| line.split(',')).map(trim) {
        if member.is_empty() {
            continue;
        }
        count += 1;
        let (key, value) = member.split_once('=')?;
        if count > 32 || !is_key(key) || !is_value(value) {
            return None;
        }
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(member);
    }
    Some(list)
}

/// Writes a list without its invalid members, and without those after the 32nd.
pub fn write_tracestate(list: &str) -> String {
    let is_valid = |member: &&str| {
        let parts = member.split_once('=');
        parts.is_some_and(|(key, value)| is_key(key) && is_value(value))
    };
    let members: Vec<&str> = list.split(',').filter(is_valid).take(32).collect();
    members.join(",")
}

/// Whether a text is a valid key. A key consists of at most 256 lower-case letters, digits and
/// `_-*/@`, and begins with a letter or a digit.
fn is_key(key: &str) -> bool {
    let is_first = |c: char| matches!(c, 'a'..='z' | '0'..='9');
    key.len() <= 256
        && key.starts_with(is_first)
        && key.chars().all(|c| is_first(c) || "_-*/@".contains(c))
}

/// Whether a text is a valid value. A value consists of at most 256 printable ASCII characters
/// other than `,` and `=`, and does not end with a space.
fn is_value(value: &str) -> bool {
    let is_inside = |c: char| matches!(c, ' '..='~') && c != ',' && c != '=';
    (1..=256).contains(&value.len()) && !value.ends_with(' ') && value.chars().all(is_inside)
}
