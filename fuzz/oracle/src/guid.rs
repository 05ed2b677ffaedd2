//! A naive implementation of the text forms of GUIDs.

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

/// Reads .NET's forms `N` and `D`, `D` in braces or parentheses (`B` and `P`), and `X`. Whitespace
/// around the GUID is ignored.
pub fn dotnet(text: &str) -> Option<u128> {
    let text = text.trim();
    let inside = match text.as_bytes() {
        [b'{', .., b'}'] if !text.contains('-') => return hexadecimal(text),
        [b'{', .., b'}'] | [b'(', .., b')'] => &text[1..text.len() - 1],
        _ => return simple_or_hyphenated(text),
    };
    simple_or_hyphenated(inside).filter(|_| inside.contains('-'))
}

/// Reads the form `X`: `{0x27bb7faa,0x4829,0x4cf4,{0x9a,0xe6,0x00,0x7d,0x70,0x90,0x54,0x68}}` with
/// whitespace anywhere.
fn hexadecimal(text: &str) -> Option<u128> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (words, bytes) = text
        .strip_prefix('{')?
        .strip_suffix("}}")?
        .split_once(",{")?;
    let mut guid = 0;
    let mut count = 0;
    for word in words.split(',') {
        // A larger number loses its upper half. The first one is not larger than its field.
        let bits = if count == 0 { 32 } else { 16 };
        guid = guid << bits | hexadecimal_number(word)? & ((1 << bits) - 1);
        count += 1;
    }
    for byte in bytes.split(',') {
        guid = guid << 8 | hexadecimal_number(byte).filter(|byte| *byte < 0x100)?;
        count += 1;
    }
    (words.split(',').count() == 3 && count == 11).then_some(guid)
}

/// Reads a number of 32 bits. It consists of `0x`, followed by at least one of `+`, another `0x`,
/// and digits, in this order.
fn hexadecimal_number(text: &str) -> Option<u128> {
    let prefixed = |text: &str| text.starts_with("0x") || text.starts_with("0X");
    let rest = text
        .get(2..)
        .filter(|rest| prefixed(text) && !rest.is_empty())?;
    let rest = rest.strip_prefix('+').unwrap_or(rest);
    let digits = if prefixed(rest) { &rest[2..] } else { rest };
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    hex::number(significant).filter(|number| *number <= u128::from(u32::MAX))
}

/// Writes the hyphenated form.
pub fn hyphenated(guid: u128) -> String {
    let digits = format!("{guid:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
    parts.join("-")
}
