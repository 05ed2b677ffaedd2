//! The value after a name.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern::regex;
use super::{bounded, line_before, values, NEAR};

/// What stands between a name and its value, in all notations: the end of the name's quotes, the sign
/// that joins them, and the beginning of quotes, lists and types.
static CONNECTOR: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?xi)^
        (?:[\\"'`*^\])}]|</?[a-z]{1,8}>|>>)*
        (?:
            [\s,/]*[\\"']*(?:value|content)[\\"']*\s*[:=]>?\s*
            | \s*(?:=>|->|:=|>|[:=])\s*
            | (?P<weak>\s*[,|]\s*|\s+)
        )
        (?P<open>(?:
            </?[a-z]{1,8}> | \[\]string | longstr, | array\b | string\([0-9]+\) | str\(
            | \[?[0-9]+\]?\s*=> | b['"] | stringvalue[\\"'\s]*:\s* | [\s\[({<"'`\\^*]
        )*)
        "#,
    )
});

/// How far the end of a list or of Base64 is looked for, which is more than any server accepts.
const FAR: usize = 64 * 1024;

/// The value of a name.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) text: String,
    /// Where the value ends in the text.
    pub(super) end: usize,
    /// Whether the value is the rest of a line that begins with the name.
    pub(super) is_header_line: bool,
    /// Whether the value is stated even if it is invalid: name and value are not joined as in prose.
    pub(super) is_stated: bool,
    /// How many lines the value was joined from.
    pub(super) lines: usize,
}

/// Returns the text after a name and its connector, where an id is expected.
pub(super) fn place(text: &str, end: usize) -> Option<usize> {
    let found = CONNECTOR.find(bounded(&text[end..], NEAR))?;
    Some(end + found.end())
}

/// Reads the value of the header `name` at a place of a text. The next name is at `limit`.
pub(super) fn read(text: &str, name: &str, at: Range<usize>, limit: usize) -> Option<Value> {
    let found = CONNECTOR.captures(bounded(&text[at.end..], NEAR))?;
    let (connector, opened) = (&found[0], &found["open"]);
    let begin = at.end + connector.len();
    let is_weak = found.name("weak").is_some();
    let before = line_before(text, at.start);
    let is_next_line = connector.contains('\n');
    let is_list = values::is_free_form(name);

    // A quote that begins before the name encloses the value as well.
    let is_quote = |c: &char| "\"'`".contains(*c);
    let around = before.chars().next_back().filter(is_quote);
    let around = around.filter(|c| !connector.trim_start_matches('\\').starts_with(*c));
    let quote = around.or_else(|| opened.chars().rev().find(is_quote));
    let has_bracket = opened.contains(['[', '(', '{', '<']);
    let is_header_line = connector.starts_with(':')
        && around.is_none()
        && !has_bracket
        && !is_next_line
        && !before.contains(|c: char| c.is_alphanumeric() || "\"'`{[(=$:".contains(c));
    // Prose contains names and what looks like a value.
    let is_vague = is_weak || is_list || has_bracket || is_next_line || name == "b3";

    let far = bounded(&text[begin..], FAR);
    let line = &far[..far.find('\n').unwrap_or(far.len())];
    let region = match quote {
        Some(mark) => until(line, |c| c == mark || c == '\\'),
        None if has_bracket && is_list => until(line, |c| "])}>".contains(c)),
        None => line,
    };
    let value = |text: &str, len: usize, lines: usize| Value {
        is_stated: is_header_line || !is_vague && !is_absent(text),
        text: text.to_owned(),
        end: begin + len,
        is_header_line,
        lines,
    };
    if is_list {
        let rest = &region[..region.len().min(list_limit(text, connector, begin, limit))];
        let whole = rest.trim_end();
        let is_valid = values::is_valid(name, whole);
        // A table with tabs, or names and values on alternate lines.
        let is_apart =
            !before.contains(char::is_alphanumeric) && (is_next_line || connector.contains('\t'));
        let list = match quote {
            None if is_weak && !(is_apart && is_valid) => return None,
            None if is_header_line && !is_valid => whole.trim_end_matches(is_end),
            None if !is_weak && !is_header_line && !has_bracket => first_list(rest),
            _ => whole,
        };
        return Some(value(list, list.len(), 1));
    }
    let token = until(region, is_end);
    if values::is_valid(name, token) {
        return Some(value(token, token.len(), 1));
    }
    if let Some((compact, len)) = spaced(name, region) {
        return Some(value(&compact, len, 1));
    }
    if let Some((joined, len, lines)) = joined(name, token, far) {
        return Some(value(&joined, len, lines));
    }
    let rest = match is_header_line && quote.is_none() {
        true => bounded(region.trim_end(), limit.saturating_sub(begin)),
        false => token,
    };
    Some(value(rest, rest.len(), 1))
}

/// Returns where a list ends because the next header begins: `baggage:a=1,x-kontur-trace-id:…`.
fn list_limit(text: &str, connector: &str, begin: usize, limit: usize) -> usize {
    let sign = if connector.trim_start().starts_with('=') {
        '='
    } else {
        ':'
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_joined = text[limit..].trim_start_matches(is_name).starts_with(sign);
    let before = text.get(begin..limit).unwrap_or_default();
    let list = before.trim_end_matches([',', ' ', '\t', ';']);
    match is_joined && list.len() < before.len() && !before.contains('\n') {
        true => list.len(),
        false => usize::MAX,
    }
}

fn until(text: &str, is_end: impl Fn(char) -> bool) -> &str {
    &text[..text.find(is_end).unwrap_or(text.len())]
}

/// Whether a character ends a value without quotes.
fn is_end(c: char) -> bool {
    c.is_whitespace() || "\"'`,;()[]{}<>&|\\^".contains(c)
}

/// Whether a value is what loggers write for an absent header.
fn is_absent(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    matches!(
        &*value,
        "" | "-" | "null" | "none" | "nil" | "nil>" | "undefined" | r"\n"
    )
}

/// Takes the members of a list: up to whitespace that does not follow a separator.
fn first_list(text: &str) -> &str {
    let mut before = ',';
    let end = text.char_indices().find(|(_, c)| {
        let is_end = "\"'`)]}>|\\&".contains(*c) || c.is_whitespace() && !",; ".contains(before);
        before = *c;
        is_end
    });
    let list = &text[..end.map_or(text.len(), |(at, _)| at)];
    list.trim_end().trim_end_matches([',', ';'])
}

/// Reads a value with spaces around its hyphens, as recognized from a picture.
fn spaced(name: &str, text: &str) -> Option<(String, usize)> {
    let start = bounded(text, NEAR);
    let is_other = |c: char| !c.is_ascii_hexdigit() && !matches!(c, '-' | ' ');
    let start = until(start, is_other).trim_end();
    if !start.contains(" - ") {
        return None;
    }
    let compact = start.replace(' ', "");
    values::is_valid(name, &compact).then_some((compact, start.len()))
}

/// Joins a value that was broken into lines, which may end with a mark.
fn joined(name: &str, token: &str, text: &str) -> Option<(String, usize, usize)> {
    let is_base64 = values::is_base64(name);
    let max = if is_base64 { 300 } else { 4 };
    let mut value = token.to_owned();
    let (mut end, mut lines) = (token.len(), 1);
    // Validity is tried when a line is shorter, since each trial reads the whole value.
    while lines < max {
        let rest = text[end..].trim_start_matches([' ', '\t', '\\', '"', '\'']);
        let rest = rest
            .strip_prefix('\n')?
            .trim_start_matches([' ', '\t', '"', '\'', '>', '+']);
        let next = until(rest, is_end);
        if next.is_empty() || next.contains(':') {
            return None;
        }
        if !is_base64 && value.ends_with('=') {
            value.pop();
        }
        value.push_str(next);
        end = text.len() - rest.len() + next.len();
        lines += 1;
        let is_last = next.len() < 60
            || rest[next.len()..]
                .trim_start_matches([' ', '\n'])
                .is_empty();
        if is_last && values::is_valid(name, &value) {
            return Some((value, end, lines));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn value(text: &str, name: &str) -> Value {
        let start = text.to_ascii_lowercase().find(name).unwrap();
        read(text, name, start..start + name.len(), text.len()).unwrap()
    }

    #[test]
    fn read_knows_the_notations_of_languages() {
        for (before, after) in [
            ("traceparent: ", ""),
            ("\"traceparent\": [\"", "\"]"),
            ("[]string{\"Traceparent\":[]string{\"", "\"}}"),
            ("{<<\"traceparent\">>,<<\"", "\">>}"),
            ("<<\"traceparent\">> => {longstr,<<\"", "\">>}"),
            ("(b'traceparent', b'", "')"),
            ("key='traceparent', value='", "')"),
            ("name: TRACEPARENT\n  value: \"", "\""),
            ("{\"name\": \"traceparent\",\n \"value\": \"", "\"}"),
            ("[traceparent] => Array\n (\n [0] => ", "\n"),
            ("'traceparent' => \n  array (\n    0 => '", "',"),
            ("[\"traceparent\"]=>\n  string(55) \"", "\""),
            ("<Data Name=\"traceparent\">", "</Data>"),
            ("traceparent: <b>", "</b>"),
            ("\\\"traceparent\\\":\\\"", "\\\""),
            ("\"traceparent\":{\"StringValue\":\"", "\"}"),
            ("traceparent:\n", "\nnext"),
            ("| `traceparent` | `", "` |"),
        ] {
            let text = [before, VALUE, after].concat();
            assert_eq!(value(&text, "traceparent").text, VALUE, "{text}");
        }
    }

    #[test]
    fn read_joins_what_was_broken() {
        for text in [
            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736=\n-00f067aa0ba902b7-01",
            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f0\n  67aa0ba902b7-01\n",
            "traceparent : 00 - 4bf92f3577b34da6a3ce929d0e0e4736 - 00f067aa0ba902b7 - 01",
        ] {
            assert_eq!(value(text, "traceparent").text, VALUE, "{text}");
        }
    }

    #[test]
    fn read_ends_a_list_before_the_next_header() {
        let text = "baggage:a=1,x-kontur-trace-id:27bb";
        let limit = text.find("x-kontur").unwrap();
        let list = read(text, "baggage", 0..7, limit).unwrap();
        assert_eq!((&*list.text, list.end), ("a=1", limit - 1));
    }
}
