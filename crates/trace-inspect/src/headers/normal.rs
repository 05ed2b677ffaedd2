//! A line as the tools print it to plain text: color, escapes, entities, URLs.

use std::borrow::Cow;
use std::sync::LazyLock;

use anstream::adapter::strip_str;
use percent_encoding::percent_decode_str;
use regex::Regex;

use super::ids::decode_base64;
use super::pattern::regex;

/// Removes the notation around the text of a line. The result may have several lines.
pub(super) fn normalize(line: &str) -> Cow<'_, str> {
    static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?P<line>(?:\\+r)?\\+n|\\+r)|(?P<quote>\\+u0022|\\+x22)|(?P<tab>\\+t)")
    });
    static BREAK: LazyLock<Regex> = LazyLock::new(|| regex(r"%0A[A-Za-z][\w-]*:"));
    static URL: LazyLock<Regex> =
        LazyLock::new(|| regex(r#"https?://(?u:[^\s"'<>])*%(?u:[^\s"'<>])*"#));
    // The messages that Burp exports.
    static BASE64: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"<(?:request|response) base64="true">(?:<!\[CDATA\[)?(?P<base64>[A-Za-z0-9+/]*={0,2})"#,
        )
    });

    let mut line = Cow::Borrowed(line);
    if line.contains('\u{1b}') {
        line = Cow::Owned(strip_str(&line).to_string());
    }
    if line.contains('&') && has_entity(&line) {
        line = Cow::Owned(html_escape::decode_html_entities(&line).into_owned());
    }
    if line.contains("^\"") {
        line = Cow::Owned(without_carets(&line));
    }
    if line.contains("base64=\"true\"") {
        let replaced = BASE64.replace(&line, |found: &regex::Captures<'_>| {
            let decoded = decode_base64(&found["base64"]).unwrap_or_default();
            format!("\n{}\n", String::from_utf8_lossy(&decoded))
        });
        line = Cow::Owned(replaced.into_owned());
    }
    if line.contains("[\\") {
        line = Cow::Owned(line.replace(r"[\r]", "").replace(r"[\n]", ""));
    }
    if line.contains('\\') {
        let replaced = ESCAPE.replace_all(&line, |found: &regex::Captures<'_>| {
            let is = |name| found.name(name).is_some();
            if is("line") {
                "\n"
            } else if is("quote") {
                "\""
            } else {
                "\t"
            }
        });
        line = Cow::Owned(replaced.into_owned());
    }
    if line.contains("%0A") && BREAK.is_match(&line) {
        line = Cow::Owned(line.replace("%0A", "\n"));
    }
    if line.contains('%') && line.contains("://") {
        let replaced = URL.replace_all(&line, |found: &regex::Captures<'_>| {
            percent_decode_str(&found[0])
                .decode_utf8_lossy()
                .into_owned()
        });
        line = Cow::Owned(replaced.into_owned());
    }
    line
}

fn has_entity(line: &str) -> bool {
    let entities = [
        "&quot;", "&#34;", "&#39;", "&#x27;", "&apos;", "&lt;", "&gt;",
    ];
    entities.iter().any(|entity| line.contains(entity))
}

/// Removes the carets with which the command line of Windows escapes.
fn without_carets(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c != '^' {
            plain.push(c);
        } else if let Some(escaped) = chars.next() {
            plain.push(escaped);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalize_removes_the_notation() {
        for (line, plain) in [
            (
                "\u{1b}[3mtrace_id\u{1b}[0m\u{1b}[2m=\u{1b}[0m1",
                "trace_id=1",
            ),
            (r"GET / HTTP/1.1\r\nb3: 1\r\n", "GET / HTTP/1.1\nb3: 1\n"),
            (r"a: b[\r][\n]", "a: b"),
            ("&quot;b3&quot;", "\"b3\""),
            ("-H ^\"b3: 1^\" ^", "-H \"b3: 1\" "),
            ("a%0Ab3:1%0A", "a\nb3:1\n"),
            (
                "see https://a/?q=%22b%22 50%25",
                "see https://a/?q=\"b\" 50%25",
            ),
            ("plain 100% of it", "plain 100% of it"),
        ] {
            assert_eq!(normalize(line), plain);
        }
    }
}
