//! Entries of an envelope, owned.

use std::fmt;

use crate::encoding::{self, Buffer};
use crate::header::{ParseError, Reader};

/// Names and values as an envelope holds them, bytes as they came.
///
/// A name is text; a value is whatever bytes its owner wrote, text as a rule. Of a name that
/// occurs twice the first one counts.
///
/// ```
/// use opentelemetry_propagator_vostok::Entries;
///
/// let mut entries = Entries::new();
/// entries.insert("user.region", "66");
/// entries.insert("vostok.request.priority", "Critical");
///
/// let header = entries.encode();
/// let read = Entries::decode("context-globals", &header)?;
/// assert_eq!(read.get_str("user.region"), Some("66"));
/// assert_eq!(read.get("absent"), None);
/// # Ok::<(), opentelemetry_propagator_vostok::ParseError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// Whole entries as they stand in an envelope: one allocation, and nothing to do to send them.
    envelope: Vec<u8>,
}

impl Entries {
    /// No entries.
    pub const fn new() -> Self {
        Entries {
            envelope: Vec::new(),
        }
    }

    /// Decodes every entry of the header of this name, in its order.
    ///
    /// # Errors
    ///
    /// Any damage is an error that names the header and says where it is.
    pub fn decode(header: &'static str, value: &str) -> Result<Self, ParseError> {
        match Self::decode_up_to_damage(header, value) {
            (entries, None) => Ok(entries),
            (_, Some(damage)) => Err(damage),
        }
    }

    /// Decodes the entries that stand before some damage, and says what and where that is.
    pub fn decode_up_to_damage(header: &'static str, value: &str) -> (Self, Option<ParseError>) {
        let mut buffer = Buffer::new();
        let mut entries = Entries::new();
        let reader = match Reader::new(header, value, usize::MAX, &mut buffer) {
            Ok(reader) => reader,
            Err(error) => return (entries, Some(error)),
        };
        for entry in reader {
            match entry {
                Ok(entry) => entries.push(entry),
                Err(damage) => return (entries, Some(damage)),
            }
        }
        (entries, None)
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter()
            .find(|(n, _)| *n == name.as_bytes())
            .map(|(_, value)| value)
    }

    /// The value of a name as text; `None` also when it is no UTF-8.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.get(name)?).ok()
    }

    /// Sets a value, in the place of the one that this name had.
    ///
    /// A name or value of more than 2 GiB has no place in an envelope and is not taken.
    pub fn insert(&mut self, name: &str, value: impl AsRef<[u8]>) {
        let value = value.as_ref();
        if !are_lengths(name.len(), value.len()) {
            return;
        }
        self.remove(name);
        append(&mut self.envelope, name.as_bytes(), value);
    }

    /// Removes the entries of a name.
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

    /// Names and values in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        Reader::of_bytes(&self.envelope).map_while(|entry| {
            let entry = entry.ok()?;
            Some((entry.name, entry.value))
        })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.envelope.is_empty()
    }

    /// The entries as a header value.
    pub fn encode(&self) -> String {
        encoding::encode(&self.envelope)
    }

    /// The entries as they stand in an envelope.
    pub(crate) fn envelope(&self) -> &[u8] {
        &self.envelope
    }

    /// Adds an entry that was read, bytes as they came.
    pub(crate) fn push(&mut self, entry: crate::header::Entry<'_>) {
        self.envelope.extend_from_slice(entry.raw);
    }
}

/// Whether the envelope's signed 32-bit integers can state these lengths in bytes.
fn are_lengths(name: usize, value: usize) -> bool {
    i32::try_from(name.max(value)).is_ok()
}

/// Appends one entry. The lengths fit: those of what was read did, [`Entries::insert`] checks.
fn append(envelope: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    for text in [name, value] {
        envelope.extend_from_slice(&(text.len() as i32).to_le_bytes());
        envelope.extend_from_slice(text);
    }
}

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
    fn an_entry_is_set_replaced_and_removed() {
        let mut entries = Entries::new();
        assert!(entries.is_empty());
        entries.insert("a", "1");
        entries.insert("b", [0xff, 0x00]);
        entries.insert("a", "2");
        assert!(!entries.is_empty());
        assert_eq!(entries.get_str("a"), Some("2"));
        assert_eq!(entries.get("b"), Some(&[0xff, 0x00][..]));
        assert_eq!(entries.get_str("b"), None, "no UTF-8");
        assert_eq!(format!("{entries:?}"), r#"{"b": "�\0", "a": "2"}"#);

        entries.remove("b");
        entries.remove("absent");
        assert_eq!(entries.iter().collect::<Vec<_>>(), [(&b"a"[..], &b"2"[..])]);
    }

    #[test]
    fn a_length_is_at_most_what_a_signed_integer_of_32_bits_holds() {
        assert!(are_lengths(0x7fff_ffff, 0x7fff_ffff));
        assert!(!are_lengths(0x8000_0000, 0));
        assert!(!are_lengths(0, 0x8000_0000));
    }

    #[test]
    fn an_envelope_is_what_the_format_says() {
        let mut entries = Entries::new();
        entries.insert("я", "");
        assert_eq!(entries.envelope(), [2, 0, 0, 0, 0xd1, 0x8f, 0, 0, 0, 0]);
        assert_eq!(entries.encode(), "AgAAANGPAAAAAA==");
        assert_eq!(
            Entries::decode("context-globals", "AgAAANGPAAAAAA==").unwrap(),
            entries
        );
    }
}
