//! Percent-encoding, naively.

/// The text with each `%` and two hex digits replaced by the byte they stand for; what is no
/// UTF-8 then is replaced by U+FFFD.
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        match rest {
            [b'%', high, low, after @ ..]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                let digits = format!("{}{}", char::from(*high), char::from(*low));
                bytes.push(u8::from_str_radix(&digits, 16).expect("two hex digits"));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The text with each byte but those of letters, digits and `-_.~` as `%` and two hex digits.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
