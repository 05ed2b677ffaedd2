//! The records of a text to messages: known names anywhere, and known shapes outside of them.

use std::collections::BTreeSet;
use std::ops::Range;

use super::ids::{self, Id, Needle, Spellings};
use super::message::Message;
use super::names::{self, Found, Label, Name};
use super::record::Record;
use super::shapes::{self, Shape};
use super::value::{self, Value};
use super::values;

/// Something that was found in a record.
#[derive(Debug)]
enum Item {
    Header(String, Value),
    Mention(String, Id),
}

/// What was found, and where.
type Places = Vec<(Range<usize>, Item)>;

/// Passes the messages of a record on.
pub(super) fn read(record: &Record, out: &mut dyn FnMut(Message)) {
    let mut places = by_name(&record.text);
    let taken = places.iter().map(|(place, _)| place.clone()).collect();
    for (place, shape) in shapes::find(&record.text, taken) {
        match shape {
            Shape::Id(label, id) => places.push((place, Item::Mention(label, id))),
            Shape::Text(decoded) => {
                let items = by_name(&decoded).into_iter();
                places.extend(items.map(|(_, item)| (place.clone(), item)));
            }
        }
    }
    places.sort_by_key(|(place, _)| place.start);
    // Lines that are an id, or that name one as the id of an error.
    if places.is_empty() && !record.is_list {
        for (line, (start, _)) in record.text.lines().zip(&record.lines) {
            let id = shapes::alone(line).map(|(label, id)| Item::Mention(label.to_owned(), id));
            places.extend(id.map(|item| (*start..*start, item)));
        }
    }
    let mut building = Building {
        record,
        out,
        message: Message::default(),
        labels: Vec::new(),
    };
    for (place, item) in places {
        building.add(place.start, item);
    }
    building.end();
}

/// Passes on each line of a record that contains an id, and each message whose headers do.
pub(super) fn only(needle: &Needle, record: &Record, out: &mut dyn FnMut(Message)) {
    let numbers = record.lines.iter().map(|(_, number)| *number);
    let lines: Vec<_> = numbers.zip(record.text.lines()).collect();
    let is_in = |at: &usize| needle.is_in(lines[*at].1);
    let mut found: BTreeSet<_> = (0..lines.len()).filter(is_in).collect();
    // Values may hide the id.
    read(record, &mut |message| {
        let is_its = |at: &usize| lines[*at].0 == message.line;
        if message.has(needle.trace_id) && !found.iter().any(is_its) {
            found.extend((0..lines.len()).find(is_its));
        }
    });
    for (line, text) in found.into_iter().map(|at| lines[at]) {
        let mut message = Message {
            line,
            is_log: true,
            excerpt: Some(text.to_owned()),
            ..Message::default()
        };
        message.mention("--find", Id::new(needle.trace_id), false);
        out(message);
    }
}

/// Reads the values of the known names.
fn by_name(text: &str) -> Places {
    let mut names = names::find(text).peekable();
    let mut places: Places = Vec::new();
    while let Some(found) = names.next() {
        let taken = places.last().map_or(0, |(place, _)| place.end);
        let limit = names.peek().map_or(text.len(), |next| next.at.start);
        if found.at.start >= taken {
            let item = item(text, &found, limit);
            places.extend(item.map(|(item, end)| (found.at.start..end, item)));
        }
    }
    places
}

/// Reads the value after a name. Returns also where it ends. The next name is at `limit`.
fn item(text: &str, found: &Found, limit: usize) -> Option<(Item, usize)> {
    let name = match found.name {
        Name::Label(label) => return labeled(text, found, label),
        Name::Header(name) => name.to_owned(),
        Name::Prefix => text[found.at.clone()].to_ascii_lowercase(),
    };
    let value = value::read(text, &name, found.at.clone(), limit)?;
    let end = value.end;
    let is_read = value.is_stated || values::is_valid(&name, &value.text);
    is_read.then_some((Item::Header(name, value), end))
}

/// Whether a name is followed by a valid value.
pub(super) fn has_value(line: &str, found: &Found) -> bool {
    match item(line, found, line.len()) {
        Some((Item::Header(name, value), _)) => values::is_valid(&name, &value.text),
        item => item.is_some(),
    }
}

/// Reads the id after the name of a log field or of a foreign header.
fn labeled(text: &str, found: &Found, label: Label) -> Option<(Item, usize)> {
    let begin = value::place(text, found.at.end)?;
    let rest = &text[begin..];
    let (id, len) = match label {
        Label::RequestId if !rest.starts_with('|') => return None,
        Label::SkyWalking => {
            let item = super::bounded(rest, super::NEAR).split('-').nth(1)?;
            let decoded = String::from_utf8(ids::decode_base64(item)?).ok()?;
            (ids::first(&decoded, Spellings::Long)?, item.len())
        }
        Label::Id => ids::at_start(rest, Spellings::All)?,
        _ => ids::at_start(rest, Spellings::Long)?,
    };
    let label = text[found.at.clone()].trim_matches('"').to_owned();
    Some((Item::Mention(label, id), begin + len))
}

/// A message that is being put together.
struct Building<'r, 'o> {
    record: &'r Record,
    out: &'o mut dyn FnMut(Message),
    message: Message,
    /// The labels of the mentions, and their lines, or their places in a list.
    labels: Vec<(String, usize)>,
}

impl Building<'_, '_> {
    fn add(&mut self, start: usize, item: Item) {
        let line = self.record.line_of(start);
        match item {
            Item::Header(name, value) => self.header(&name, &value),
            Item::Mention(label, id) if self.record.is_list => self.mention(label, id, start),
            Item::Mention(label, id) => self.mention(label, id, line),
        }
        if self.message.line == 0 {
            self.message.line = line;
        }
    }

    /// Adds a line of a header. A valid reading replaces invalid ones of the same header. Another
    /// valid one begins the next message, unless the header may have several lines.
    fn header(&mut self, name: &str, value: &Value) {
        let text = &*value.text;
        let headers = &self.message.headers;
        let is_valid = values::is_valid(name, text);
        let is_known = headers.get_all(name).iter().any(|line| line == text);
        let is_list = values::is_free_form(name);
        let may_repeat = is_list || value.is_header_line && self.record.start_line.is_some();
        let is_second = headers.contains_key(name) && !value.is_header_line;
        let has_other = !may_repeat && self.message.has_other(name, text);
        if is_valid && has_other {
            self.end();
        } else if is_valid && !may_repeat {
            if is_second {
                self.message.headers.remove(name);
            }
        } else if has_other || is_second && (is_known || !is_list || !is_valid) {
            return;
        }
        self.message.push(name, text);
        if value.lines > 1 {
            let note = format!("{name}: the value was joined from {} lines", value.lines);
            self.message.notes.push(note);
        }
    }

    /// Adds an id. A label that repeats elsewhere with another id begins the next message.
    fn mention(&mut self, label: String, id: Id, place: usize) {
        let mut known = self.message.mentions.iter();
        let is_other = known.all(|known| known.id.trace_id != id.trace_id);
        let mut labels = self.labels.iter();
        if is_other && labels.any(|(known, at)| *at != place && *known == label) {
            self.end();
        }
        self.labels.push((label.clone(), place));
        self.message.mention(label, id, false);
    }

    fn end(&mut self) {
        self.labels.clear();
        let mut message = std::mem::take(&mut self.message);
        message.complete();
        message.start_line.clone_from(&self.record.start_line);
        message.is_log = self.record.is_log;
        if !message.is_empty() {
            (self.out)(message);
        }
    }
}
