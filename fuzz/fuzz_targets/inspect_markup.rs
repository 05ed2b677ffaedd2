//! `inspect`: entities of HTML and XML.
//!
//! - Entities with a name that HTML and XML share are decoded as the naive decoder does.
//! - Text without an ampersand stays as it is.
#![cfg_attr(not(test), no_main)]

use inspect::headers::readers::markup;

propagator_fuzz::value! {
    words: [
        "&quot;", "&lt;", "&gt;", "&amp;", "&apos;", "&#39;", "&#x27;", "&nbsp;", "&", ";", "<meta ", "&#",
        "<header", "traceparent"
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
