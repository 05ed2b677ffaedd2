//! The records of a text to messages: known names anywhere, and known shapes outside of them.

use std::ops::Range;

use super::ids::{self, Id, Needle, Spellings};
use super::message::Message;
use super::names::{self, Found, Label, Name};
use super::record::Record;
use super::shapes::{self, Shape};
use super::value::{self, Value};
use super::values;

/// Something that was found at a position of a record.
#[derive(Debug)]
enum Item {
    Header(String, Value),
    Mention(String, Id),
    /// The upper half of Datadog's ids.
    Upper(u64),
}

type Events = Vec<(usize, Item)>;

/// Passes the messages of a record on.
pub(super) fn read(record: &Record, out: &mut dyn FnMut(Message)) {
    let mut events = Vec::new();
    let taken = by_name(&record.text, &mut events);
    by_shape(&record.text, &taken, &mut events);
    events.sort_by_key(|(start, _)| *start);
    if events.is_empty() && !record.is_list {
        alone(&record.text, &mut events);
    }
    let mut building = Building {
        record,
        out,
        message: Message::default(),
        upper: None,
        lines: Vec::new(),
    };
    for (start, item) in events {
        building.add(start, item);
    }
    building.end();
}

/// Passes on each line of a record that contains an id, and each message whose headers do.
pub(super) fn only(needle: &Needle, record: &Record, out: &mut dyn FnMut(Message)) {
    let lines = record.text.lines().zip(&record.lines);
    let lines: Vec<_> = lines.map(|(line, (_, number))| (*number, line)).collect();
    let is_in = |(_, line): &&(usize, &str)| needle.is_in(line);
    let mut found: Vec<_> = lines.iter().filter(is_in).collect();
    // Values may hide the id.
    read(record, &mut |message| {
        let is_known = found.iter().any(|(number, _)| *number == message.line);
        if message.has(needle.trace_id) && !is_known {
            found.extend(lines.iter().find(|(number, _)| *number == message.line));
        }
    });
    found.sort_by_key(|(number, _)| *number);
    for (line, text) in found {
        let mut message = Message {
            line: *line,
            is_log: true,
            excerpt: Some((*text).to_owned()),
            ..Message::default()
        };
        message.mention("--find", Id::new(needle.trace_id), false);
        out(message);
    }
}

/// Reads the values of the known names. Returns the ranges that they take.
fn by_name(text: &str, events: &mut Events) -> Vec<Range<usize>> {
    let names: Vec<_> = names::find(text).collect();
    let mut taken: Vec<Range<usize>> = Vec::new();
    for (i, found) in names.iter().enumerate() {
        if taken.last().is_some_and(|taken| found.start < taken.end) {
            continue;
        }
        let limit = names.get(i + 1).map_or(text.len(), |next| next.start);
        let read = match found.name {
            Name::Label(label) => labeled(text, found, label),
            Name::Header(name) => header(text, found, name, limit),
            Name::Prefix => {
                let name = text[found.start..found.end].to_ascii_lowercase();
                header(text, found, &name, limit)
            }
        };
        if let Some((item, end)) = read {
            events.push((found.start, item));
            taken.push(found.start..end);
        }
    }
    taken
}

fn header(text: &str, found: &Found, name: &str, limit: usize) -> Option<(Item, usize)> {
    let value = value::read(text, name, found.start, found.end, limit)?;
    let end = value.end;
    let is_read = value.is_stated || values::is_valid(name, &value.text);
    is_read.then(|| (Item::Header(name.to_owned(), value), end))
}

/// Whether a name is followed by a valid value.
pub(super) fn has_value(line: &str, found: &Found) -> bool {
    match found.name {
        Name::Label(label) => labeled(line, found, label).is_some(),
        Name::Header(name) => value::read(line, name, found.start, found.end, line.len())
            .is_some_and(|value| values::is_valid(name, &value.text)),
        Name::Prefix => false,
    }
}

/// Reads the id after the name of a log field or of a foreign header.
fn labeled(text: &str, found: &Found, label: Label) -> Option<(Item, usize)> {
    let begin = value::place(text, found.end)?;
    let rest = &text[begin..];
    let (id, len) = match label {
        Label::Upper => {
            let digits = rest.get(..16)?;
            let upper = u64::from_str_radix(digits, 16).ok()?;
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
            let json = ids::decode_base64(base64)?;
            let json: serde_json::Value = serde_json::from_slice(&json).ok()?;
            let id = json.pointer("/d/tr")?.as_str()?;
            (ids::at_start(id, Spellings::Long)?.0, base64.len())
        }
        Label::Id => ids::at_start(rest, Spellings::All)?,
        _ => ids::at_start(rest, Spellings::Long)?,
    };
    let label = text[found.start..found.end].to_owned();
    Some((Item::Mention(label, id), begin + len))
}

/// Finds ids and values without a name, also within Base64.
fn by_shape(text: &str, taken: &[Range<usize>], events: &mut Events) {
    shapes::find(text, taken, |start, shape| match shape {
        Shape::Id(label, id) => events.push((start, Item::Mention(label, id))),
        Shape::Text(decoded) => {
            let before = events.len();
            by_name(&decoded, events);
            events[before..]
                .iter_mut()
                .for_each(|event| event.0 = start);
        }
    });
}

/// Reads the lines that are an id, or that name one as the id of an error.
fn alone(text: &str, events: &mut Events) {
    let mut start = 0;
    for line in text.split('\n') {
        let found = shapes::alone(line).into_iter();
        events.extend(found.map(|(label, id)| (start, Item::Mention(label.to_owned(), id))));
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
    fn add(&mut self, start: usize, item: Item) {
        let line = self.record.line_of(start);
        match item {
            Item::Header(name, value) => self.header(&name, &value, line),
            Item::Mention(label, id) => self.mention(label, id, line, start),
            Item::Upper(upper) => self.upper = Some(upper),
        }
        if self.message.line == 0 {
            self.message.line = line;
        }
    }

    fn header(&mut self, name: &str, value: &Value, line: usize) {
        let Value {
            text,
            is_header_line,
            lines,
            ..
        } = value;
        let headers = &self.message.headers;
        let may_repeat =
            values::is_free_form(name) || *is_header_line && self.record.start_line.is_some();
        if values::is_valid(name, text) && !may_repeat {
            if self.message.has_other(name, text) {
                self.end();
                self.message.line = line;
            } else if !is_header_line || !headers.contains_key(name) {
                // A valid reading drops the invalid ones, and a second one is the same.
                self.message.headers.remove(name);
            }
        } else if headers.contains_key(name) && !is_header_line {
            let is_known = headers.get_all(name).iter().any(|line| line == text);
            if is_known || !values::is_free_form(name) || !values::is_valid(name, text) {
                return;
            }
        } else if !may_repeat && self.message.has_other(name, text) {
            return;
        }
        self.message.push(name, text);
        if *lines > 1 {
            let note = format!("{name}: the value was joined from {lines} lines");
            self.message.notes.push(note);
        }
    }

    /// Adds an id. A label that repeats with another id in a list or on a later line begins the
    /// next message.
    fn mention(&mut self, label: String, id: Id, line: usize, start: usize) {
        let place = if self.record.is_list { start } else { line };
        let mut known = self.message.mentions.iter();
        let is_other = known.all(|known| known.id.trace_id != id.trace_id);
        let mut labels = self.lines.iter();
        let is_later = labels.any(|(known, at)| *at != place && *known == label);
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
