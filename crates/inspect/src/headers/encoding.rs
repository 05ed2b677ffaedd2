//! Bytes to text.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, UTF_8};

/// Decodes an input, and returns the name of its encoding unless that is UTF-8.
///
/// Whitespace and quotes that editors and chats insert are replaced by their ASCII counterparts.
pub(super) fn decode(input: &[u8]) -> (Cow<'_, str>, Option<&'static str>) {
    let (encoding, mark) = Encoding::for_bom(input)
        .or_else(|| without_mark(input).map(|encoding| (encoding, 0)))
        .unwrap_or((UTF_8, 0));
    let (text, _) = encoding.decode_without_bom_handling(&input[mark..]);
    let name = (encoding != UTF_8).then(|| encoding.name());
    (plain(text), name)
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

fn plain(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() {
        return text;
    }
    let chars = text.chars().filter_map(|c| match c {
        // Zero-width characters and the byte order mark.
        '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => None,
        // No-break spaces, and those of a fixed width.
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => Some(' '),
        '\u{2028}' | '\u{2029}' => Some('\n'),
        '“' | '”' | '„' | '«' | '»' => Some('"'),
        '‘' | '’' => Some('\''),
        c => Some(c),
    });
    Cow::Owned(chars.collect())
}
