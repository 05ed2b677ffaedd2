//! The lines of a block to names and values.

use std::sync::LazyLock;

use regex::Regex;

use super::message::{Message, Sink};
use super::names::{self, Found};
use super::region::{self, Line, Region};
use super::values::{self, regex};
use super::wrapped;

/// Reads the lines of a block. A name that repeats on a later line begins a new message, unless the
/// lines are header lines, which may repeat.
pub(super) fn read(lines: &[&str], out: Sink<'_>) {
    let mut fields = Fields {
        lines,
        at: 0,
        out,
        message: Message::default(),
        earlier: Vec::new(),
        is_text: false,
    };
    while fields.at < lines.len() {
        fields.line();
        fields.at += 1;
    }
    fields.end_message();
}

struct Fields<'a, 'o> {
    lines: &'a [&'a str],
    /// The index of the current line.
    at: usize,
    out: Sink<'o>,
    message: Message,
    /// The names that the message has from earlier lines.
    earlier: Vec<&'static str>,
    /// Whether a field of the message was not on a header line.
    is_text: bool,
}

impl<'a> Fields<'a, '_> {
    fn line(&mut self) {
        let (first, line) = (self.at, self.lines[self.at]);
        let names: Vec<_> = names::find(line).collect();
        if names.is_empty() {
            return;
        }
        // Where the next header begins on the same line, as where a chat joined the lines.
        let mut limits = vec![line.len(); names.len()];
        for i in (1..names.len()).rev() {
            let is_apart = line[..names[i].start].ends_with(char::is_whitespace);
            let begins_header = is_apart && line[names[i].end..].starts_with([':', '=']);
            limits[i - 1] = if begins_header {
                names[i].start
            } else {
                limits[i]
            };
        }
        let mut end = 0;
        for (i, found) in names.iter().enumerate() {
            if found.start >= end && self.at == first {
                let context = Line {
                    text: line,
                    limit: limits[i],
                    is_first_name: i == 0,
                };
                end = self.field(&context, found).unwrap_or(end);
            }
        }
        for found in &names {
            if self.message.headers.contains_key(found.name) && !self.earlier.contains(&found.name)
            {
                self.earlier.push(found.name);
            }
        }
    }

    /// Reads the value of a name. Returns the position at which reading continues in the line, or
    /// `None` if it continues after the name.
    fn field(&mut self, line: &Line<'a>, found: &Found) -> Option<usize> {
        let name = found.name;
        if let Some((value, next)) = self.on_next_line(line.text, found) {
            self.push(name, value, true);
            self.at = next;
            return Some(line.text.len());
        }
        let region = region::find(line, found)?;
        let is_header_line = region.is_header_line;
        let following = &self.lines[self.at + 1..];
        // A list may be folded although its first line is valid.
        if is_header_line && region.is_open && values::is_free_form(name) {
            let joined = wrapped::unfold(line.text, &region.value, following);
            self.push(name, &joined.value, true);
            self.at += joined.lines;
            return Some(line.text.len());
        }
        let is_valid = values::is_valid(name, &region.value);
        if !is_valid && region.is_open {
            if let Some(joined) = wrapped::join(name, &region.value, following) {
                let lines = joined.lines + 1;
                self.push(name, &joined.value, is_header_line);
                let note = format!("{name}: the value was joined from {lines} lines");
                self.message.notes.push(note);
                self.at += joined.lines;
                return Some(line.text.len());
            }
        }
        if is_valid || is_header_line || !region.is_weak && is_stated(name, &region) {
            self.push(name, &region.value, is_header_line);
            if !is_valid && region.is_open && following.first().is_some_and(|l| wrapped::is_rest(l))
            {
                let note = format!("{name}: the value looks wrapped; its lines do not join");
                self.message.notes.push(note);
            }
        } else if region.is_weak {
            return None;
        }
        Some(region.end)
    }

    /// Returns the value of a name that stands alone on its line, and the index of the value's line.
    fn on_next_line(&self, line: &str, found: &Found) -> Option<(&'a str, usize)> {
        static PAIR: LazyLock<Regex> = LazyLock::new(|| {
            regex(r#"(?i)^\s*[\\"']{0,4}(?:value|content)[\\"']{0,4}\s*[:=]\s*[\\"']{0,4}"#)
        });
        static HEADER: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s*:?[!-9;-~]+:(\s|$)"));
        let is_between = [' ', '\t', '"', '\'', ',', ':', '\\', '='];
        if !line[found.end..].trim_start_matches(is_between).is_empty() {
            return None;
        }
        let next = self.at + 1;
        let value = self.lines.get(next)?;
        let value = match PAIR.find(value) {
            Some(pair) => value[pair.end()..].split(['"', '\'', '\\']).next()?,
            None if line[..found.start].contains(char::is_alphanumeric) => return None,
            None if HEADER.is_match(value) => return None,
            None => value.trim(),
        };
        values::is_valid(found.name, value).then_some((value, next))
    }

    fn push(&mut self, name: &'static str, value: &str, is_header_line: bool) {
        if !is_header_line {
            let mut lines = self.message.headers.get_all(name).iter();
            if lines.any(|line| line == value) {
                return;
            }
            if self.earlier.contains(&name) {
                self.end_message();
            }
            self.is_text = true;
        }
        self.message.push(name, value);
    }

    fn end_message(&mut self) {
        let mut message = std::mem::take(&mut self.message);
        self.earlier.clear();
        if !message.is_empty() {
            message.read_as = match std::mem::take(&mut self.is_text) {
                true => "text with names and values".to_owned(),
                false => "header lines".to_owned(),
            };
            (self.out)(message);
        }
    }
}

/// Whether an invalid value that is not on a header line belongs to a header. Loggers write `-` or
/// `null` for an absent header, and the names of lists also occur in prose.
fn is_stated(name: &str, region: &Region<'_>) -> bool {
    let is_absent = [
        "",
        "-",
        "null",
        "none",
        "nil",
        "<nil>",
        "undefined",
        "(null)",
    ]
    .iter()
    .any(|absent| region.value.eq_ignore_ascii_case(absent));
    !is_absent && !values::is_free_form(name) && name != "b3"
}
