//! Bytes to text.

use encoding_rs::Decoder;

/// Appends the text of the next bytes of a stream, which is UTF-8, or UTF-16 with a byte order mark.
///
/// Characters that editors, chats and tools insert are replaced by their ASCII counterparts.
pub(super) fn decode(decoder: &mut Decoder, bytes: &[u8], is_end: bool, text: &mut String) {
    let new = text.len();
    let len = decoder.max_utf8_buffer_length(bytes.len());
    text.reserve(len.unwrap_or(4 * bytes.len()));
    let _ = decoder.decode_to_string(bytes, text, is_end);
    if let Some(plain) = plain(&text[new..]) {
        text.replace_range(new.., &plain);
    }
}

/// Replaces characters that editors, chats and tools insert. Returns `None` for ASCII.
fn plain(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // Zero-width characters and the byte order mark.
            '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {}
            // No-break spaces, and those of a fixed width.
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => plain.push(' '),
            '\u{2028}' | '\u{2029}' => plain.push('\n'),
            '“' | '”' | '„' | '«' | '»' => plain.push('"'),
            '‘' | '’' => plain.push('\''),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => plain.push('-'),
            // The frames of tables.
            '─' | '━' | '═' => plain.push(' '),
            '\u{2500}'..='\u{257f}' => plain.push('|'),
            c => plain.push(c),
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    fn decode(bytes: &[u8]) -> String {
        let mut text = String::new();
        super::decode(
            &mut encoding_rs::UTF_8.new_decoder(),
            bytes,
            true,
            &mut text,
        );
        text
    }

    #[test]
    fn decode_reads_utf_16_with_a_mark() {
        let units: Vec<u8> = "b3: 1".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&[&[0xff, 0xfe], &*units].concat()), "b3: 1");
        assert_eq!(decode("\u{feff}b3".as_bytes()), "b3");
    }

    #[test]
    fn decode_replaces_what_chats_insert() {
        assert_eq!(decode("\u{a0}“a” 00–1 │ ".as_bytes()), " \"a\" 00-1 | ");
    }
}
