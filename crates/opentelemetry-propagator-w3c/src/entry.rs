//! Encoding of an entry of OpenTelemetry's baggage as a member of the header.

use opentelemetry::baggage::BaggageMetadata;
use opentelemetry::{Key, StringValue};
use opentelemetry_propagator_core::internal::{are_valid_properties, push_properties};
use percent_encoding::{utf8_percent_encode, AsciiSet, CONTROLS};

/// The encoding of values, which encodes all bytes except W3C's baggage-octets, and the percent
/// sign.
pub(crate) static VALUE: Encoding = Encoding::new(VALUE_SET, b" \"%,;\\");

/// The encoding of values that also encodes the equals sign. The sign is valid, but some receivers
/// truncate the value there.
pub(crate) static VALUE_AND_EQUALS: Encoding = Encoding::new(&VALUE_SET.add(b'='), b" \"%,;\\=");

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

    /// Returns the encoded length of a text.
    pub(crate) fn len(&self, text: &str) -> usize {
        let encoded = text.bytes().map(|byte| self.is_encoded[usize::from(byte)]);
        text.len() + 2 * encoded.map(usize::from).sum::<usize>()
    }

    /// Appends a text, encoded.
    #[inline]
    fn push(&self, text: &str, to: &mut String) {
        let mut encoded = 0;
        for byte in text.bytes() {
            encoded |= self.is_encoded[usize::from(byte)];
        }
        match encoded {
            0 => to.push_str(text),
            _ => to.extend(utf8_percent_encode(text, self.set)),
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
    /// Appends the member.
    // Not only a hint: the call would take a tenth of the time of an entry.
    #[inline(always)]
    pub(crate) fn push_to(&self, text: &mut String, encoding: &Encoding) {
        text.push_str(self.key);
        text.push('=');
        encoding.push(self.value, text);
        if !self.properties.is_empty() {
            self.push_properties(text);
        }
    }

    /// Appends the properties. The application may have set invalid ones.
    #[inline(never)]
    fn push_properties(&self, text: &mut String) {
        if are_valid_properties(self.properties) {
            text.push(';');
            text.push_str(self.properties);
        } else {
            push_properties(self.properties, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_table_agrees_with_its_set() {
        for encoding in [&VALUE, &VALUE_AND_EQUALS] {
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
