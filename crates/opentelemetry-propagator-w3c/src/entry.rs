//! Encoding of an entry of OpenTelemetry's baggage as a member of the header.

use opentelemetry::baggage::BaggageMetadata;
use opentelemetry::{Key, StringValue};
use percent_encoding::{utf8_percent_encode, AsciiSet, CONTROLS};

/// The encoding of values, which encodes all bytes except W3C's baggage-octets, and the percent
/// sign.
pub(crate) static VALUE: Encoding = Encoding::new(VALUE_SET, b" \"%,;\\");

/// The encoding of values that also encodes the equals sign. The sign is valid, but some receivers
/// truncate the value there.
pub(crate) static VALUE_AND_EQUALS: Encoding = Encoding::new(&VALUE_SET.add(b'='), b" \"%,;\\=");

/// The encoding of properties. Incoming properties are kept encoded, so the percent sign is not
/// encoded again. A tab is valid whitespace.
static PROPERTIES: Encoding = Encoding::new(
    &CONTROLS.remove(b'\t').add(b'"').add(b',').add(b'\\'),
    b"\",\\",
)
.without(b'\t');

const VALUE_SET: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b',')
    .add(b';')
    .add(b'\\');

/// The bytes that are percent-encoded in a text.
pub(crate) struct Encoding {
    set: &'static AsciiSet,
    /// Contains 1 for each byte that is encoded. Most texts have none of them, and the table finds
    /// that out in a fraction of the time that encoding takes.
    is_encoded: [u8; 256],
}

impl Encoding {
    /// Creates an encoding. `printable` must contain the printable bytes of `set`.
    const fn new(set: &'static AsciiSet, printable: &[u8]) -> Self {
        let mut is_encoded = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            is_encoded[byte] = (byte < 0x20 || byte > 0x7e) as u8;
            byte += 1;
        }
        let mut at = 0;
        while at < printable.len() {
            is_encoded[printable[at] as usize] = 1;
            at += 1;
        }
        Encoding { set, is_encoded }
    }

    /// Removes a byte from the table, which must not be in the set either.
    const fn without(mut self, byte: u8) -> Self {
        self.is_encoded[byte as usize] = 0;
        self
    }

    /// Returns the number of bytes of a text that are encoded.
    #[inline]
    fn count(&self, text: &str) -> usize {
        text.bytes()
            .map(|byte| usize::from(self.is_encoded[usize::from(byte)]))
            .sum()
    }

    /// Returns the encoded length of a text.
    #[inline]
    fn len(&self, text: &str) -> usize {
        text.len() + 2 * self.count(text)
    }

    /// Appends a text, encoded.
    #[inline]
    fn push(&self, text: &str, to: &mut String) {
        if self.count(text) == 0 {
            to.push_str(text);
        } else {
            to.extend(utf8_percent_encode(text, self.set));
        }
    }
}

/// An entry of [`Baggage`](opentelemetry::baggage::Baggage).
pub(crate) struct Entry<'a> {
    pub(crate) key: &'a str,
    /// The decoded value.
    value: &'a str,
    /// The properties, verbatim.
    properties: &'a str,
}

impl<'a> From<(&'a Key, &'a (StringValue, BaggageMetadata))> for Entry<'a> {
    #[inline]
    fn from((key, (value, properties)): (&'a Key, &'a (StringValue, BaggageMetadata))) -> Self {
        Entry {
            key: key.as_str(),
            value: value.as_str(),
            properties: properties.as_str(),
        }
    }
}

impl Entry<'_> {
    /// Returns the length of the member in bytes.
    #[inline]
    pub(crate) fn len(&self, encoding: &Encoding) -> usize {
        let properties = match self.properties {
            "" => 0,
            properties => 1 + PROPERTIES.len(properties),
        };
        self.key.len() + 1 + encoding.len(self.value) + properties
    }

    /// Appends the member.
    #[inline]
    pub(crate) fn push_to(&self, text: &mut String, encoding: &Encoding) {
        text.push_str(self.key);
        text.push('=');
        encoding.push(self.value, text);
        if !self.properties.is_empty() {
            text.push(';');
            PROPERTIES.push(self.properties, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_table_agrees_with_its_set() {
        for encoding in [&VALUE, &VALUE_AND_EQUALS, &PROPERTIES] {
            for character in (0..0x180).filter_map(char::from_u32) {
                let text = character.to_string();
                let encoded = utf8_percent_encode(&text, encoding.set).to_string();
                assert_eq!(encoding.len(&text), encoded.len(), "{character:?}");
                let mut pushed = String::new();
                encoding.push(&text, &mut pushed);
                assert_eq!(pushed, encoded);
            }
        }
    }
}
