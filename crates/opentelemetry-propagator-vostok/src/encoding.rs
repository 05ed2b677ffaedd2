//! The Base64 around an envelope, read as .NET reads it.

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};

/// Writes padding, does not ask for it, and like .NET overlooks the bits behind the last byte.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// How many bytes of an envelope a [`Buffer`] holds without allocating; two entries take 154.
const STACK: usize = 384;

/// Room for an envelope: on the stack for ordinary sizes, else on the heap.
pub(crate) struct Buffer {
    stack: [u8; STACK],
    heap: Vec<u8>,
}

impl Buffer {
    pub(crate) fn new() -> Self {
        Buffer {
            stack: [0; STACK],
            heap: Vec::new(),
        }
    }

    pub(crate) fn of_len(&mut self, len: usize) -> &mut [u8] {
        if len <= STACK {
            &mut self.stack[..len]
        } else {
            self.heap.resize(len, 0);
            &mut self.heap
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
    // What text of this length decodes to at most; the engine wants no more room than that.
    let room = text.len().div_ceil(4) * 3;
    match ENGINE.decode_slice(text, buffer.of_len(room)) {
        Ok(len) => Decoded {
            bytes: &buffer.of_len(room)[..len],
            damage: None,
        },
        Err(_) => decode_piecewise(text, buffer),
    }
}

/// The same for what is not plain Base64: without the blanks, up to the damage.
#[cold]
fn decode_piecewise<'a>(text: &str, buffer: &'a mut Buffer) -> Decoded<'a> {
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
    let room = symbols.len().div_ceil(4) * 3;
    let len = ENGINE
        .decode_slice(&symbols, buffer.of_len(room))
        .expect("nothing but symbols of Base64, and no single one at the end");
    Decoded {
        bytes: &buffer.of_len(room)[..len],
        damage,
    }
}

fn is_symbol(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '+' || c == '/'
}

/// Encodes with padding, into a string of just that size.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = vec![0; bytes.len().div_ceil(3) * 4];
    ENGINE
        .encode_slice(bytes, &mut text)
        .expect("four characters for every three bytes begun");
    String::from_utf8(text).expect("Base64 is ASCII")
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
