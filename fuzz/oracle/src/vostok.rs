//! `Context-Globals` and `Context-Properties`, naively.

use super::{base64, guid};

/// The name of the entry that holds the trace.
pub const TRACING: &str = "vostok.tracing.context";

/// An entry: a name, and its value as it came.
pub type Entry = (Vec<u8>, Vec<u8>);

/// What a `Context-Globals` header holds for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Globals {
    /// The trace id and the span id.
    pub trace: Option<(u128, u64)>,
    /// The entries on the allow-list.
    pub kept: Vec<(String, Vec<u8>)>,
}

/// Reads `Context-Globals`; `None` when the header is to be ignored whole.
pub fn globals(header: &str, allowed: &[&str], limit: usize) -> Option<Globals> {
    let envelope = Envelope::open(header, limit)?;
    let tracing = envelope
        .entries
        .iter()
        .find(|(name, _)| name == TRACING.as_bytes());
    let trace = match tracing {
        Some((_, value)) => Some(read_tracing(value)?),
        None if envelope.damaged => return None,
        None => None,
    };
    let kept = if envelope.damaged {
        Vec::new()
    } else {
        kept(&envelope.entries, allowed)
            .into_iter()
            .filter(|(name, _)| name != TRACING)
            .collect()
    };
    Some(Globals { trace, kept })
}

/// Reads `Context-Properties`; `None` when the header is to be ignored whole.
pub fn properties(header: &str, allowed: &[&str], limit: usize) -> Option<Vec<(String, Vec<u8>)>> {
    let envelope = Envelope::open(header, limit)?;
    (!envelope.damaged).then(|| kept(&envelope.entries, allowed))
}

/// Every entry of either header; `None` when it is damaged anywhere.
pub fn entries(header: &str) -> Option<Vec<Entry>> {
    let envelope = Envelope::open(header, usize::MAX)?;
    (!envelope.damaged).then_some(envelope.entries)
}

/// The header for entries, in their order.
pub fn write<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    base64::encode(&entries_bytes(entries))
}

/// The bytes of entries, before they are written as Base64.
pub fn entries_bytes<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in entries {
        for string in [name.as_bytes(), value] {
            let length = i32::try_from(string.len()).expect("a short string");
            bytes.extend(length.to_le_bytes());
            bytes.extend(string);
        }
    }
    bytes
}

/// The value of the tracing entry for a span.
pub fn write_tracing(trace_id: u128, span_id: u64) -> String {
    let span = u128::from(span_id) << 64;
    format!("{};{}", guid::hyphenated(trace_id), guid::hyphenated(span))
}

/// The entries that are allowed, each name once, the first of a repeated one.
fn kept(entries: &[Entry], allowed: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut kept: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, value) in entries {
        let Some(name) = allowed.iter().find(|allowed| allowed.as_bytes() == name) else {
            continue;
        };
        if kept.iter().all(|(other, _)| other != name) {
            kept.push(((*name).to_owned(), value.clone()));
        }
    }
    kept
}

/// Reads `<trace GUID>;<span GUID>` as FlowingContext does.
pub fn read_tracing(value: &[u8]) -> Option<(u128, u64)> {
    let value = std::str::from_utf8(value).ok()?;
    let mut parts = value.split(';').filter(|part| !part.is_empty());
    let (trace, span) = (parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    // .NET drops whatever Unicode calls white space around a GUID.
    let trace = guid::dotnet(trace.trim())?;
    let span = (guid::dotnet(span.trim())? >> 64) as u64;
    (trace != 0 && span != 0).then_some((trace, span))
}

/// The decoded entries up to the first damage.
struct Envelope {
    entries: Vec<Entry>,
    damaged: bool,
}

impl Envelope {
    fn open(header: &str, limit: usize) -> Option<Envelope> {
        if header.len() > limit {
            return None;
        }
        let base64::Decoded { bytes, is_valid } = base64::decode(header);
        let mut rest = bytes.as_slice();
        let mut entries = Vec::new();
        while !rest.is_empty() {
            let Some((entry, after)) = entry(rest) else {
                break;
            };
            entries.push(entry);
            rest = after;
        }
        Some(Envelope {
            entries,
            damaged: !is_valid || !rest.is_empty(),
        })
    }
}

fn entry(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let (name, rest) = string(bytes)?;
    let (value, rest) = string(rest)?;
    Some(((name.to_vec(), value.to_vec()), rest))
}

fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(4)?;
    let length = i32::from_le_bytes(length.try_into().expect("four bytes"));
    rest.split_at_checked(usize::try_from(length).ok()?)
}
