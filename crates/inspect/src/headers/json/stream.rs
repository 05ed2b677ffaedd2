//! The bytes of a JSON value of any length.

use std::io::{self, Read};

use super::super::encoding::TextReader;

/// How much of a string is read, in bytes. The rest of a longer one is skipped.
const MAX_STRING: usize = 4 << 20;

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
        while !self.chunk.is_char_boundary(self.at) {
            self.at -= 1;
        }
        let read = &self.chunk[..self.at];
        if !read.is_empty() {
            (self.seen)(read);
        }
        self.text.consume(self.at);
        self.chunk.clear();
        self.at = 0;
    }

    /// Copies the next part of the text, which ends between words if possible.
    fn next_chunk(&mut self) -> io::Result<()> {
        self.consume();
        let (text, _) = self.text.fill(CHUNK)?;
        let mut end = text.len().min(CHUNK);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let end = text[..end].rfind([',', ' ', '\n']).map_or(end, |at| at + 1);
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
    is_escaped: bool,
    /// The number of bytes since the last backslash.
    since_escape: usize,
    is_skipped: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Taken {
    Kept,
    Skipped,
    /// The string cannot be skipped.
    TooLong,
}

impl StringState {
    /// The longest escape is that of two surrogates: `\ud83d\ude00`.
    const MAX_ESCAPE: usize = 12;

    fn take(&mut self, byte: u8) -> Taken {
        if !self.is_within {
            self.is_within = byte == b'"';
            return Taken::Kept;
        }
        if byte == b'"' && !self.is_escaped {
            *self = StringState::default();
            return Taken::Kept;
        }
        self.len += 1;
        self.since_escape += 1;
        self.is_escaped = byte == b'\\' && !self.is_escaped;
        if self.is_escaped {
            self.since_escape = 0;
        }
        // Neither an escape nor a character is cut.
        let begins_character = byte & 0xc0 != 0x80;
        self.is_skipped |= self.len > MAX_STRING
            && self.since_escape > Self::MAX_ESCAPE
            && begins_character;
        match self.is_skipped {
            true => Taken::Skipped,
            // A string of nothing but escapes.
            false if self.len > 2 * MAX_STRING => Taken::TooLong,
            false => Taken::Kept,
        }
    }
}
