//! HTML and XML: entities, and the messages that Burp exports in Base64.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64_simd::forgiving_decode_to_vec;
use memchr::memmem;
use regex::Regex;

use super::values::regex;

/// Decodes the entities of a text that looks like markup. Returns `None` for other texts.
pub(super) fn decode(text: &str) -> Option<Cow<'_, str>> {
    let has_entity = [
        "&quot;", "&#34;", "&#39;", "&#x27;", "&apos;", "&lt;", "&amp;",
    ]
    .iter()
    .any(|entity| text.contains(entity));
    let has_tag = ["<meta", "<header", "<add ", "<!DOCTYPE", "<html"]
        .iter()
        .any(|tag| text.contains(tag));
    (has_entity || has_tag).then(|| html_escape::decode_html_entities(text))
}

/// Decodes the requests and responses of a text that Burp exported in Base64. Returns `None` for
/// other texts.
pub(super) fn decode_base64(text: &str) -> Option<String> {
    static ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
        regex(r#"<(?:request|response) base64="true">(?:<!\[CDATA\[)?([A-Za-z0-9+/\s]*={0,2})"#)
    });
    memmem::find(text.as_bytes(), b"base64=\"true\"")?;
    let (mut decoded, mut done) = (String::new(), 0);
    for found in ELEMENT.captures_iter(text) {
        let base64 = found.get(1)?;
        let mut symbols: Vec<u8> = base64.as_str().bytes().collect();
        symbols.retain(|byte| !byte.is_ascii_whitespace());
        // A window may end within a long line.
        symbols.truncate(symbols.len() / 4 * 4);
        let Ok(message) = forgiving_decode_to_vec(&symbols) else {
            continue;
        };
        decoded.push_str(&text[done..base64.start()]);
        decoded.push('\n');
        decoded.push_str(&String::from_utf8_lossy(&message));
        decoded.push('\n');
        done = base64.end();
    }
    decoded.push_str(&text[done..]);
    (done > 0).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_base64_takes_what_is_there_of_a_cut_message() {
        let text = "<item><request base64=\"true\"><![CDATA[R0VUIC8gSFRUUC8xLjEK\nYjM6ID";
        let decoded = decode_base64(text).unwrap();
        assert!(decoded.ends_with("[\nGET / HTTP/1.1\nb3:\n"), "{decoded:?}");
        assert_eq!(decode_base64("<request base64=\"false\">R0VU"), None);
        assert_eq!(decode_base64("base64=\"true\""), None);
    }
}
