//! A naive implementation of standard Base64.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The decoded bytes, and whether the text is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The bytes that are complete before the first error.
    pub bytes: Vec<u8>,
    /// Whether there is no error.
    pub is_valid: bool,
}

/// Whether the first character that is not Base64 is a comma, which joins several lines.
pub fn stops_at_comma(text: &str) -> bool {
    let skipped = |c: &char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let mut chars = text.chars().filter(|c| !skipped(c)).peekable();
    let mut symbols = 0;
    while chars.next_if(|c| value(*c).is_some()).is_some() {
        symbols += 1;
    }
    let padding = match symbols % 4 {
        2 => 2,
        3 => 1,
        _ => 0,
    };
    let mut rest = chars.enumerate();
    let stop = rest.find(|(i, c)| *i >= padding || *c != '=');
    stop.is_some_and(|(_, c)| c == ',')
}

/// Decodes as .NET does. Spaces, tabs and line breaks are skipped, and remaining bits at the end
/// are ignored. Unlike in .NET, padding may be missing.
pub fn decode(text: &str) -> Decoded {
    let skipped = |c: &char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut symbols, mut padding, mut has_junk) = (0, 0, false);
    let mut bits: u32 = 0;
    for c in text.chars().filter(|c| !skipped(c)) {
        match value(c) {
            Some(value) if padding == 0 && !has_junk => {
                symbols += 1;
                bits = bits << 6 | value;
                match symbols % 4 {
                    2 => bytes.push((bits >> 4) as u8),
                    3 => bytes.push((bits >> 2) as u8),
                    0 => bytes.push(bits as u8),
                    _ => {}
                }
            }
            None if c == '=' => padding += 1,
            _ => has_junk = true,
        }
    }
    // A last group of one character is not a whole byte. Groups of two and three may be padded.
    let is_whole = match symbols % 4 {
        0 => padding == 0,
        2 => padding <= 2,
        3 => padding <= 1,
        _ => false,
    };
    let is_valid = is_whole && !has_junk;
    Decoded { bytes, is_valid }
}

/// Encodes with padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let symbol = ALPHABET[(bits >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= group.len() {
                char::from(symbol)
            } else {
                '='
            });
        }
    }
    text
}

fn value(symbol: char) -> Option<u32> {
    match symbol {
        'A'..='Z' => Some(symbol as u32 - 'A' as u32),
        'a'..='z' => Some(symbol as u32 - 'a' as u32 + 26),
        '0'..='9' => Some(symbol as u32 - '0' as u32 + 52),
        '+' => Some(62),
        '/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encode_and_decode_follow_the_examples_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            let decoded = decode(text);
            assert_eq!(decoded.bytes, bytes.as_bytes());
            assert!(decoded.is_valid);
        }
    }
}
