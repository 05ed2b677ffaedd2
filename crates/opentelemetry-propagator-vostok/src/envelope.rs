//! The envelope, which is the decoded form of a header.
//!
//! It contains names and values in turn. Each is a string after its length.
//!
//! ```text
//! 17 00 00 00  vostok.request.priority  08 00 00 00  Ordinary
//! 16 00 00 00  vostok.tracing.context   49 00 00 00  27bb7faa-…;0bcd098a-…
//! ```

use crate::base64::{self, Base64Error, Buffer};
use crate::error::{ErrorKind, ParseError};

/// An entry of an envelope.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
    /// The whole entry with its lengths, verbatim.
    pub(crate) raw: &'a [u8],
}

/// An iterator over the entries of an envelope. It ends after the first error.
pub(crate) struct EnvelopeReader<'a> {
    header: &'static str,
    envelope: &'a [u8],
    at: usize,
    base64_error: Option<Base64Error>,
}

impl<'a> EnvelopeReader<'a> {
    /// Creates a reader for a header value, which is decoded into `buffer`.
    #[inline]
    pub(crate) fn new(
        header: &'static str,
        value: &str,
        max_len: usize,
        buffer: &'a mut Buffer,
    ) -> Result<Self, ParseError> {
        if value.len() > max_len {
            let kind = ErrorKind::TooLong {
                found: value.len(),
                max: max_len,
            };
            return Err(ParseError { header, kind });
        }
        let decoded = base64::decode(value, buffer);
        Ok(EnvelopeReader {
            header,
            envelope: decoded.bytes,
            at: 0,
            base64_error: decoded.error,
        })
    }

    /// Creates a reader for an envelope that is known to be valid.
    pub(crate) fn from_bytes(envelope: &'a [u8]) -> Self {
        EnvelopeReader {
            header: "",
            envelope,
            at: 0,
            base64_error: None,
        }
    }

    /// Ends the iteration with an error. If the Base64 is malformed, that error is returned
    /// instead, because it is the reason why the envelope is incomplete.
    #[cold]
    fn fail(&mut self, kind: ErrorKind) -> ParseError {
        let header = self.header;
        let kind = self.base64_error.take().map_or(kind, ErrorKind::Base64);
        self.at = self.envelope.len();
        ParseError { header, kind }
    }

    #[inline]
    fn string(&mut self) -> Result<&'a [u8], ErrorKind> {
        let at = self.at;
        let left = &self.envelope[at..];
        let &[a, b, c, d, ref left @ ..] = left else {
            return Err(ErrorKind::NoLength { at });
        };
        let Ok(length) = usize::try_from(i32::from_le_bytes([a, b, c, d])) else {
            return Err(ErrorKind::Negative { at });
        };
        let Some(string) = left.get(..length) else {
            let left = left.len();
            return Err(ErrorKind::LengthExceedsRest { at, length, left });
        };
        self.at = at + 4 + length;
        Ok(string)
    }

    #[inline]
    fn entry(&mut self) -> Result<Entry<'a>, ErrorKind> {
        let start = self.at;
        let name = self.string()?;
        if self.at == self.envelope.len() {
            return Err(ErrorKind::NameWithoutValue { at: start });
        }
        let value = self.string()?;
        let raw = &self.envelope[start..self.at];
        Ok(Entry { name, value, raw })
    }
}

impl<'a> Iterator for EnvelopeReader<'a> {
    type Item = Result<Entry<'a>, ParseError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at == self.envelope.len() {
            let header = self.header;
            let error = self.base64_error.take().map(ErrorKind::Base64);
            return error.map(|kind| Err(ParseError { header, kind }));
        }
        Some(self.entry().map_err(|kind| self.fail(kind)))
    }
}
