//! One member of a list.

use crate::text::trim_ows;

/// The parts of a member, verbatim except for the whitespace around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member<'a> {
    /// The key.
    pub key: &'a str,
    /// The value, percent-encoded.
    pub value: &'a str,
    /// The properties after the first `;`, percent-encoded.
    pub properties: &'a str,
    /// `false` if the value is known to contain no percent sign, so that it need not be decoded.
    pub may_be_encoded: bool,
}

impl<'a> Member<'a> {
    /// Splits a valid member.
    #[inline]
    pub(crate) fn split(member: &'a str) -> Self {
        let (key_value, properties) = member.split_once(';').unwrap_or((member, ""));
        let (key, value) = key_value.split_once('=').unwrap_or((key_value, ""));
        Member {
            key,
            value,
            properties,
            may_be_encoded: true,
        }
        .trimmed()
    }

    /// Drops the whitespace around the parts.
    pub(crate) fn trimmed(self) -> Self {
        Member {
            key: trim_ows(self.key),
            value: trim_ows(self.value),
            properties: trim_ows(self.properties),
            ..self
        }
    }

    /// Returns the length of the member in bytes, without optional whitespace.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        let separators = 1 + usize::from(!self.properties.is_empty());
        self.key.len() + self.value.len() + self.properties.len() + separators
    }
}
