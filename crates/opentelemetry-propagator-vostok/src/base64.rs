//! Base64 as .NET encodes and decodes it, except that padding may be missing.

use std::mem::MaybeUninit;

use base64_simd::{forgiving_decode_to_vec, AsOut, STANDARD};

/// The number of envelope bytes that a [`Buffer`] holds without allocating. The usual two entries
/// take 143.
const STACK: usize = 384;

/// A buffer for a decoded envelope, on the stack for usual sizes and on the heap for larger ones.
pub(crate) struct Buffer {
    /// Uninitialized, because filling it with zeros takes as long as decoding two entries.
    stack: [MaybeUninit<u8>; STACK],
    heap: Vec<u8>,
}

impl Buffer {
    pub(crate) fn new() -> Self {
        Buffer {
            stack: [MaybeUninit::uninit(); STACK],
            heap: Vec::new(),
        }
    }
}

/// The decoded bytes, and the error if one ended decoding early.
pub(crate) struct Decoded<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) error: Option<Base64Error>,
}

/// Why decoding stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base64Error {
    /// A character that is not part of the alphabet, or misplaced padding.
    Character { at: usize, found: char },
    /// A single character at the end, where at least two make up a byte.
    Truncated,
}

/// Decodes up to the first error. Spaces, tabs and line breaks are skipped.
#[inline]
pub(crate) fn decode<'a>(text: &str, buffer: &'a mut Buffer) -> Decoded<'a> {
    let decoded = if STANDARD.estimated_decoded_length(text.len()) <= STACK {
        let stack = buffer.stack.as_mut_slice().as_out();
        match STANDARD.decode(text.as_bytes(), stack) {
            Ok(bytes) => return Decoded { bytes, error: None },
            Err(_) => decode_piecewise(text),
        }
    } else {
        STANDARD
            .decode_to_vec(text)
            .map_or_else(|_| decode_piecewise(text), |bytes| (bytes, None))
    };
    buffer.heap = decoded.0;
    Decoded {
        bytes: &buffer.heap,
        error: decoded.1,
    }
}

/// Decodes text that is not plain Base64. Skips whitespace and stops at the first error.
#[cold]
fn decode_piecewise(text: &str) -> (Vec<u8>, Option<Base64Error>) {
    let mut written = text
        .char_indices()
        .filter(|(_, c)| !matches!(c, ' ' | '\t' | '\r' | '\n'))
        .peekable();
    let mut symbols = Vec::with_capacity(text.len());
    while let Some((_, c)) = written.next_if(|&(_, c)| is_symbol(c)) {
        symbols.push(c as u8);
    }
    let mut error = None;
    if written.peek().is_some() {
        let padding = if symbols.len() % 4 < 2 {
            0
        } else {
            4 - symbols.len() % 4
        };
        let extra = written
            .enumerate()
            .find(|&(i, (_, c))| i >= padding || c != '=');
        error = extra.map(|(_, (at, found))| Base64Error::Character { at, found });
    }
    if symbols.len() % 4 == 1 {
        symbols.pop();
        error = error.or(Some(Base64Error::Truncated));
    }
    // As in .NET, the bits after the last byte are ignored. Unlike in .NET, padding may be missing.
    let bytes = forgiving_decode_to_vec(&symbols)
        .expect("the text contains only symbols, and the last group at least two");
    (bytes, error)
}

/// Whether a character is part of the standard alphabet, without padding.
fn is_symbol(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '+' || c == '/'
}

/// Encodes with padding, in a string of exactly its size.
pub(crate) fn encode(bytes: &[u8]) -> String {
    encode_with_prefix("", bytes)
}

/// Encodes as [`encode`] does, after a prefix that consists of whole groups of four characters.
pub(crate) fn encode_with_prefix(prefix: &str, bytes: &[u8]) -> String {
    let mut text = String::with_capacity(prefix.len() + STANDARD.encoded_length(bytes.len()));
    text.push_str(prefix);
    STANDARD.encode_append(bytes, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> (Vec<u8>, Option<Base64Error>) {
        let mut buffer = Buffer::new();
        let decoded = decode(text, &mut buffer);
        (decoded.bytes.to_owned(), decoded.error)
    }

    #[test]
    fn decode_skips_whitespace_and_accepts_no_padding() {
        for text in ["a29udHVy", " a29u\tdHVy\r\n", "a2 9ud\nHVy"] {
            assert_eq!(decoded(text), (b"kontur".to_vec(), None), "{text:?}");
        }
        for text in [
            "a29udA==",
            "a29udA",
            "a29udA =\t=",
            "a29udA=",
            "a29 udA",
            "a29udB==",
        ] {
            assert_eq!(decoded(text), (b"kont".to_vec(), None), "{text:?}");
        }
        for text in ["a29udHU=", "a29udHU", " a29udHU "] {
            assert_eq!(decoded(text), (b"kontu".to_vec(), None), "{text:?}");
        }
        for text in ["+/+/", "+/ +/", "+ /+/\n"] {
            assert_eq!(decoded(text), (vec![0xfb, 0xff, 0xbf], None), "{text:?}");
        }
        assert_eq!(decoded(""), (vec![], None));
    }

    #[test]
    fn decode_keeps_the_bytes_before_an_error() {
        let wrong = |at, found| Some(Base64Error::Character { at, found });
        for (text, bytes, error) in [
            ("a29u!dHVy", "kon", wrong(4, '!')),
            ("a29u dж", "kon", wrong(6, 'ж')),
            ("a29ud", "kon", Some(Base64Error::Truncated)),
            ("a29u=", "kon", wrong(4, '=')),
            ("a29udA==dHVy", "kont", wrong(8, 'd')),
            ("a29udA===", "kont", wrong(8, '=')),
            ("a29udHU==", "kontu", wrong(8, '=')),
            ("====", "", wrong(0, '=')),
            ("a29u-", "kon", wrong(4, '-')),
        ] {
            assert_eq!(
                decoded(text),
                (bytes.as_bytes().to_vec(), error),
                "{text:?}"
            );
        }
    }

    #[test]
    fn encode_and_decode_agree_for_any_size() {
        for len in [0, 1, 2, 3, STACK - 1, STACK, STACK + 1, 4 * STACK] {
            let bytes: Vec<u8> = (0..len).map(|i| (i * 7) as u8).collect();
            let text = encode(&bytes);
            assert_eq!(text.capacity(), text.len());
            assert_eq!(decoded(&text), (bytes, None));
        }
    }
}
