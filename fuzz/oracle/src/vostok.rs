//! A naive implementation of `Context-Globals` and `Context-Properties`.

use super::{base64, guid};

/// The name of the entry that contains the trace.
pub const TRACING: &str = "vostok.tracing.context";

/// An entry: a name, and its value verbatim.
pub type Entry = (Vec<u8>, Vec<u8>);

/// The part of a `Context-Globals` header that a propagator uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Globals {
    /// The trace id, and the span id unless it is zero.
    pub trace: Option<(u128, Option<u64>)>,
    /// Whether there is a tracing entry but it is invalid.
    pub is_trace_invalid: bool,
    /// The entries on the allow-list.
    pub allowed: Vec<(String, Vec<u8>)>,
}

/// Reads `Context-Globals`. Returns `None` if the whole header must be ignored.
pub fn globals(header: &str, allow: &[&str], limit: usize) -> Option<Globals> {
    if header.len() > limit {
        return None;
    }
    let envelope = open(header);
    if base64::stops_at_comma(header) {
        return None;
    }
    let mut tracing = each_entry(&envelope.bytes).filter(|(name, _)| *name == TRACING.as_bytes());
    let tracing = tracing.next();
    let trace = tracing.and_then(|(_, value)| read_tracing(value));
    if trace.is_none() && !envelope.is_valid {
        return None;
    }
    let mut allowed = Vec::new();
    if envelope.is_valid {
        allowed = select(&envelope, allow);
        allowed.retain(|(name, _)| name != TRACING);
    }
    Some(Globals {
        trace,
        is_trace_invalid: tracing.is_some() && trace.is_none(),
        allowed,
    })
}

/// Reads `Context-Properties`. Returns `None` if the whole header must be ignored.
pub fn properties(header: &str, allow: &[&str], limit: usize) -> Option<Vec<(String, Vec<u8>)>> {
    if header.len() > limit {
        return None;
    }
    let envelope = open(header);
    envelope.is_valid.then(|| select(&envelope, allow))
}

/// Returns every entry of either header, or `None` if any part of it is malformed.
pub fn entries(header: &str) -> Option<Vec<Entry>> {
    let envelope = open(header);
    let entries = each_entry(&envelope.bytes).map(|(name, value)| (name.to_vec(), value.to_vec()));
    envelope.is_valid.then(|| entries.collect())
}

/// Writes the header for entries, in their order.
pub fn write<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    base64::encode(&entries_bytes(entries))
}

/// Writes the bytes of entries, before Base64.
pub fn entries_bytes<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in entries {
        for string in [name.as_bytes(), value] {
            let length = i32::try_from(string.len()).expect("the string is short");
            bytes.extend(length.to_le_bytes());
            bytes.extend(string);
        }
    }
    bytes
}

/// Writes the value of the tracing entry for a span.
pub fn write_tracing(trace_id: u128, span_id: u64) -> String {
    let span = u128::from(span_id) << 64;
    format!("{};{}", guid::hyphenated(trace_id), guid::hyphenated(span))
}

/// Selects the allowed entries. If a name repeats, the first value wins.
fn select(envelope: &Envelope, allow: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut selected: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, value) in each_entry(&envelope.bytes) {
        let Some(name) = allow.iter().find(|allowed| allowed.as_bytes() == name) else {
            continue;
        };
        if selected.iter().all(|(other, _)| other != name) {
            selected.push(((*name).to_owned(), value.to_vec()));
        }
    }
    selected
}

/// Reads `<trace GUID>;<span GUID>` as FlowingContext does.
pub fn read_tracing(value: &[u8]) -> Option<(u128, Option<u64>)> {
    let value = std::str::from_utf8(value).ok()?;
    let mut parts = value.split(';').filter(|part| !part.is_empty());
    let (trace, span) = (parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let trace = guid::dotnet(trace)?;
    let span = (guid::dotnet(span)? >> 64) as u64;
    (trace != 0).then_some((trace, Some(span).filter(|span| *span != 0)))
}

/// The valid part of a header's envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Whole entries only.
    pub bytes: Vec<u8>,
    /// Whether the header ends with the last of these entries.
    pub is_valid: bool,
}

/// Decodes a header up to its first error.
pub fn open(header: &str) -> Envelope {
    let base64::Decoded {
        mut bytes,
        is_valid,
    } = base64::decode(header);
    let decoded = bytes.len();
    let mut len = 0;
    while let Some((_, _, rest)) = entry(&bytes[len..]) {
        len = decoded - rest.len();
    }
    bytes.truncate(len);
    Envelope {
        bytes,
        is_valid: is_valid && len == decoded,
    }
}

/// Returns the names and values of whole entries.
pub fn each_entry(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let (name, value, rest) = entry(bytes)?;
        bytes = rest;
        Some((name, value))
    })
}

/// Returns the first entry and the rest.
fn entry(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (name, rest) = string(bytes)?;
    let (value, rest) = string(rest)?;
    Some((name, value, rest))
}

fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(4)?;
    let length = i32::from_le_bytes(length.try_into().expect("the length has four bytes"));
    rest.split_at_checked(usize::try_from(length).ok()?)
}

/// Reads a priority in any case. Returns its name as Vostok writes it.
pub fn read_priority(name: &str) -> Option<&'static str> {
    ["Sheddable", "Ordinary", "Critical"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name))
}

/// Returns the entries that fit into a header of `limit` bytes, in order. `used` bytes of the
/// envelope are already taken.
pub fn fitting<'a>(
    entries: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    used: usize,
    limit: usize,
) -> Vec<(&'a str, &'a [u8])> {
    // Four Base64 characters encode three bytes.
    let room = limit / 4 * 3;
    let mut used = used;
    let mut fitting = Vec::new();
    for (name, value) in entries {
        let len = 4 + name.len() + 4 + value.len();
        if used + len <= room {
            used += len;
            fitting.push((name, value));
        }
    }
    fitting
}
