//! The value after a name.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::bounded;
use super::pattern::regex;
use super::values;

/// What stands between a name and its value, in all notations: the end of the name's quotes, the sign
/// that joins them, and the beginning of quotes, lists and types.
static CONNECTOR: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?xi)^
        (?:[\\"'`*^\])}]|</?[a-z]{1,8}>|>>)*
        (?:
            (?P<pair>[\s,/]*[\\"']*(?:value|content)[\\"']*\s*[:=]>?\s*)
            | (?P<strong>\s*(?:=>|->|:=|>|[:=])\s*)
            | (?P<weak>\s*[,|]\s*|\s+)
        )
        (?P<open>(?:
            </?[a-z]{1,8}> | \[\]string | longstr, | array\b | string\([0-9]+\) | str\(
            | \[?[0-9]+\]?\s*=> | b['"] | stringvalue[\\"'\s]*:\s* | [\s\[({<"'`\\^*]
        )*)
        "#,
    )
});

/// How far a connector and a single value are looked for. Limits keep the search linear.
const NEAR: usize = 200;

/// How far the end of a list or of Base64 is looked for, which is more than any server accepts.
const FAR: usize = 64 * 1024;

/// The value of a name.
#[derive(Debug)]
pub(super) struct Value<'a> {
    pub(super) text: Cow<'a, str>,
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

/// Reads the value of the header `name` at `start..end` in a text. The next name of the text is at
/// `limit`.
pub(super) fn read<'a>(
    text: &'a str,
    name: &str,
    start: usize,
    end: usize,
    limit: usize,
) -> Option<Value<'a>> {
    let found = CONNECTOR.captures(bounded(&text[end..], NEAR))?;
    let (connector, opened) = (&found[0], &found["open"]);
    let begin = end + connector.len();
    let is_weak = found.name("weak").is_some();
    let before = line_before(text, start);
    let is_next_line = connector.contains('\n');
    let is_list = values::is_free_form(name);

    // A quote that begins before the name encloses the value as well.
    let around = before.chars().next_back().filter(|c| "\"'`".contains(*c));
    let around = around.filter(|c| !connector.trim_start_matches('\\').starts_with(*c));
    let quote = around.or_else(|| opened.chars().rev().find(|c| "\"'`".contains(*c)));
    let has_bracket = opened.contains(['[', '(', '{', '<']);
    let is_header_line = connector.starts_with(':')
        && around.is_none()
        && !has_bracket
        && !is_next_line
        && !before.contains(|c: char| c.is_alphanumeric() || "\"'`{[(=$:".contains(c));

    let far = bounded(&text[begin..], FAR);
    let line = &far[..far.find('\n').unwrap_or(far.len())];
    let region = match quote {
        Some(_) if opened.trim_end().ends_with(['[', '{']) => line,
        // The end of an escaped quote is escaped as well.
        Some(mark) if around.is_none() && opened.contains(['\\', '^']) => {
            until(line, |c| matches!(c, '\\' | '^') || c == mark)
        }
        Some(mark) => &line[..unescaped(line, mark).unwrap_or(line.len())],
        None if has_bracket && is_list => until(line, |c| "])}>".contains(c)),
        None => line,
    };
    let value = |text: Cow<'a, str>, len: usize, lines: usize| Value {
        is_stated: is_header_line
            || !is_weak
                && !is_list
                && !has_bracket
                && !is_next_line
                && name != "b3"
                && !is_absent(&text),
        text,
        end: begin + len,
        is_header_line,
        lines,
    };
    if is_list {
        if is_weak && quote.is_none() {
            // A table with tabs, or names and values on alternate lines.
            let is_apart = !before.contains(char::is_alphanumeric)
                && (is_next_line || connector.contains('\t'));
            return (is_apart && values::is_valid(name, line))
                .then(|| value(line.trim_end().into(), line.len(), 1));
        }
        let limit = list_limit(text, &found[0], begin, limit);
        return Some(match quote {
            Some(_) => value(unescape(region), region.len(), 1),
            None if is_header_line => {
                let rest = &region[..region.len().min(limit)];
                let whole = rest.trim_end();
                let list = if values::is_valid(name, whole) {
                    whole
                } else {
                    whole.trim_end_matches(is_after_value)
                };
                let (list, len, lines) = unfold(name, list, far, rest.len());
                value(list, len, lines)
            }
            None if has_bracket => value(region.into(), region.len(), 1),
            None => {
                let list = first_list(&region[..region.len().min(limit)]);
                value(list.into(), list.len(), 1)
            }
        });
    }
    let token = until(region, is_end);
    if values::is_valid(name, token) {
        return Some(value(token.into(), token.len(), 1));
    }
    let whole = bounded(region, FAR).trim_end();
    if quote.is_some() && token.contains('\\') && values::is_valid(name, &unescape(whole)) {
        return Some(value(unescape(whole), whole.len(), 1));
    }
    if let Some((compact, len)) = spaced(name, region) {
        return Some(value(compact.into(), len, 1));
    }
    if let Some((joined, len, lines)) = joined(name, token, far) {
        return Some(value(joined.into(), len, lines));
    }
    if is_header_line && quote.is_none() {
        let whole = bounded(whole, limit.saturating_sub(begin));
        return Some(value(whole.into(), whole.len(), 1));
    }
    Some(value(token.into(), token.len(), 1))
}

/// Returns where a list ends because the next header begins: `baggage:a=1,x-kontur-trace-id:…`.
fn list_limit(text: &str, connector: &str, begin: usize, limit: usize) -> usize {
    let sign = if connector.trim_start().starts_with('=') {
        '='
    } else {
        ':'
    };
    let Some(before) = text.get(begin..limit) else {
        return usize::MAX;
    };
    let is_joined = text[limit..]
        .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-_.".contains(c))
        .starts_with(sign);
    let is_apart = before.ends_with([',', ' ', '\t', ';']);
    match is_joined && is_apart && !before.contains('\n') {
        true => before.trim_end_matches([',', ' ', '\t', ';']).len(),
        false => usize::MAX,
    }
}

/// Returns what precedes a position in its line, as far as it matters.
pub(super) fn line_before(text: &str, start: usize) -> &str {
    let mut from = start.saturating_sub(NEAR);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = &text[from..start];
    &before[before.rfind('\n').map_or(0, |at| at + 1)..]
}

fn until(text: &str, is_end: impl Fn(char) -> bool) -> &str {
    &text[..text.find(is_end).unwrap_or(text.len())]
}

/// Whether a character ends a value without quotes.
fn is_end(c: char) -> bool {
    c.is_whitespace() || "\"'`,;()[]{}<>&|\\^".contains(c)
}

/// Whether a character is left over from a notation around a header line.
fn is_after_value(c: char) -> bool {
    c.is_whitespace() || ",;\\|\"'`".contains(c)
}

/// Whether a value is what loggers write for an absent header.
fn is_absent(value: &str) -> bool {
    let words = ["", "-", "null", "none", "nil", "nil>", "undefined", r"\N"];
    words
        .iter()
        .any(|absent| value.eq_ignore_ascii_case(absent))
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

/// Joins a list with the indented lines below it. Returns also the length of what was read.
fn unfold<'a>(name: &str, list: &'a str, text: &str, len: usize) -> (Cow<'a, str>, usize, usize) {
    let mut list = Cow::Borrowed(list);
    let (mut end, mut lines) = (len, 1);
    while let Some(rest) = text.get(end..).and_then(|rest| rest.strip_prefix('\n')) {
        let next = until(rest, |c| c == '\n');
        if !next.starts_with([' ', '\t']) || lines > 64 || next.contains(": ") {
            break;
        }
        let joined = format!("{list}{}", next.trim());
        if !values::is_valid(name, &joined) {
            break;
        }
        list = Cow::Owned(joined);
        end += 1 + next.len();
        lines += 1;
    }
    (list, end, lines)
}

/// Reads a value with spaces around its hyphens, as recognized from a picture.
fn spaced(name: &str, text: &str) -> Option<(String, usize)> {
    let start = bounded(text, NEAR);
    let is_of_value = |c: char| c.is_ascii_hexdigit() || matches!(c, '-' | ' ');
    let start = until(start, |c| !is_of_value(c)).trim_end();
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

/// Finds a quote that no backslash precedes.
fn unescaped(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    let found = text.char_indices().find(|(_, c)| {
        let is_end = *c == quote && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        is_end
    });
    found.map(|(at, _)| at)
}

/// Resolves the escapes that the notations of strings share.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let json = format!("\"{}\"", text.replace("\\'", "'"));
    match serde_json::from_str(&json) {
        Ok(text) => Cow::Owned(text),
        Err(_) => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn value<'a>(text: &'a str, name: &str) -> Value<'a> {
        let start = text.to_ascii_lowercase().find(name).unwrap();
        read(text, name, start, start + name.len(), text.len()).unwrap()
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
        let list = value("baggage: a=1,\n b=2\n c: 3", "baggage");
        assert_eq!((&*list.text, list.lines), ("a=1,b=2", 2));
    }

    #[test]
    fn read_ends_a_list_before_the_next_header() {
        let text = "baggage:a=1,x-kontur-trace-id:27bb";
        let limit = text.find("x-kontur").unwrap();
        let list = read(text, "baggage", 0, 7, limit).unwrap();
        assert_eq!((&*list.text, list.end), ("a=1", limit - 1));
    }
}
