//! The grammar of keys, values and properties.
//!
//! Source: W3C Baggage, section 3.2.

use super::member::Member;
use crate::hex::encode_hex;
use crate::text::trim_ows;

/// What a byte may be part of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Keys and values.
    Token,
    /// Values.
    Octet,
    Comma,
    Semicolon,
    Percent,
    Space,
    /// Neither keys nor values, but a header can contain it, and it can be encoded.
    Printable,
    /// Not even a header.
    Illegal,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Illegal; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        classes[byte as usize] = match byte {
            b'!' | b'#' | b'$' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`'
            | b'|' | b'~' => Class::Token,
            b',' => Class::Comma,
            b';' => Class::Semicolon,
            b'%' => Class::Percent,
            b'"' | b'\\' => Class::Printable,
            _ if byte.is_ascii_alphanumeric() => Class::Token,
            _ => Class::Octet,
        };
        byte += 1;
    }
    classes[b' ' as usize] = Class::Space;
    classes[b'\t' as usize] = Class::Space;
    classes
};

#[inline]
pub(super) fn class(byte: u8) -> Class {
    CLASSES[usize::from(byte)]
}

/// Whether a key begins with a prefix, verbatim or after percent-decoding.
#[inline]
pub fn has_prefix(key: &str, prefix: &str) -> bool {
    key.starts_with(prefix)
        || key.bytes().any(|byte| byte == b'%') && is_prefix_of_encoded(prefix, key)
}

/// Whether a key begins with a prefix after percent-decoding.
#[cold]
fn is_prefix_of_encoded(prefix: &str, key: &str) -> bool {
    let mut rest = key.as_bytes();
    prefix.bytes().all(|wanted| {
        let byte = match *rest {
            [b'%', high, low, ref after @ ..] if is_percent_encoded(rest) => {
                rest = after;
                let digit = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default() as u8;
                digit(high) << 4 | digit(low)
            }
            [byte, ref after @ ..] => {
                rest = after;
                byte
            }
            [] => return false,
        };
        byte == wanted
    })
}

/// Whether a text begins with a percent sign and two hex digits.
#[inline]
pub(super) fn is_percent_encoded(text: &[u8]) -> bool {
    matches!(text, [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

/// Whether a key is a token of RFC 9110, 5.6.2.
pub(super) fn is_token(key: &str) -> bool {
    let is_token = |byte| matches!(class(byte), Class::Token | Class::Percent);
    !key.is_empty() && key.bytes().all(is_token)
}

/// Whether a header may contain a byte as part of a value. A percent sign must begin an encoded
/// byte, which is checked separately.
fn is_octet(byte: u8) -> bool {
    matches!(class(byte), Class::Token | Class::Octet | Class::Percent)
}

/// Whether a value consists of the bytes that a value may have. Percent signs are not checked.
pub(super) fn is_value(value: &str) -> bool {
    value.bytes().all(is_octet)
}

/// Whether properties can be sent verbatim. Percent signs are not checked.
pub(super) fn are_properties(properties: &str) -> bool {
    properties.split(';').all(|property| {
        let (key, value) = split_property(property);
        is_token(key) && value.map_or(true, is_value)
    })
}

/// Splits a property into its key and its value, without the whitespace around them.
fn split_property(property: &str) -> (&str, Option<&str>) {
    match property.split_once('=') {
        Some((key, value)) => (trim_ows(key), Some(trim_ows(value))),
        None => (trim_ows(property), None),
    }
}

/// Whether properties, which an application may have set, can be sent verbatim.
#[inline]
pub fn are_valid_properties(properties: &str) -> bool {
    let text = properties.as_bytes();
    let mut percents = (0..text.len()).filter(|&at| text[at] == b'%');
    are_properties(properties) && percents.all(|at| is_percent_encoded(&text[at..]))
}

/// Passes the parts of a member to `write`, so that the result is valid. Illegal bytes of values are
/// percent-encoded. Properties without a valid key are left out.
pub(super) fn encode_member(member: &Member<'_>, write: &mut dyn FnMut(&str)) {
    write(member.key);
    write("=");
    encode_value(member.value, write);
    encode_properties(member.properties, write);
}

/// Returns the length in bytes that a member has once it is valid.
#[cold]
pub(super) fn encoded_len(member: &Member<'_>) -> usize {
    let mut len = 0;
    encode_member(member, &mut |part| len += part.len());
    len
}

/// Passes the valid properties to `write`, each after a semicolon, with illegal bytes of values
/// percent-encoded. Encoded bytes are kept.
fn encode_properties(properties: &str, write: &mut dyn FnMut(&str)) {
    for property in properties.split(';') {
        let (key, value) = split_property(property);
        if is_token(key) {
            write(";");
            write(key);
            if let Some(value) = value {
                write("=");
                encode_value(value, write);
            }
        }
    }
}

fn encode_value(value: &str, write: &mut dyn FnMut(&str)) {
    let text = value.as_bytes();
    let is_legal = |at: usize| match text[at] {
        b'%' => is_percent_encoded(&text[at..]),
        byte => is_octet(byte),
    };
    let mut start = 0;
    for at in (0..text.len()).filter(|&at| !is_legal(at)) {
        // Between the bytes of a character, the text cannot be sliced.
        if start < at {
            write(&value[start..at]);
        }
        let mut digits = [0; 2];
        encode_hex(&text[at..=at], &mut digits);
        digits.make_ascii_uppercase();
        write("%");
        write(std::str::from_utf8(&digits).expect("hex digits are ASCII"));
        start = at + 1;
    }
    write(&value[start..]);
}

/// Appends properties, each after a semicolon. What a header must not contain is encoded or left
/// out.
#[doc(hidden)]
pub fn push_properties(properties: &str, text: &mut String) {
    encode_properties(properties, &mut |part| text.push_str(part));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_of_any_text_are_encoded() {
        for (properties, encoded) in [
            ("k=ы", ";k=%D1%8B"),
            ("k= aы€b ;ы;=1;p", ";k=a%D1%8B%E2%82%ACb;p"),
            ("k=%2;q=%20", ";k=%252;q=%20"),
            ("k=\r\n,", ";k=%0D%0A%2C"),
            ("k=", ";k="),
        ] {
            let mut text = String::new();
            push_properties(properties, &mut text);
            assert_eq!(text, encoded);
        }
    }
}
