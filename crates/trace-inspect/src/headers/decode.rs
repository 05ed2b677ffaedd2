//! Bytes to text.

use encoding_rs::{Decoder, Encoding, UTF_16BE, UTF_16LE, UTF_8};

/// Decodes a stream of bytes.
///
/// Characters that editors, chats and tools insert are replaced by their ASCII counterparts.
pub(super) struct TextDecoder(Decoder);

impl TextDecoder {
    /// Returns a decoder for a stream that begins with `start`.
    pub(super) fn new(start: &[u8]) -> Self {
        let encoding = Encoding::for_bom(start).map(|(encoding, _)| encoding);
        let encoding = encoding.or_else(|| without_mark(start)).unwrap_or(UTF_8);
        TextDecoder(encoding.new_decoder_with_bom_removal())
    }

    /// Appends the text of the next bytes.
    pub(super) fn decode(&mut self, bytes: &[u8], is_end: bool, text: &mut String) {
        let new = text.len();
        let len = self.0.max_utf8_buffer_length(bytes.len());
        text.reserve(len.unwrap_or(4 * bytes.len()));
        let _ = self.0.decode_to_string(bytes, text, is_end);
        if let Some(plain) = plain(&text[new..]) {
            text.replace_range(new.., &plain);
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

/// Replaces characters that editors, chats and tools insert. Returns `None` if there are none.
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
            '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
            // The frames of tables.
            '─' | '━' | '═' => " ",
            '\u{2500}'..='\u{257f}' => "|",
            _ => continue,
        };
        plain.push_str(&text[done..at]);
        plain.push_str(instead);
        done = at + c.len_utf8();
    }
    plain.push_str(&text[done..]);
    (done > 0).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> String {
        let mut text = String::new();
        TextDecoder::new(bytes).decode(bytes, true, &mut text);
        text
    }

    #[test]
    fn decode_reads_utf_16_with_and_without_a_mark() {
        let units: Vec<u8> = "b3: 1".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&units), "b3: 1");
        assert_eq!(decode(&[&[0xff, 0xfe], &*units].concat()), "b3: 1");
        assert_eq!(decode("\u{feff}b3".as_bytes()), "b3");
    }

    #[test]
    fn decode_replaces_what_chats_insert() {
        assert_eq!(decode("\u{a0}“a” 00–1 │ ".as_bytes()), " \"a\" 00-1 | ");
    }
}
