//! `trace-inspect`: entities of HTML and XML, and the messages that Burp exports in Base64.
//!
//! - Entities with a name that HTML and XML share are decoded as the naive decoder does.
//! - Base64 is decoded as the naive decoder does.
#![cfg_attr(not(test), no_main)]

use propagator_oracle::base64;
use trace_inspect::headers::readers::{burp, markup};

propagator_fuzz::value! {
    words: [
        "&quot;", "&lt;", "&gt;", "&amp;", "&apos;", "&#39;", "&#x27;", "&nbsp;", "&", ";", "<meta ", "&#",
        "<header", "traceparent",
        "<request base64=\"true\">", "R0VUIC8g"
    ];
    fn check(text: &str) {
        let decoded = markup(text);
        assert!(decoded.is_some() || !text.contains("&quot;"));
        if let Some(decoded) = decoded {
            assert!(decoded.len() <= text.len());
            if let Some(expected) = decode_xml(text) {
                assert_eq!(decoded, expected);
            }
        }
        if let Some(base64) = text.strip_prefix(REQUEST) {
            check_base64(base64);
        }
    }
}

const REQUEST: &str = "<request base64=\"true\">";

/// An export that contains one message.
fn check_base64(base64: &str) {
    let is_symbol = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    if base64.len().is_multiple_of(4) && base64.bytes().all(is_symbol) {
        let export = [REQUEST, base64].concat();
        let expected = base64::decode(base64).bytes;
        let expected = [REQUEST, "\n", &String::from_utf8_lossy(&expected), "\n"].concat();
        assert_eq!(burp(&export).as_deref(), Some(&*expected));
    }
}

/// Decodes the five entities of XML. Returns `None` if there is another ampersand.
fn decode_xml(text: &str) -> Option<String> {
    let mut decoded = String::with_capacity(text.len());
    let mut parts = text.split('&');
    decoded.push_str(parts.next()?);
    for part in parts {
        let (name, rest) = part.split_once(';')?;
        decoded.push(match name {
            "quot" => '"',
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "apos" => '\'',
            _ => return None,
        });
        decoded.push_str(rest);
    }
    Some(decoded)
}
