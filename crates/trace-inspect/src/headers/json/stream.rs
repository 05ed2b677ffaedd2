//! The bytes of a JSON value of any length.

use std::io::{self, Read};

use super::super::encoding::TextReader;
use super::super::region::limited;

/// How much of a string is read, in bytes. The rest of a longer one is skipped.
const MAX_STRING: usize = 1 << 20;

/// How much of the text is copied at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// The bytes of a text, for a parser that takes one at a time.
pub(super) struct JsonBytes<'t, 's, R> {
    text: &'t mut TextReader<R>,
    /// Receives the text that the parser has read.
    seen: &'s mut dyn FnMut(&str),
    chunk: String,
    /// The position in the chunk.
    at: usize,
    string: StringState,
    /// The number of bytes that were skipped.
    pub(super) skipped: usize,
}

impl<'t, 's, R: Read> JsonBytes<'t, 's, R> {
    pub(super) fn new(text: &'t mut TextReader<R>, seen: &'s mut dyn FnMut(&str)) -> Self {
        JsonBytes {
            text,
            seen,
            chunk: String::new(),
            at: 0,
            string: StringState::default(),
            skipped: 0,
        }
    }

    /// Consumes the text that the parser has read.
    pub(super) fn consume(&mut self) {
        let read = limited(&self.chunk, self.at);
        if !read.is_empty() {
            (self.seen)(read);
        }
        self.text.consume(read.len());
        self.chunk.clear();
        self.at = 0;
    }

    /// Copies the next part of the text, which ends between words if possible.
    fn next_chunk(&mut self) -> io::Result<()> {
        self.consume();
        let (text, _) = self.text.fill(CHUNK)?;
        let text = limited(text, CHUNK);
        let end = text.rfind([',', ' ', '\n']).map_or(text.len(), |at| at + 1);
        self.chunk.push_str(&text[..end]);
        Ok(())
    }
}

impl<R: Read> Read for JsonBytes<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(first) = buffer.first_mut() else {
            return Ok(0);
        };
        loop {
            if self.at == self.chunk.len() {
                self.next_chunk()?;
            }
            let Some(byte) = self.chunk.as_bytes().get(self.at) else {
                return Ok(0);
            };
            self.at += 1;
            match self.string.take(*byte) {
                Taken::Kept => {
                    *first = *byte;
                    return Ok(1);
                }
                Taken::Skipped => self.skipped += 1,
                Taken::TooLong => return Ok(0),
            }
        }
    }
}

/// Follows the strings of JSON, to skip the rest of overlong ones.
#[derive(Debug, Default)]
struct StringState {
    is_within: bool,
    /// The number of its bytes so far.
    len: usize,
    escape: Escape,
    is_skipped: bool,
}

/// The position in an escape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    Outside,
    AfterBackslash,
    /// The number of hex digits that follow.
    Digits(u8),
}

#[derive(Debug, PartialEq, Eq)]
enum Taken {
    Kept,
    Skipped,
    /// The string cannot be skipped.
    TooLong,
}

impl StringState {
    fn take(&mut self, byte: u8) -> Taken {
        if !self.is_within {
            self.is_within = byte == b'"';
            return Taken::Kept;
        }
        let escape = self.escape;
        if byte == b'"' && escape == Escape::Outside {
            *self = StringState::default();
            return Taken::Kept;
        }
        self.escape = match escape {
            Escape::Outside if byte == b'\\' => Escape::AfterBackslash,
            Escape::AfterBackslash if byte == b'u' => Escape::Digits(4),
            Escape::Digits(count @ 2..) => Escape::Digits(count - 1),
            _ => Escape::Outside,
        };
        self.len += 1;
        // Neither an escape, nor the escapes of two surrogates, nor a character is cut.
        let is_plain = byte != b'\\' && byte & 0xc0 != 0x80;
        let may_begin = is_plain && escape == Escape::Outside;
        self.is_skipped |= may_begin && self.len > MAX_STRING;
        match self.is_skipped {
            true => Taken::Skipped,
            // A string of nothing but escapes.
            false if self.len > 2 * MAX_STRING => Taken::TooLong,
            false => Taken::Kept,
        }
    }
}
