//! Owned entries of an envelope.

use std::fmt;

use crate::base64::{self, Buffer};
use crate::envelope::{Entry, EnvelopeReader};
use crate::error::ParseError;
use crate::names::REQUEST_PRIORITY;
use crate::priority::RequestPriority;

/// A list of names and values, as an envelope contains them.
///
/// A name is text. A value may consist of any bytes, but is usually text. If a decoded name
/// repeats, the first value is used.
///
/// ```
/// use opentelemetry_propagator_vostok::Entries;
///
/// let mut entries = Entries::new();
/// entries.insert("user.region", "66")?;
/// entries.insert("vostok.request.priority", "Critical")?;
///
/// let header = entries.encode();
/// let read = Entries::parse("context-globals", &header)?;
/// assert_eq!(read.get_str("user.region"), Some("66"));
/// assert_eq!(read.get("absent"), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// The entries in envelope form, so that they take one allocation and are sent without encoding
    /// them again.
    envelope: Vec<u8>,
}

impl Entries {
    /// Creates an empty list.
    pub const fn new() -> Self {
        Entries {
            envelope: Vec::new(),
        }
    }

    /// Decodes all entries of a header value, in order. `header` is the header's name for errors.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is malformed.
    pub fn parse(header: &'static str, value: &str) -> Result<Self, ParseError> {
        match Self::parse_partial(header, value) {
            (entries, None) => Ok(entries),
            (_, Some(error)) => Err(error),
        }
    }

    /// Decodes the entries up to the first error, and returns them with that error.
    pub fn parse_partial(header: &'static str, value: &str) -> (Self, Option<ParseError>) {
        let mut buffer = Buffer::new();
        let mut entries = Entries::new();
        let reader = match EnvelopeReader::new(header, value, usize::MAX, &mut buffer) {
            Ok(reader) => reader,
            Err(error) => return (entries, Some(error)),
        };
        for entry in reader {
            match entry {
                Ok(entry) => entries.push(entry),
                Err(error) => return (entries, Some(error)),
            }
        }
        (entries, None)
    }

    /// Returns the value of a name, or `None` if it is missing.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter()
            .find(|(n, _)| *n == name.as_bytes())
            .map(|(_, value)| value)
    }

    /// Returns the value of a name as text, or `None` if it is missing or not UTF-8.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.get(name)?).ok()
    }

    /// Sets the value of a name, replacing any earlier one.
    ///
    /// # Errors
    ///
    /// Returns an error, and leaves the entries unchanged, if the name or the value is longer than
    /// 2 GiB, which an envelope cannot represent.
    pub fn insert(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), TooLongError> {
        let value = value.as_ref();
        if !fit_in_envelope(name.len(), value.len()) {
            return Err(TooLongError(()));
        }
        self.remove(name);
        append(&mut self.envelope, name.as_bytes(), value);
        Ok(())
    }

    /// Removes all entries of a name.
    pub fn remove(&mut self, name: &str) {
        if self.get(name).is_none() {
            return;
        }
        let mut rest = Vec::with_capacity(self.envelope.len());
        for (n, value) in self.iter().filter(|(n, _)| *n != name.as_bytes()) {
            append(&mut rest, n, value);
        }
        self.envelope = rest;
    }

    /// Iterates over the names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        EnvelopeReader::from_bytes(&self.envelope).map_while(|entry| {
            let entry = entry.ok()?;
            Some((entry.name, entry.value))
        })
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.envelope.is_empty()
    }

    /// Encodes the entries as a header value.
    pub fn encode(&self) -> String {
        base64::encode(&self.envelope)
    }

    /// Returns the priority among globals, or `None` if it is missing or unknown.
    #[inline]
    pub(crate) fn request_priority(&self) -> Option<RequestPriority> {
        /// The beginning of the entry, which is the length of the name and the name.
        const PREFIX: &[u8] = b"\x17\0\0\0vostok.request.priority";

        if self.is_empty() {
            return None;
        }
        // Usually the priority is the only global. The length precedes the value.
        if let Some([_, _, _, _, value @ ..]) = self.envelope.strip_prefix(PREFIX) {
            if let Some(priority) = RequestPriority::from_exact_name(value) {
                return Some(priority);
            }
        }
        RequestPriority::from_name(self.get(REQUEST_PRIORITY)?)
    }

    /// Sets the priority among globals, replacing any earlier one.
    pub(crate) fn set_request_priority(&mut self, priority: RequestPriority) {
        self.insert(REQUEST_PRIORITY, priority.as_str())
            .expect("the name and the value are short");
    }

    /// Returns the entries that fit into an envelope of `room` bytes, in order, and the number of
    /// those that do not fit.
    pub(crate) fn fitting(&self, room: usize) -> (Self, usize) {
        let (mut fitting, mut left_out) = (Entries::new(), 0);
        for entry in EnvelopeReader::from_bytes(&self.envelope).map_while(Result::ok) {
            if fitting.envelope.len() + entry.raw.len() <= room {
                fitting.push(entry);
            } else {
                left_out += 1;
            }
        }
        (fitting, left_out)
    }

    /// Returns the entries in envelope form.
    pub(crate) fn envelope(&self) -> &[u8] {
        &self.envelope
    }

    /// Appends an entry of another envelope verbatim.
    pub(crate) fn push(&mut self, entry: Entry<'_>) {
        if self.envelope.is_empty() {
            // There is usually one entry, for which the vector need not grow.
            self.envelope = entry.raw.to_vec();
        } else {
            self.envelope.extend_from_slice(entry.raw);
        }
    }
}

/// Whether signed 32-bit integers, as in an envelope, can represent these lengths in bytes.
fn fit_in_envelope(name: usize, value: usize) -> bool {
    i32::try_from(name.max(value)).is_ok()
}

/// Appends an entry, whose lengths [`Entries::insert`] has checked.
fn append(envelope: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    envelope.reserve(8 + name.len() + value.len());
    for text in [name, value] {
        envelope.extend_from_slice(&(text.len() as i32).to_le_bytes());
        envelope.extend_from_slice(text);
    }
}

/// An error for a name or value longer than 2 GiB, which an envelope cannot represent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooLongError(());

impl fmt::Display for TooLongError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "name or value exceeds {} bytes", i32::MAX)
    }
}

impl std::error::Error for TooLongError {}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes| String::from_utf8_lossy(bytes);
        f.debug_map()
            .entries(self.iter().map(|(name, value)| (text(name), text(value))))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_inserted_replaced_and_removed() {
        let mut entries = Entries::new();
        assert!(entries.is_empty());
        entries.insert("a", "1").unwrap();
        entries.insert("b", [0xff, 0x00]).unwrap();
        entries.insert("a", "2").unwrap();
        assert!(!entries.is_empty());
        assert_eq!(entries.get_str("a"), Some("2"));
        assert_eq!(entries.get("b"), Some(&[0xff, 0x00][..]));
        assert_eq!(entries.get_str("b"), None, "not UTF-8");
        assert_eq!(format!("{entries:?}"), r#"{"b": "�\0", "a": "2"}"#);

        entries.remove("b");
        entries.remove("absent");
        assert_eq!(entries.iter().collect::<Vec<_>>(), [(&b"a"[..], &b"2"[..])]);
    }

    #[test]
    fn fitting_counts_the_entries_without_room() {
        let mut entries = Entries::new();
        for name in ["a", "bcd", "e", "fgh"] {
            entries.insert(name, "").unwrap();
        }
        let (fitting, left_out) = entries.fitting(18);
        let names: Vec<_> = fitting.iter().map(|(name, _)| name).collect();
        assert_eq!(names, [b"a", b"e"]);
        assert_eq!(left_out, 2);
    }

    #[test]
    fn lengths_must_fit_into_a_signed_32_bit_integer() {
        assert!(fit_in_envelope(0x7fff_ffff, 0x7fff_ffff));
        assert!(!fit_in_envelope(0x8000_0000, 0));
        assert!(!fit_in_envelope(0, 0x8000_0000));
        assert_eq!(
            TooLongError(()).to_string(),
            "name or value exceeds 2147483647 bytes"
        );
    }

    #[test]
    fn insert_allocates_the_length_of_the_entry() {
        let mut entries = Entries::new();
        entries.insert("name", "a value").unwrap();
        assert_eq!(entries.envelope.len(), 19);
        assert_eq!(entries.envelope.capacity(), 19);
    }

    #[test]
    fn envelope_consists_of_lengths_and_text() {
        let mut entries = Entries::new();
        entries.insert("я", "").unwrap();
        assert_eq!(entries.envelope(), [2, 0, 0, 0, 0xd1, 0x8f, 0, 0, 0, 0]);
        assert_eq!(entries.encode(), "AgAAANGPAAAAAA==");
        assert_eq!(
            Entries::parse("context-globals", "AgAAANGPAAAAAA==").unwrap(),
            entries
        );
    }
}
