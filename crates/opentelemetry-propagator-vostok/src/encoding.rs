//! The Base64 around an envelope, read as .NET reads it.

use std::mem::MaybeUninit;

use base64_simd::{forgiving_decode_to_vec, AsOut, STANDARD};

/// How many bytes of an envelope a [`Buffer`] holds without allocating; two entries take 143.
const STACK: usize = 384;

/// Room for an envelope: on the stack for ordinary sizes, else on the heap.
pub(crate) struct Buffer {
    /// To fill it with zeros first would take as long as to decode two entries.
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

/// What was decoded, and what ended it early if anything did.
pub(crate) struct Decoded<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) damage: Option<Damage>,
}

/// Where Base64 ceased to be Base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// A character that stands nowhere in Base64, or padding in the wrong place.
    Character { at: usize, found: char },
    /// A single character where two to four make up bytes.
    Truncated,
}

/// Decodes as much as is Base64. Blanks, tabs and line breaks may stand anywhere.
#[inline]
pub(crate) fn decode<'a>(text: &str, buffer: &'a mut Buffer) -> Decoded<'a> {
    let decoded = if STANDARD.estimated_decoded_length(text.len()) <= STACK {
        let stack = buffer.stack.as_mut_slice().as_out();
        match STANDARD.decode(text.as_bytes(), stack) {
            Ok(bytes) => {
                return Decoded {
                    bytes,
                    damage: None,
                }
            }
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
        damage: decoded.1,
    }
}

/// The same for what is not plain Base64: without the blanks, up to the damage.
#[cold]
fn decode_piecewise(text: &str) -> (Vec<u8>, Option<Damage>) {
    let mut written = text
        .char_indices()
        .filter(|(_, c)| !matches!(c, ' ' | '\t' | '\r' | '\n'))
        .peekable();
    let mut symbols = Vec::with_capacity(text.len());
    while let Some((_, c)) = written.next_if(|&(_, c)| is_symbol(c)) {
        symbols.push(c as u8);
    }
    let mut damage = None;
    if written.peek().is_some() {
        let padding = if symbols.len() % 4 < 2 {
            0
        } else {
            4 - symbols.len() % 4
        };
        let extra = written
            .enumerate()
            .find(|&(i, (_, c))| i >= padding || c != '=');
        damage = extra.map(|(_, (at, found))| Damage::Character { at, found });
    }
    if symbols.len() % 4 == 1 {
        symbols.pop();
        damage = damage.or(Some(Damage::Truncated));
    }
    // Padding may be missing, and like .NET this overlooks the bits behind the last byte.
    let bytes = forgiving_decode_to_vec(&symbols)
        .expect("nothing but symbols of Base64, and no single one at the end");
    (bytes, damage)
}

fn is_symbol(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '+' || c == '/'
}

/// Encodes with padding, into a string of just that size.
pub(crate) fn encode(bytes: &[u8]) -> String {
    encode_after("", bytes)
}

/// The same after Base64 of whole groups.
pub(crate) fn encode_after(head: &str, bytes: &[u8]) -> String {
    let mut text = String::with_capacity(head.len() + STANDARD.encoded_length(bytes.len()));
    text.push_str(head);
    STANDARD.encode_append(bytes, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> (Vec<u8>, Option<Damage>) {
        let mut buffer = Buffer::new();
        let decoded = decode(text, &mut buffer);
        (decoded.bytes.to_owned(), decoded.damage)
    }

    #[test]
    fn padding_may_be_missing_and_blanks_may_stand_anywhere() {
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
    fn what_stood_before_the_damage_is_decoded() {
        let wrong = |at, found| Some(Damage::Character { at, found });
        for (text, bytes, damage) in [
            ("a29u!dHVy", "kon", wrong(4, '!')),
            ("a29u dж", "kon", wrong(6, 'ж')),
            ("a29ud", "kon", Some(Damage::Truncated)),
            ("a29u=", "kon", wrong(4, '=')),
            ("a29udA==dHVy", "kont", wrong(8, 'd')),
            ("a29udA===", "kont", wrong(8, '=')),
            ("a29udHU==", "kontu", wrong(8, '=')),
            ("====", "", wrong(0, '=')),
            ("a29u-", "kon", wrong(4, '-')),
        ] {
            assert_eq!(
                decoded(text),
                (bytes.as_bytes().to_vec(), damage),
                "{text:?}"
            );
        }
    }

    #[test]
    fn an_envelope_of_any_size_reads_back() {
        for len in [0, 1, 2, 3, STACK - 1, STACK, STACK + 1, 4 * STACK] {
            let bytes: Vec<u8> = (0..len).map(|i| (i * 7) as u8).collect();
            let text = encode(&bytes);
            assert_eq!(text.capacity(), text.len());
            assert_eq!(decoded(&text), (bytes, None));
        }
    }
}
