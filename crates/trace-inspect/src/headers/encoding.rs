//! Bytes to text.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_16BE, UTF_16LE, UTF_8};

/// A stream of bytes as text.
///
/// Whitespace and quotes that editors and chats insert are replaced by their ASCII counterparts.
pub(super) struct TextReader<R> {
    input: R,
    decoder: Decoder,
    /// Bytes that were read and not decoded yet.
    bytes: Vec<u8>,
    /// The text, of which the first `start` bytes were consumed.
    text: String,
    start: usize,
    is_end: bool,
}

/// How many bytes are read at once.
const CHUNK: usize = 64 * 1024;

impl<R: Read> TextReader<R> {
    /// Reads the beginning of a stream, which shows the encoding.
    ///
    /// # Errors
    ///
    /// The stream returns an error.
    pub(super) fn new(mut input: R) -> io::Result<Self> {
        let mut bytes = Vec::new();
        (&mut input).take(CHUNK as u64).read_to_end(&mut bytes)?;
        let (encoding, mark) = Encoding::for_bom(&bytes)
            .or_else(|| without_mark(&bytes).map(|encoding| (encoding, 0)))
            .unwrap_or((UTF_8, 0));
        bytes.drain(..mark);
        Ok(TextReader {
            input,
            decoder: encoding.new_decoder_without_bom_handling(),
            bytes,
            text: String::new(),
            start: 0,
            is_end: false,
        })
    }

    /// Returns the name of the encoding unless that is UTF-8.
    pub(super) fn encoding(&self) -> Option<&'static str> {
        let encoding = self.decoder.encoding();
        (encoding != UTF_8).then(|| encoding.name())
    }

    /// Returns at least `len` bytes of text, or the rest of it, and whether it ends there.
    ///
    /// # Errors
    ///
    /// The stream returns an error.
    pub(super) fn fill(&mut self, len: usize) -> io::Result<(&str, bool)> {
        while !self.is_end && self.text.len() - self.start < len {
            // Consumed text is removed seldom, so that the rest is not moved often.
            if self.start > self.text.len() / 2 {
                self.text.drain(..self.start);
                self.start = 0;
            }
            if self.bytes.is_empty() {
                let mut chunk = (&mut self.input).take(CHUNK as u64);
                self.is_end = chunk.read_to_end(&mut self.bytes)? == 0;
            }
            self.decode();
        }
        Ok((&self.text[self.start..], self.is_end))
    }

    /// Removes the beginning of the text.
    pub(super) fn consume(&mut self, len: usize) {
        self.start += len;
    }

    fn decode(&mut self) {
        let new = self.text.len();
        let len = self.decoder.max_utf8_buffer_length(self.bytes.len());
        self.text.reserve(len.unwrap_or(4 * CHUNK));
        let (_, read, _) = self
            .decoder
            .decode_to_string(&self.bytes, &mut self.text, self.is_end);
        self.bytes.drain(..read);
        if let Some(plain) = plain(&self.text[new..]) {
            self.text.replace_range(new.., &plain);
        }
    }
}

/// Detects UTF-16 without a byte order mark: every other byte of ASCII text is zero.
fn without_mark(input: &[u8]) -> Option<&'static Encoding> {
    let start = &input[..input.len().min(1024)];
    let zeros = |first: usize| {
        let bytes = start.iter().skip(first).step_by(2);
        bytes.filter(|byte| **byte == 0).count()
    };
    let (even, odd, enough) = (zeros(0), zeros(1), start.len() / 2 * 3 / 4);
    if enough == 0 {
        None
    } else if odd >= enough && even == 0 {
        Some(UTF_16LE)
    } else if even >= enough && odd == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Replaces characters that editors and chats insert. Returns `None` if there are none.
fn plain(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    // The first bytes of all characters below.
    let is_first = |byte: u8| matches!(byte, 0xc2 | 0xe2 | 0xe3 | 0xef);
    let mut plain = String::new();
    let mut done = 0;
    let bytes = text.bytes().enumerate();
    for (at, _) in bytes.filter(|(_, byte)| is_first(*byte)) {
        let c = text[at..].chars().next()?;
        let instead = match c {
            // Zero-width characters and the byte order mark.
            '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => "",
            // No-break spaces, and those of a fixed width.
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => " ",
            '\u{2028}' | '\u{2029}' => "\n",
            '“' | '”' | '„' | '«' | '»' => "\"",
            '‘' | '’' => "'",
            _ => continue,
        };
        plain.push_str(&text[done..at]);
        plain.push_str(instead);
        done = at + c.len_utf8();
    }
    plain.push_str(&text[done..]);
    (done > 0).then_some(plain)
}
