//! A line as the tools print it to plain text: color, escapes, entities, URLs.

use std::borrow::Cow;
use std::sync::LazyLock;

use anstream::adapter::strip_str;
use percent_encoding::percent_decode_str;
use regex::{Captures, Regex};

use super::pattern::regex;

/// What is replaced in lines that contain a mark, in this order.
static REPLACED: LazyLock<[(&str, Regex, &str); 6]> = LazyLock::new(|| {
    [
        // The command line of Windows.
        ("^\"", regex(r"\^"), ""),
        ("\\", regex(r"\[\\[rn]\]"), ""),
        ("\\", regex(r"(?:\\+r)?\\+n|\\+r"), "\n"),
        ("\\", regex(r"\\+u0022|\\+x22"), "\""),
        ("\\", regex(r"\\+t"), "\t"),
        ("%0A", regex(r"%0A([A-Za-z][\w-]*:|\s|$)"), "\n$1"),
    ]
});

/// Removes the notation around the text of a line. The result may have several lines.
pub(super) fn normalize(line: &str) -> Cow<'_, str> {
    static URL: LazyLock<Regex> =
        LazyLock::new(|| regex(r#"https?://(?u:[^\s"'<>])*%(?u:[^\s"'<>])*"#));

    let mut line = Cow::Borrowed(line);
    if line.contains('\u{1b}') {
        line = Cow::Owned(strip_str(&line).to_string());
    }
    if line.contains('&') && line.contains(';') {
        line = Cow::Owned(html_escape::decode_html_entities(&line).into_owned());
    }
    for (mark, pattern, plain) in &*REPLACED {
        if line.contains(mark) {
            line = Cow::Owned(pattern.replace_all(&line, *plain).into_owned());
        }
    }
    if line.contains('%') {
        let decode =
            |url: &Captures<'_>| percent_decode_str(&url[0]).decode_utf8_lossy().into_owned();
        line = Cow::Owned(URL.replace_all(&line, decode).into_owned());
    }
    line
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
