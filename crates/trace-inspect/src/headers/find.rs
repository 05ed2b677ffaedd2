//! The records of a text to messages: known names anywhere, and known shapes outside of them.

use std::ops::Range;

use super::ids::{self, Id, Needle, Spellings};
use super::message::Message;
use super::names::{self, Found, Label, Name};
use super::record::Record;
use super::shapes::{self, Shape};
use super::{value, values};

/// Something that was found at a position of a record.
#[derive(Debug)]
struct Event {
    start: usize,
    item: Item,
}

#[derive(Debug)]
enum Item {
    Header {
        name: &'static str,
        value: String,
        is_header_line: bool,
        lines: usize,
    },
    Mention {
        label: String,
        id: Id,
    },
    /// The upper half of Datadog's ids.
    Upper(u64),
}

/// Passes the messages of a record on.
pub(super) fn read(record: &Record, out: &mut dyn FnMut(Message)) {
    let mut events = Vec::new();
    let taken = by_name(&record.text, &mut events);
    by_shape(&record.text, &taken, &mut events);
    events.sort_by_key(|event| event.start);
    if events.is_empty() && !record.is_list {
        alone(record, &mut events);
    }
    let mut building = Building {
        record,
        out,
        message: Message::default(),
        upper: None,
        lines: Vec::new(),
    };
    for event in events {
        building.add(event);
    }
    building.end();
}

/// Passes on each line of a record that contains an id, and each message whose headers do.
pub(super) fn only(needle: &Needle, record: &Record, out: &mut dyn FnMut(Message)) {
    let found = |line: usize, label: &str, excerpt: &str| {
        let id = Id::new(u128::from_be_bytes(needle.trace_id.to_bytes()));
        let mut message = Message {
            line,
            is_log: true,
            ..Message::default()
        };
        message.excerpt = Some(excerpt.to_owned());
        id.into_iter()
            .for_each(|id| message.mention(label, id, false));
        message
    };
    let mut lines = Vec::new();
    for (start, number) in &record.lines {
        let line = record.text[*start..].lines().next().unwrap_or_default();
        if let Some(spelling) = needle.find(line) {
            lines.push(*number);
            out(found(*number, spelling, line));
        }
    }
    // Values that hide the id.
    read(record, &mut |message| {
        let is_it = message.trace_ids().any(|id| id == needle.trace_id);
        if is_it && !lines.contains(&message.line) {
            lines.push(message.line);
            let at = record
                .lines
                .iter()
                .find(|(_, number)| *number == message.line);
            let line = at.and_then(|(start, _)| record.text[*start..].lines().next());
            out(found(message.line, "an envelope", line.unwrap_or_default()));
        }
    });
}

/// Reads the values of the known names. Returns the ranges that they take.
fn by_name(text: &str, events: &mut Vec<Event>) -> Vec<Range<usize>> {
    let names: Vec<_> = names::find(text).collect();
    let mut taken: Vec<Range<usize>> = Vec::new();
    for (i, found) in names.iter().enumerate() {
        if taken.last().is_some_and(|taken| found.start < taken.end) {
            continue;
        }
        let limit = names.get(i + 1).map_or(text.len(), |next| next.start);
        let start = found.start;
        let end = match found.name {
            Name::Header(name) => {
                let Some(value) = value::read(text, name, start, found.end, limit) else {
                    continue;
                };
                if !value.is_stated && !values::is_valid(name, &value.text) {
                    continue;
                }
                let item = Item::Header {
                    name,
                    value: value.text.into_owned(),
                    is_header_line: value.is_header_line,
                    lines: value.lines,
                };
                events.push(Event { start, item });
                value.end
            }
            Name::Label(label) => match labeled(text, found, label) {
                Some((item, end)) => {
                    events.push(Event { start, item });
                    end
                }
                None => continue,
            },
        };
        taken.push(start..end);
    }
    taken
}

/// Whether a name is followed by a value.
pub(super) fn has_value(line: &str, found: &Found) -> bool {
    match found.name {
        Name::Header(name) => value::read(line, name, found.start, found.end, line.len())
            .is_some_and(|value| values::is_valid(name, &value.text)),
        Name::Label(label) => labeled(line, found, label).is_some(),
    }
}

/// Reads the id after the name of a log field or of a foreign header.
fn labeled(text: &str, found: &Found, label: Label) -> Option<(Item, usize)> {
    let begin = value::place(text, found.end).or_else(|| {
        // `trace_id.w3c`
        let rest = text[found.end..].strip_prefix('.')?;
        let len = rest.find(|c: char| !c.is_ascii_alphanumeric())?;
        value::place(text, found.end + 1 + len)
    })?;
    let spellings = if matches!(label, Label::Id) {
        Spellings::All
    } else {
        Spellings::Long
    };
    // A list of bytes begins with a bracket, which is also part of the connector.
    let rest = &text[begin..];
    let digits = |rest: &str| {
        rest[..rest
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(rest.len())]
            .to_owned()
    };
    let (id, len) = match label {
        Label::Upper => {
            let digits = digits(super::bounded(rest, 17));
            let upper = (digits.len() == 16).then(|| u64::from_str_radix(&digits, 16).ok())??;
            return Some((Item::Upper(upper), begin + digits.len()));
        }
        Label::RequestId if !rest.starts_with('|') => return None,
        Label::Query if rest.as_bytes().get(32) != Some(&b'"') => return None,
        Label::SkyWalking => {
            let item = super::bounded(rest, 200).split('-').nth(1)?;
            let decoded = String::from_utf8(ids::decode_base64(item)?).ok()?;
            (ids::at_start(&decoded, Spellings::Long)?.0, item.len())
        }
        Label::NewRelic => {
            let base64 = super::bounded(rest, 8 * 1024).split_whitespace().next()?;
            let decoded: serde_json::Value =
                serde_json::from_slice(&ids::decode_base64(base64)?).ok()?;
            (
                ids::at_start(decoded.pointer("/d/tr")?.as_str()?, Spellings::Long)?.0,
                base64.len(),
            )
        }
        _ => ids::at_start(rest, spellings)?,
    };
    let label = text[found.start..found.end].to_owned();
    Some((Item::Mention { label, id }, begin + len))
}

/// Finds ids and values without a name, also within Base64.
fn by_shape(text: &str, taken: &[Range<usize>], events: &mut Vec<Event>) {
    shapes::find(text, taken, |start, shape| match shape {
        Shape::Id(label, id) => {
            let item = Item::Mention { label, id };
            events.push(Event { start, item });
        }
        Shape::Text(decoded) => {
            let before = events.len();
            by_name(&decoded, events);
            for event in &mut events[before..] {
                event.start = start;
            }
        }
    });
}

/// Reads a line that is an id. A line that ends with a colon before it is another name.
fn alone(record: &Record, events: &mut Vec<Event>) {
    let (mut start, mut is_named) = (0, false);
    for line in record.text.split('\n') {
        if let Some(id) = shapes::alone(line).filter(|_| !is_named) {
            let label = "a trace id alone".to_owned();
            let item = Item::Mention { label, id };
            events.push(Event { start, item });
        }
        is_named = line.trim_end().ends_with(':');
        start += line.len() + 1;
    }
}

/// A message that is being put together.
struct Building<'r, 'o> {
    record: &'r Record,
    out: &'o mut dyn FnMut(Message),
    message: Message,
    upper: Option<u64>,
    /// The labels of the mentions, and the lines they are on.
    lines: Vec<(String, usize)>,
}

impl Building<'_, '_> {
    fn add(&mut self, event: Event) {
        let line = self.record.line_of(event.start);
        match event.item {
            Item::Header {
                name,
                value,
                is_header_line,
                lines,
            } => {
                self.header(name, &value, is_header_line, line, lines);
            }
            Item::Mention { label, id } => self.mention(label, id, line, event.start),
            Item::Upper(upper) => self.upper = Some(upper),
        }
        if self.message.line == 0 {
            self.message.line = line;
        }
    }

    fn header(
        &mut self,
        name: &'static str,
        value: &str,
        is_header_line: bool,
        line: usize,
        lines: usize,
    ) {
        let headers = &self.message.headers;
        let may_repeat =
            values::is_free_form(name) || is_header_line && self.record.start_line.is_some();
        if values::is_valid(name, value) && !may_repeat {
            if self.message.has_other(name, value) {
                self.end();
                self.message.line = line;
            } else if !is_header_line || !headers.contains_key(name) {
                // A valid reading drops the invalid ones, and a second one is the same.
                self.message.headers.remove(name);
            }
        } else if headers.contains_key(name) && !is_header_line {
            let is_known = headers.get_all(name).iter().any(|line| line == value);
            if is_known || !values::is_free_form(name) || !values::is_valid(name, value) {
                return;
            }
        } else if !may_repeat && headers.contains_key(name) && self.is_valid(name) {
            return;
        }
        self.message.push(name, value);
        if lines > 1 && !values::is_free_form(name) {
            let note = format!("{name}: the value was joined from {lines} lines");
            self.message.notes.push(note);
        }
    }

    fn is_valid(&self, name: &str) -> bool {
        let mut lines = self.message.headers.get_all(name).iter();
        lines.any(|line| line.to_str().is_ok_and(|line| values::is_valid(name, line)))
    }

    /// Adds an id. A label that repeats with another id in a list or on a later line begins the
    /// next message.
    fn mention(&mut self, label: String, id: Id, line: usize, start: usize) {
        let place = if self.record.is_list { start } else { line };
        let is_other = self
            .message
            .mentions
            .iter()
            .all(|m| m.id.trace_id != id.trace_id);
        let is_later = self
            .lines
            .iter()
            .any(|(known, at)| *at != place && *known == label);
        if is_other && is_later {
            self.end();
            self.message.line = line;
        }
        self.lines.push((label.clone(), place));
        self.message.mention(label, id, false);
    }

    fn end(&mut self) {
        self.lines.clear();
        let mut message = std::mem::take(&mut self.message);
        message.complete(self.upper.take());
        message.start_line.clone_from(&self.record.start_line);
        message.is_log = self.record.is_log;
        if !message.is_empty() {
            (self.out)(message);
        }
    }
}
