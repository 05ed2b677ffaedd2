//! GUIDs as text.

use super::hex;

/// Reads 32 digits or the hyphenated form 8-4-4-4-12.
pub fn simple_or_hyphenated(text: &str) -> Option<u128> {
    if text.len() == 32 {
        return hex::number(text);
    }
    let mut guid = 0;
    let mut parts = text.split('-');
    for length in [8, 4, 4, 4, 12] {
        let part = parts.next().filter(|part| part.len() == length)?;
        guid = guid << (4 * length) | hex::number(part)?;
    }
    parts.next().is_none().then_some(guid)
}

/// Reads .NET's forms `N` and `D`, and `D` in braces or parentheses (`B` and `P`).
pub fn dotnet(text: &str) -> Option<u128> {
    let inside = match text.as_bytes() {
        [b'{', .., b'}'] | [b'(', .., b')'] => &text[1..text.len() - 1],
        _ => return simple_or_hyphenated(text),
    };
    simple_or_hyphenated(inside).filter(|_| inside.contains('-'))
}

/// Writes the hyphenated form.
pub fn hyphenated(guid: u128) -> String {
    let digits = format!("{guid:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
    parts.join("-")
}
