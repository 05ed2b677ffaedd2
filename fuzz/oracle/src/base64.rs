//! Standard Base64, one character at a time.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes that stood before the first damage, and whether there was any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// All bytes whose every bit stood before the damage.
    pub bytes: Vec<u8>,
    /// Whether the text was Base64 to its end.
    pub whole: bool,
}

/// Reads Base64 as .NET does: blanks, tabs and line breaks are skipped, bits left over at the end
/// are not looked at; unlike .NET, padding may be missing.
pub fn decode(text: &str) -> Decoded {
    let mut digits = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '\t' | '\r' | '\n'))
        .peekable();

    let mut bits = String::new();
    while let Some(value) = digits.peek().copied().and_then(value) {
        bits += &format!("{value:06b}");
        digits.next();
    }
    let bytes = (0..bits.len() / 8)
        .map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).expect("eight bits"))
        .collect();

    let count = bits.len() / 6;
    let rest: String = digits.collect();
    // A last group of one character is less than a byte; groups of two and three want padding.
    let whole = match count % 4 {
        0 => rest.is_empty(),
        2 => matches!(rest.as_str(), "" | "=" | "=="),
        3 => matches!(rest.as_str(), "" | "="),
        _ => false,
    };
    Decoded { bytes, whole }
}

/// Writes padded Base64.
pub fn encode(bytes: &[u8]) -> String {
    let mut bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    while !bits.len().is_multiple_of(6) {
        bits.push('0');
    }
    let mut text: String = (0..bits.len() / 6)
        .map(|at| usize::from_str_radix(&bits[at * 6..at * 6 + 6], 2).expect("six bits"))
        .map(|value| char::from(ALPHABET[value]))
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

fn value(digit: char) -> Option<usize> {
    ALPHABET.iter().position(|&of| char::from(of) == digit)
}
