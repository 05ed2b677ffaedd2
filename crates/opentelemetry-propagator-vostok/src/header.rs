//! Parsing and encoding of `Context-Globals`, `Context-Properties` and `Request-Priority`.
//!
//! `Context-Globals` and `Context-Properties` contain an envelope in standard Base64. An envelope
//! consists of names and values in turn. Each is a string after its length in bytes, which is a
//! little-endian signed 32-bit integer. The order of the entries is arbitrary.
//!
//! ```text
//! 17 00 00 00  vostok.request.priority  08 00 00 00  Ordinary
//! 16 00 00 00  vostok.tracing.context   49 00 00 00  27bb7faa-…;0bcd098a-…
//! ```
//!
//! `Request-Priority` contains the name of a [`RequestPriority`](crate::RequestPriority).
//!
//! [`Globals::parse`] and [`parse_properties`] read only allowed entries. [`Globals::parse`] also
//! returns a trace that precedes malformed data. [`Entries::parse`] reads every entry or returns
//! an error.

use std::fmt;

use crate::base64::{self, Buffer};
use crate::entries::Entries;
use crate::envelope::{Entry, EnvelopeReader};
use crate::error::ParseError;
use crate::tracing_context::TracingContext;

pub use crate::names::{
    FORCED_SD_ENVIRONMENT, GLOBALS, PROPERTIES, REQUEST_PRIORITY, REQUEST_PRIORITY_HEADER,
    TRACING_CONTEXT,
};
pub use crate::priority::parse_request_priority;

/// The default limit in bytes for the length of an incoming header. A longer header is ignored
/// without decoding.
pub const DEFAULT_MAX_HEADER_LEN: usize = 16 * 1024;

/// The default limit in bytes for the length of an outgoing header. Entries that would exceed it
/// are left out.
pub const DEFAULT_MAX_INJECTED_LEN: usize = 16 * 1024;

/// A parsed `context-globals`, with the tracing entry and the allowed entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[doc(alias = "Context-Globals")]
pub struct Globals {
    /// The tracing entry, if there is a valid one.
    pub tracing: Option<TracingContext>,
    /// The reason if there is a tracing entry but it is invalid. The other entries are still used.
    pub tracing_error: Option<ParseError>,
    /// The allowed entries, verbatim.
    pub allowed: Entries,
}

impl Globals {
    /// Parses the first tracing entry, and the entries whose names are in `allow`.
    ///
    /// An invalid tracing entry does not affect the other entries. Its error is stored in
    /// [`tracing_error`](Self::tracing_error).
    ///
    /// If malformed data follows the tracing entry, the trace is used and all other entries are
    /// dropped.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is longer than `max_len` bytes, or if it is malformed and no
    /// valid tracing entry precedes the malformed data.
    ///
    /// ```
    /// use opentelemetry_propagator_vostok::header::DEFAULT_MAX_HEADER_LEN;
    /// use opentelemetry_propagator_vostok::{Entries, Globals};
    ///
    /// let mut entries = Entries::new();
    /// entries.insert("user.region", "66")?;
    /// entries.insert("secret", "x")?;
    /// let header = entries.encode();
    ///
    /// let globals = Globals::parse(&header, &["user.region"], DEFAULT_MAX_HEADER_LEN)?;
    /// assert_eq!(globals.tracing, None);
    /// assert_eq!(globals.allowed.get_str("user.region"), Some("66"));
    /// assert_eq!(globals.allowed.get("secret"), None);
    ///
    /// let error = Globals::parse("!", &["user.region"], DEFAULT_MAX_HEADER_LEN).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "context-globals: invalid Base64 character '!' at byte 0"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(
        value: &str,
        allow: &[impl AsRef<str>],
        max_len: usize,
    ) -> Result<Self, ParseError> {
        let mut tracing_error = None;
        let on_tracing_error = |error| tracing_error = Some(error);
        let (tracing, allowed) = parse_globals(value, allow, max_len, on_tracing_error)?;
        Ok(Globals {
            tracing,
            tracing_error,
            allowed,
        })
    }

    /// Encodes the tracing entry, followed by the other entries.
    ///
    /// Returns `None` if there are no entries.
    pub fn encode(&self) -> Option<String> {
        encode_globals(self.tracing, &self.allowed)
    }
}

/// Parses the value of [`GLOBALS`] as [`Globals::parse`] does, but passes the error of an invalid
/// tracing entry to `on_tracing_error`. This keeps the error out of the hot path's result.
#[inline]
pub(crate) fn parse_globals(
    value: &str,
    allow: &[impl AsRef<str>],
    max_len: usize,
    on_tracing_error: impl FnOnce(ParseError),
) -> Result<(Option<TracingContext>, Entries), ParseError> {
    let mut buffer = Buffer::new();
    let (mut tracing, mut tracing_error) = (None, None);
    let mut allowed = Entries::new();
    for entry in EnvelopeReader::new(GLOBALS, value, max_len, &mut buffer)? {
        match entry {
            Ok(entry) if entry.name == TRACING_CONTEXT.as_bytes() => {
                if tracing.is_none() && tracing_error.is_none() {
                    match TracingContext::parse(entry.value) {
                        Ok(parsed) => tracing = Some(parsed),
                        Err(error) => tracing_error = Some(error),
                    }
                }
            }
            Ok(entry) => push_if_allowed(&mut allowed, entry, allow),
            // A comma ends the value of one line, so it is not malformed data: see `parse_first`.
            Err(error) if tracing.is_some() && !error.is_comma() => {
                allowed = Entries::new();
                break;
            }
            Err(error) => return Err(error),
        }
    }
    if let Some(error) = tracing_error {
        on_tracing_error(error);
    }
    Ok((tracing, allowed))
}

/// Encodes the value of [`GLOBALS`] with the tracing entry first. Returns `None` if there are no
/// entries.
#[inline]
pub(crate) fn encode_globals(tracing: Option<TracingContext>, others: &Entries) -> Option<String> {
    match tracing {
        Some(tracing) => Some(encode_tracing(tracing, others.envelope())),
        None => (!others.is_empty()).then(|| others.encode()),
    }
}

fn encode_tracing(tracing: TracingContext, others: &[u8]) -> String {
    /// The number of bytes that are assembled without allocating. A trace and a priority take 112.
    const STACK: usize = 128;

    let len = TracingContext::LEN + others.len();
    let (mut stack, mut heap) = ([0; STACK], Vec::new());
    let rest = if len <= STACK {
        &mut stack[..len]
    } else {
        heap.resize(len, 0);
        &mut heap[..]
    };
    let (value, tail) = rest.split_at_mut(TracingContext::LEN);
    tracing.encode(
        value
            .try_into()
            .expect("the part has the length of the value"),
    );
    tail.copy_from_slice(others);
    base64::encode_with_prefix(TracingContext::BASE64_PREFIX, rest)
}

impl fmt::Display for Globals {
    /// Writes the decoded entries, one on each line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tracing) = self.tracing {
            writeln!(f, "{TRACING_CONTEXT}: {tracing}")?;
        }
        for (name, value) in self.allowed.iter() {
            let (name, value) = (name.escape_ascii(), value.escape_ascii());
            writeln!(f, "{name}: {value}")?;
        }
        Ok(())
    }
}

/// Parses the value of [`PROPERTIES`] and returns the entries whose names are in `allow`.
///
/// # Errors
///
/// Returns an error if the value is malformed or longer than `max_len` bytes.
///
/// ```
/// use opentelemetry_propagator_vostok::header::{parse_properties, DEFAULT_MAX_HEADER_LEN};
/// use opentelemetry_propagator_vostok::Entries;
///
/// let mut entries = Entries::new();
/// entries.insert("client.kind", "web")?;
/// let header = entries.encode();
/// assert_eq!(parse_properties(&header, &["client.kind"], DEFAULT_MAX_HEADER_LEN)?, entries);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse_properties(
    value: &str,
    allow: &[impl AsRef<str>],
    max_len: usize,
) -> Result<Entries, ParseError> {
    let mut buffer = Buffer::new();
    let mut allowed = Entries::new();
    for entry in EnvelopeReader::new(PROPERTIES, value, max_len, &mut buffer)? {
        push_if_allowed(&mut allowed, entry?, allow);
    }
    Ok(allowed)
}

/// Adds an entry if its name is in `allow` and `allowed` has no entry of that name yet.
#[inline]
fn push_if_allowed(allowed: &mut Entries, entry: Entry<'_>, allow: &[impl AsRef<str>]) {
    let listed = allow
        .iter()
        .map(AsRef::as_ref)
        .find(|name| name.as_bytes() == entry.name);
    // Usually there is one allowed entry.
    if listed.is_some_and(|name| allowed.is_empty() || allowed.get(name).is_none()) {
        allowed.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "27bb7faa-4829-4cf4-9ae6-007d70905468";
    const SPAN: &str = "0bcd098a-5926-42e4-9603-2b13607e899e";

    fn globals(envelope: &[u8]) -> Result<Globals, ParseError> {
        Globals::parse(&base64::encode(envelope), &[REQUEST_PRIORITY], usize::MAX)
    }

    fn envelope(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut envelope = Vec::new();
        for (name, value) in entries {
            for text in [name, value] {
                envelope.extend((text.len() as i32).to_le_bytes());
                envelope.extend(text.as_bytes());
            }
        }
        envelope
    }

    #[test]
    fn globals_error_states_reason_and_position() {
        let whole = envelope(&[("a", "1")]);
        let cut = |len: usize| globals(&whole[..len]);
        assert_eq!(cut(10).map(|globals| globals.tracing), Ok(None));
        for (result, reason) in [
            (
                cut(9),
                "envelope byte 5: string length 1 exceeds the 0 remaining bytes",
            ),
            (cut(8), "envelope byte 5: incomplete string length"),
            (cut(5), "envelope byte 0: name without a value"),
            (cut(3), "envelope byte 0: incomplete string length"),
            (
                globals(&[0xff; 8]),
                "envelope byte 0: negative string length",
            ),
            (
                globals(&[0xff, 0xff, 0xff, 0x7f]),
                "envelope byte 0: string length 2147483647 exceeds the 0 remaining bytes",
            ),
            (
                Globals::parse("!!!!", &[""], 9),
                "invalid Base64 character '!' at byte 0",
            ),
            (
                Globals::parse("AAAAAAAAA", &[""], 9),
                "incomplete Base64 at the end",
            ),
            (
                Globals::parse("AAAAAAAAAA", &[""], 9),
                "length 10 exceeds the limit of 9 bytes",
            ),
        ] {
            let error = result.unwrap_err();
            assert_eq!(error.to_string(), format!("context-globals: {reason}"));
            assert_eq!(error.header(), GLOBALS);
        }
        let error = parse_properties("!", &[""], 9).unwrap_err();
        assert_eq!(
            error.to_string(),
            "context-properties: invalid Base64 character '!' at byte 0"
        );
        assert_eq!(error.header(), PROPERTIES);
    }

    #[test]
    fn globals_before_malformed_data_keep_only_the_trace() {
        let tracing = format!("{TRACE};{SPAN}");
        let valid = envelope(&[(REQUEST_PRIORITY, "Critical"), (TRACING_CONTEXT, &tracing)]);
        let expected = Globals {
            tracing: tracing.parse().ok(),
            ..Globals::default()
        };

        for malformed in [&[1][..], &[0xff; 4], &[9, 0, 0, 0], &[1, 0, 0, 0, b'a']] {
            assert_eq!(
                globals(&[&valid[..], malformed].concat()),
                Ok(expected.clone()),
                "{malformed:?}"
            );
        }
        for malformed in ["!", "AAAA!", "="] {
            let value = format!("{}{malformed}", base64::encode(&valid));
            assert_eq!(
                Globals::parse(&value, &[REQUEST_PRIORITY], 9999),
                Ok(expected.clone()),
                "{malformed:?}"
            );
        }
    }

    #[test]
    fn globals_keep_entries_next_to_an_invalid_trace() {
        let zero = format!("00000000-0000-0000-0000-000000000000;{SPAN}");
        let good = format!("{TRACE};{SPAN}");
        for tracing in ["junk", "", TRACE, &zero, &format!("{good};{SPAN}")] {
            let priority = (REQUEST_PRIORITY, "Critical");
            let bad = (TRACING_CONTEXT, tracing);
            // A second tracing entry is not used, even if the first one is invalid.
            let second = (TRACING_CONTEXT, &*good);
            for entries in [[priority, bad, second], [bad, priority, second]] {
                let read = globals(&envelope(&entries)).unwrap();
                let error = tracing.parse::<TracingContext>().unwrap_err();
                assert_eq!((read.tracing, read.tracing_error), (None, Some(error)));
                assert_eq!(read.allowed.get_str(REQUEST_PRIORITY), Some("Critical"));
            }
            let entries = envelope(&[priority, bad]);
            assert_eq!(
                globals(&[&entries[..], &[1]].concat())
                    .unwrap_err()
                    .to_string(),
                format!(
                    "context-globals: envelope byte {}: incomplete string length",
                    entries.len()
                )
            );
        }
    }

    #[test]
    fn globals_encode_reproduces_the_parsed_value() {
        let tracing = format!("{TRACE};{SPAN}");
        let entries = envelope(&[(TRACING_CONTEXT, &tracing), (REQUEST_PRIORITY, "Critical")]);
        let read = globals(&entries).unwrap();
        assert_eq!(read.encode(), Some(base64::encode(&entries)));
        assert_eq!(
            read.to_string(),
            format!("{TRACING_CONTEXT}: {tracing}\n{REQUEST_PRIORITY}: Critical\n")
        );
        assert_eq!(Globals::default().encode(), None);
        assert_eq!(Globals::default().to_string(), "");
    }

    #[test]
    fn globals_use_the_first_entry_of_a_name() {
        let (first, second) = (format!("{TRACE};{SPAN}"), format!("{SPAN};{TRACE}"));
        let read = globals(&envelope(&[
            (TRACING_CONTEXT, &first),
            (REQUEST_PRIORITY, "Critical"),
            (TRACING_CONTEXT, &second),
            (REQUEST_PRIORITY, "Ordinary"),
            (TRACING_CONTEXT, "junk"),
        ]))
        .unwrap();
        assert_eq!(read.tracing, first.parse().ok());
        assert_eq!(
            read.allowed.iter().collect::<Vec<_>>(),
            [(REQUEST_PRIORITY.as_bytes(), &b"Critical"[..])]
        );
    }
}
