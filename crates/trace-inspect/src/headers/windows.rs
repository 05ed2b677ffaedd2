//! Windows of a long text, which are read one by one.
//!
//! A log may be longer than the memory, and its lines do not depend on distant ones.

use memchr::{memchr, memrchr};

use super::region::limited;
use super::{blocks, json, names};

/// How much of a text is read at once, in bytes.
const LEN: usize = 1 << 20;

/// The number of bytes before the end of a window in which the beginning of a message is searched.
const SEARCHED: usize = 64 * 1024;

/// Splits a text into windows. Each ends after a line, unless the line is longer than a window.
pub(super) fn split(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let end = cut(text).unwrap_or(text.len());
        let (window, rest) = text.split_at(end);
        text = rest;
        (!window.is_empty()).then_some(window)
    })
}

/// Returns the length of the first window of a text. Returns `None` if the text is no longer than a
/// window.
fn cut(text: &str) -> Option<usize> {
    if text.len() <= LEN {
        return None;
    }
    let bytes = text.as_bytes();
    let Some(last) = memrchr(b'\n', &bytes[..LEN]) else {
        return Some(within_line(text));
    };
    let end = last + 1;
    let from = end.saturating_sub(SEARCHED);
    let Some(first) = memchr(b'\n', &bytes[from..end]) else {
        return Some(end);
    };
    Some(between_messages(text, from + first + 1, end).unwrap_or(end))
}

/// Finds where a line that is longer than a window is cut: in the widest gap between the known names
/// before the window's end, so that name and value stay together.
fn within_line(text: &str) -> usize {
    let from = limited(text, LEN - SEARCHED).len();
    let end = limited(text, LEN).len();
    let (mut gap, mut before) = (from..from, from);
    let names = names::find(&text[from..end]).map(|found| (from + found.start, from + found.end));
    for (start, after) in names.chain([(end, end)]) {
        if start - before > gap.len() {
            gap = before..start;
        }
        before = after;
    }
    let word = text[gap.clone()].rfind([' ', '\t', ',', ';', '&', '{']);
    word.map_or(gap.end, |at| gap.start + at + 1)
}

/// Finds the last line between two places at which a message probably begins: a start line, else a
/// line after an empty one, else one after indented lines, else one without headers nearby.
fn between_messages(text: &str, from: usize, end: usize) -> Option<usize> {
    let (mut after_empty, mut after_indented, mut apart) = (None, None, None);
    let (mut at, mut is_named) = (end, true);
    let is_indented = |line: &str| line.starts_with([' ', '\t']);
    for line in text[from..end].split_inclusive('\n').rev() {
        let after = at;
        at -= line.len();
        if blocks::is_start_line(line) {
            return Some(at);
        }
        if after_empty.is_none() && line.trim().is_empty() {
            after_empty = Some(after);
        }
        let is_after_indented = is_indented(line) && !is_indented(&text[after..]);
        if after_indented.is_none() && is_after_indented && after < end {
            after_indented = Some(after);
        }
        if apart.is_none() {
            let was_named = std::mem::replace(&mut is_named, names::contains(line));
            if !was_named && !is_named {
                apart = Some(after);
            }
        }
    }
    after_empty.or(after_indented).or(apart)
}

/// Finds the parts of a stream that are read one by one.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Whether something was read already.
    has_begun: bool,
    /// The number of JSON values that were read.
    values: usize,
    /// Whether the rest is not JSON, although it begins like it.
    is_text: bool,
}

/// A part of a stream.
#[derive(Debug)]
pub(super) struct Part {
    /// Its length in bytes.
    pub(super) len: usize,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// The whole text.
    Whole,
    /// A JSON value that is longer than a window.
    LongJson,
    /// JSON values from a position, after a number of others.
    Json { from: usize, before: Option<usize> },
    /// Lines of other text.
    Lines,
}

impl Parts {
    /// The number of bytes that [`next`](Self::next) needs, unless the text ends before.
    pub(super) const LEN: usize = LEN + 1;

    /// Finds the next part of a text of at least [`LEN`](Self::LEN) bytes, or of the rest of it if
    /// `is_end`. Returns `None` at its end.
    pub(super) fn next(&mut self, text: &str, is_end: bool) -> Option<Part> {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        if is_first && is_end && text.len() <= LEN {
            let kind = Kind::Whole;
            return (!text.is_empty()).then_some(Part {
                len: text.len(),
                kind,
            });
        }
        if let Some(part) = self.json(text, is_end) {
            return Some(part);
        }
        let len = cut(text).or(is_end.then_some(text.len()))?;
        let kind = Kind::Lines;
        (len > 0).then_some(Part { len, kind })
    }

    /// Finds the JSON values at the beginning of a text. Returns `None` if the text is not JSON.
    fn json(&mut self, text: &str, is_end: bool) -> Option<Part> {
        // The items of a part of an array.
        let is_between = |c: char| c.is_ascii_whitespace() || c == ',' && self.values > 0;
        let from = text.len() - text.trim_start_matches(is_between).len();
        if self.is_text || !json::may_begin(&text[from..]) {
            return None;
        }
        let extent = json::extent(&text[from..]);
        if extent.count > 0 {
            let len = from + extent.end;
            let is_all = self.values == 0 && is_end && text[len..].trim().is_empty();
            let before = (!is_all).then_some(self.values);
            self.values += extent.count;
            let kind = Kind::Json { from, before };
            return Some(Part { len, kind });
        }
        self.is_text = extent.is_cut && is_end;
        (extent.is_cut && !is_end).then_some(Part {
            len: from,
            kind: Kind::LongJson,
        })
    }

    /// Notes that a long JSON value was read. After an invalid one, the rest is read as text.
    pub(super) fn end_long_json(&mut self, is_valid: bool) {
        self.values += 1;
        self.is_text = !is_valid;
    }

    /// Returns the number of JSON values that were read.
    pub(super) fn values(&self) -> usize {
        self.values
    }
}

impl Part {
    /// Whether this is the whole text.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.kind, Kind::Whole)
    }

    /// Whether the part is the whitespace before a JSON value that is longer than a window.
    pub(super) fn precedes_long_json(&self) -> bool {
        matches!(self.kind, Kind::LongJson)
    }
}
