//! Where the value of a name begins and ends in its line.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::names::Found;
use super::values::{self, regex};

/// The value of a name, as far as its line contains it.
#[derive(Debug)]
pub(super) struct Region<'a> {
    pub(super) value: Cow<'a, str>,
    /// Where the value ends in the line.
    pub(super) end: usize,
    /// Whether the line is a header line, so that the rest of it is the value.
    pub(super) is_header_line: bool,
    /// Whether the value may go on in the next line.
    pub(super) is_open: bool,
    /// Whether name and value are joined by characters that also occur in prose.
    pub(super) is_weak: bool,
}

/// A line with a known name.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    /// Where the next header begins in the line, or the length of the line.
    pub(super) limit: usize,
    /// Whether no known name precedes the one whose value is wanted.
    pub(super) is_first_name: bool,
}

/// How far the end of a value is looked for if name and value are joined weakly. A limit keeps the
/// search linear, since such a name may turn out to be none.
const WEAK_LEN: usize = 512;

/// Matches the text between a name and its value.
static CONNECTOR: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?xi)^
        # The end of the name's own quotes or emphasis.
        [\\"'`*^\])]{0,4}(?:>>)?
        (?:
            # {"name": "traceparent", "value": "…"}, <meta name="sentry-trace" content="…">
            (?P<pair>\s*,?\s*[\\"']{0,4}(?:value|content)[\\"']{0,4}\s*[:=]\s*
                (?:\{\s*[\\"]{0,4}stringvalue[\\"]{0,4}\s*:\s*)?)
            | (?P<strong>\s*(?:=>|->|:=|[:=])\s*)
            | (?P<weak>\s*[,|]\s*|\s+)
        )
        # The beginning of a list, of a bytes literal, of a quoted text.
        (?:\[\]string|\{longstr,)?(?:<<)?
        (?P<bracket>[\[({]{0,2})\s*(?:b(?P<bytes>['"]))?(?P<quote>\\{0,3}["'`]|\^")?
        "#,
    )
});

/// The text between a name and its value.
struct Connector<'a> {
    len: usize,
    /// The sign that joins them, if it does not occur in prose.
    strong: Option<&'a str>,
    /// The characters that join them otherwise.
    weak: Option<&'a str>,
    bracket: &'a str,
    quote: Option<&'a str>,
}

impl<'a> Connector<'a> {
    fn find(after: &'a str) -> Option<Self> {
        if let Some(plain) = Self::plain(after) {
            return Some(plain);
        }
        let found = CONNECTOR.captures(after)?;
        let group = |name| found.name(name).map(|group| group.as_str());
        Some(Connector {
            len: found[0].len(),
            strong: group("strong").map(str::trim),
            weak: group("weak"),
            bracket: group("bracket").unwrap_or_default(),
            quote: group("bytes").or_else(|| group("quote")),
        })
    }

    /// Finds the sign of most texts without the regular expression, which takes longer than all the
    /// rest: a colon or an equals sign, and a letter or digit.
    fn plain(after: &'a str) -> Option<Self> {
        let strong = after.get(..1).filter(|sign| matches!(*sign, ":" | "="))?;
        let value = after[1..].trim_start_matches([' ', '\t']);
        // A bytes literal begins with a b.
        let is_plain = |c: char| c.is_ascii_alphanumeric() && !matches!(c, 'b' | 'B');
        value.starts_with(is_plain).then(|| Connector {
            len: after.len() - value.len(),
            strong: Some(strong),
            weak: None,
            bracket: "",
            quote: None,
        })
    }
}

/// Finds the value of a name in its line.
pub(super) fn find<'a>(line: &Line<'a>, found: &Found) -> Option<Region<'a>> {
    let (before, after) = (&line.text[..found.start], &line.text[found.end..]);
    let connector = Connector::find(after)?;
    let begin = found.end + connector.len;
    let (strong, bracket, quote) = (connector.strong, connector.bracket, connector.quote);
    let is_weak = connector.weak.is_some();
    // A table with tabs, as tools copy it.
    let is_column = connector.weak.is_some_and(|weak| weak.contains('\t'))
        && !before.contains(char::is_alphanumeric);
    let rest = match is_weak {
        true => limited(&line.text[begin..], WEAK_LEN),
        false => &line.text[begin..],
    };

    // A quote that begins before the name encloses the value as well.
    let around = before.chars().next_back().filter(|c| "\"'`".contains(*c));
    let around = around.filter(|c| !after.trim_start_matches('\\').starts_with(*c));
    let is_header_line = strong == Some(":")
        && line.is_first_name
        && around.is_none()
        && bracket.is_empty()
        && !before.contains(is_of_text);

    let (region, is_open) = match (around, quote) {
        (Some(quote), _) => until(rest, |text| unescaped(text, quote)),
        (None, Some(quote)) => {
            let mark = quote.chars().next_back()?;
            match quote.len() {
                1 => until(rest, |text| unescaped(text, mark)),
                // The end of an escaped quote is escaped as well.
                _ => until(rest, |text| text.find(['\\', '^', mark])),
            }
        }
        (None, None) if is_weak && !bracket.is_empty() => return None,
        (None, None) if !bracket.is_empty() => until(rest, |text| text.find([']', ')', '}'])),
        (None, None) if is_weak && !is_column && values::is_free_form(found.name) => return None,
        (None, None) => {
            let whole = match is_weak {
                true => rest,
                false => &line.text[begin..line.limit.max(begin)],
            };
            let (value, is_open) = unquoted(found.name, whole, is_header_line);
            return Some(Region {
                value: Cow::Borrowed(value),
                end: begin + value.len(),
                is_header_line,
                is_open: is_open && (is_weak || line.limit == line.text.len()),
                is_weak,
            });
        }
    };
    Some(Region {
        value: quoted(found.name, region),
        end: begin + region.len(),
        is_header_line,
        is_open,
        is_weak,
    })
}

/// Chooses the value among the readings of a text in quotes or brackets: the text with its escapes
/// resolved, or the first item of a list.
fn quoted<'a>(name: &str, region: &'a str) -> Cow<'a, str> {
    let value = unescape(region);
    if values::is_free_form(name) || values::is_valid(name, &value) {
        return value;
    }
    match first_token(region) {
        token if values::is_valid(name, token) => Cow::Borrowed(token),
        _ => value,
    }
}

/// Returns the beginning of a text, of at most `len` bytes.
pub(super) fn limited(text: &str, len: usize) -> &str {
    if text.len() <= len {
        return text;
    }
    let end = (0..=len).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// Whether a character before a name shows that the line does not begin with it.
fn is_of_text(c: char) -> bool {
    c.is_alphanumeric() || "\"'`{[(=$:".contains(c)
}

/// Takes a text up to a position, or all of it.
fn until(text: &str, end: impl Fn(&str) -> Option<usize>) -> (&str, bool) {
    match end(text) {
        Some(end) => (&text[..end], false),
        None => (text, true),
    }
}

/// Finds a quote that no backslash precedes.
pub(super) fn unescaped(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices()
        .find(|(_, c)| {
            let is_end = *c == quote && !is_escaped;
            is_escaped = *c == '\\' && !is_escaped;
            is_end
        })
        .map(|(at, _)| at)
}

/// Chooses the value among the readings of a text without quotes. Returns also whether it is the
/// whole text.
fn unquoted<'a>(name: &str, rest: &'a str, is_header_line: bool) -> (&'a str, bool) {
    let whole = rest.trim_end();
    let value = if values::is_free_form(name) {
        match is_header_line {
            true if values::is_valid(name, whole) => whole,
            true => rest.trim_end_matches(is_after_value),
            false => first_list(rest),
        }
    } else {
        let token = first_token(rest);
        let is_whole = is_header_line
            && token.len() < whole.len()
            && (values::is_valid(name, whole) || !values::is_valid(name, token));
        if is_whole {
            whole
        } else {
            token
        }
    };
    (value, value.len() == whole.len())
}

/// Whether a character is left over from a notation around a header line.
fn is_after_value(c: char) -> bool {
    c.is_whitespace() || ",;\\|\"'`".contains(c)
}

fn first_token(text: &str) -> &str {
    let is_end = |c: char| c.is_whitespace() || "\"'`,;()[]{}<>&|\\^".contains(c);
    let text = text.trim_start();
    &text[..text.find(is_end).unwrap_or(text.len())]
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

/// Resolves the escapes that the notations of strings share.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let json = format!("\"{}\"", text.replace("\\'", "'"));
    match serde_json::from_str(&json) {
        Ok(text) => Cow::Owned(text),
        Err(_) => Cow::Borrowed(text),
    }
}
