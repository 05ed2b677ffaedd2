//! The walk through a JSON value.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::super::message::{Mention, Message, Sink};
use super::super::{bare, names};
use super::object::{Role, StartLine};
use super::pending::{HarPlace, Mark, Pending};
use super::ReadText;

pub(super) struct Walker<'de, 's> {
    label: &'s str,
    /// The keys and indexes that lead to the current value.
    path: Vec<Step<'de>>,
    /// Whether the current value is part of an HTTP archive's entries.
    is_har: bool,
    pending: Pending<'s>,
    /// The texts of the value that may belong to a header, for each such value around the current
    /// one.
    lines: Vec<Lines>,
    read_text: ReadText<'s>,
}

enum Step<'de> {
    Key(Cow<'de, str>),
    Index(usize),
}

/// The texts within a value, each of which is a line of a header.
#[derive(Default)]
pub(super) struct Lines {
    lines: Vec<String>,
    len: usize,
}

impl Lines {
    /// No server accepts longer headers.
    const MAX_LEN: usize = 128 * 1024;
    const MAX_LINES: usize = 256;

    fn push(&mut self, line: &str) {
        let is_absent = line.is_empty() || line == "-";
        self.len += line.len();
        if !is_absent && self.len <= Self::MAX_LEN && self.lines.len() < Self::MAX_LINES {
            self.lines.push(line.to_owned());
        }
    }
}

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On its own, or the value of a key.
    Alone,
    /// An item of an array, which gathers the headers of its items.
    Item,
    /// The value of a known name, which was read as such.
    Header,
}

/// The result of a value, for the value around it.
pub(super) enum Seen<'de> {
    Nothing,
    Text(Cow<'de, str>),
    Number(u64),
    Flag(bool),
    /// An object or array that holds one header: its name and lines.
    Pair(&'static str, Lines),
}

impl<'de, 's> Walker<'de, 's> {
    pub(super) fn new(label: &'s str, read_text: ReadText<'s>, out: Sink<'s>) -> Self {
        Walker {
            label,
            path: Vec::new(),
            is_har: false,
            pending: Pending::new(out),
            lines: Vec::new(),
            read_text,
        }
    }

    /// Passes the messages on.
    pub(super) fn end(mut self) {
        self.pending.pass_on();
    }

    /// Reads a string that contains headers itself, as where a log contains a dump.
    fn text(&mut self, value: &str) {
        // A name and a trace id are longer.
        const MIN_LEN: usize = 17;
        if value.len() < MIN_LEN || !names::contains(value) {
            return;
        }
        let (place, har) = self.place();
        let pending = &mut self.pending;
        (self.read_text)(value, &mut |mut message| {
            message.read_as = format!("{place}: {}", message.read_as);
            pending.insert(pending.mark(), message, har.clone());
        });
    }

    /// Adds the message of the current place, before those of the values within it.
    fn insert(&mut self, mark: Mark, mut message: Message) {
        if !message.is_empty() {
            let (read_as, har) = self.place();
            message.read_as = read_as;
            self.pending.insert(mark, message, har);
        }
    }

    /// Describes the current place.
    fn place(&self) -> (String, HarPlace) {
        if self.is_har {
            return match &*self.path {
                [_, _, Step::Index(at), Step::Key(side), ..] => {
                    (String::new(), Some((at + 1, side.to_string())))
                }
                _ => (self.label.to_owned(), None),
            };
        }
        let mut read_as = self.label.to_owned();
        if !self.path.is_empty() {
            read_as.push_str(" at ");
            read_as.push_str(&self.path_text());
        }
        (read_as, None)
    }

    fn path_text(&self) -> String {
        const MAX_STEPS: usize = 8;
        let steps = self.path.iter().take(MAX_STEPS).map(|step| match step {
            Step::Key(key) => format!(".{}", key.chars().take(40).collect::<String>()),
            Step::Index(at) => format!("[{at}]"),
        });
        steps.collect()
    }

    /// Begins to gather the texts of a value.
    fn gather(&mut self) {
        self.lines.push(Lines::default());
    }

    /// Returns the texts that were gathered. They are part of the value around as well.
    fn gathered(&mut self) -> Lines {
        let lines = self.lines.pop().unwrap_or_default();
        if let Some(around) = self.lines.last_mut() {
            lines.lines.iter().for_each(|line| around.push(line));
        }
        lines
    }

    fn gather_line(&mut self, line: &str) {
        if let Some(lines) = self.lines.last_mut() {
            lines.push(line);
        }
    }

    /// Gathers a number or a flag.
    fn gather_value(&mut self, value: &dyn fmt::Display) {
        if !self.lines.is_empty() {
            self.gather_line(&value.to_string());
        }
    }

    fn object<A: MapAccess<'de>>(
        &mut self,
        mut object: A,
        place: Place,
    ) -> Result<Seen<'de>, A::Error> {
        let mark = self.pending.enter();
        let mut message = Message::default();
        let mut start_line = StartLine::default();
        // Of an object that holds one header.
        let (mut has_name, mut name, mut lines) = (false, None, None);
        let mut is_disabled = false;
        while let Some(key) = object.next_key_seed(KeySeed)? {
            if place == Place::Header {
                object.next_value_seed(ValueSeed::new(self, Place::Header))?;
                continue;
            }
            if let Some(name) = names::canonical(&key) {
                self.gather();
                object.next_value_seed(ValueSeed::new(self, Place::Header))?;
                push_all(&mut message, name, &self.gathered());
                continue;
            }
            let role = Role::of(&key);
            let is_value = role == Role::Value && lines.is_none() && (!has_name || name.is_some());
            if is_value {
                self.gather();
            }
            self.path.push(Step::Key(key));
            let seen = object.next_value_seed(ValueSeed::new(self, Place::Alone))?;
            let key = self.path.pop();
            if is_value {
                lines = Some(self.gathered());
            }
            match (role, seen) {
                (Role::Name, Seen::Text(text)) if !has_name => {
                    (has_name, name) = (true, names::canonical(&text));
                }
                (Role::Method, Seen::Text(method)) => start_line.method = Some(method),
                (Role::Url(rank), Seen::Text(url)) => start_line.url(rank, url),
                (Role::Status(rank), Seen::Number(status)) => start_line.status(rank, status),
                (Role::Disabled, Seen::Flag(flag)) => is_disabled = flag,
                (Role::Headers, _) => start_line.has_headers = true,
                (Role::TraceId, Seen::Text(text)) => {
                    if let (Some(Step::Key(key)), Some(trace_id)) = (key, bare::id(&text)) {
                        message.mention(Mention::new(format!("the field {key}"), trace_id));
                    }
                }
                _ => {}
            }
            if role.is_of_start_line() {
                self.pending.note_start_line(start_line.text());
            }
        }
        if let (Some(name), Some(mut lines)) = (name, lines) {
            if is_disabled {
                lines = Lines::default();
            }
            if place == Place::Item && message.is_empty() {
                self.pending.truncate(mark);
                self.pending.leave();
                return Ok(Seen::Pair(name, lines));
            }
            push_all(&mut message, name, &lines);
        }
        self.insert(mark, message);
        self.pending.leave();
        Ok(Seen::Nothing)
    }

    fn array<A: SeqAccess<'de>>(
        &mut self,
        mut items: A,
        place: Place,
    ) -> Result<Seen<'de>, A::Error> {
        let mark = self.pending.mark();
        let begins_har = !self.is_har && self.is_har_entries();
        self.is_har |= begins_har;
        let mut message = Message::default();
        // ["name", "value"] within an array.
        let (mut pair_name, mut pair_lines) = (None, None);
        // "name", "value", "name", "value", …
        let mut name = None;
        let mut at = 0;
        loop {
            let place = match place {
                Place::Header => place,
                _ => Place::Item,
            };
            let is_pair = at == 1 && pair_name.is_some();
            if is_pair {
                self.gather();
            }
            self.path.push(Step::Index(at));
            let seen = items.next_element_seed(ValueSeed::new(self, place))?;
            self.path.pop();
            if is_pair {
                pair_lines = Some(self.gathered());
            }
            match (seen, name.take()) {
                (None, _) => break,
                (Some(_), _) if place == Place::Header => {}
                (Some(Seen::Text(value)), Some(name)) => push(&mut message, name, &value),
                (Some(Seen::Text(text)), None) if at % 2 == 0 => {
                    name = names::canonical(&text);
                    if at == 0 {
                        pair_name = name;
                    }
                }
                (Some(Seen::Pair(name, lines)), _) => push_all(&mut message, name, &lines),
                _ => {}
            }
            at += 1;
        }
        if begins_har {
            self.is_har = false;
            self.pending.set_har_entries(mark, at);
        }
        match (pair_name, pair_lines) {
            (Some(name), Some(lines)) if place == Place::Item && at == 2 => {
                self.pending.truncate(mark);
                return Ok(Seen::Pair(name, lines));
            }
            _ => self.insert(mark, message),
        }
        Ok(Seen::Nothing)
    }

    /// Whether the current value is `log.entries`.
    fn is_har_entries(&self) -> bool {
        matches!(&*self.path, [Step::Key(log), Step::Key(entries)] if log == "log" && entries == "entries")
    }
}

fn push(message: &mut Message, name: &'static str, line: &str) {
    if !line.is_empty() && line != "-" {
        message.push(name, line);
    }
}

fn push_all(message: &mut Message, name: &'static str, lines: &Lines) {
    let lines = lines.lines.iter();
    lines.for_each(|line| push(message, name, line));
}

/// Reads any value.
pub(super) struct ValueSeed<'w, 'de, 's> {
    walker: &'w mut Walker<'de, 's>,
    place: Place,
}

impl<'w, 'de, 's> ValueSeed<'w, 'de, 's> {
    pub(super) fn new(walker: &'w mut Walker<'de, 's>, place: Place) -> Self {
        ValueSeed { walker, place }
    }

    fn text(self, text: &str) {
        self.walker.gather_line(text);
        if self.place != Place::Header {
            self.walker.text(text);
        }
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_, 'de, '_> {
    type Value = Seen<'de>;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Seen<'de>, D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_, 'de, '_> {
    type Value = Seen<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Seen<'de>, E> {
        Ok(Seen::Nothing)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Seen<'de>, E> {
        self.walker.gather_value(&flag);
        Ok(Seen::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Seen<'de>, E> {
        self.walker.gather_value(&number);
        Ok(Seen::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Seen<'de>, E> {
        self.walker.gather_value(&number);
        Ok(Seen::Nothing)
    }

    fn visit_f64<E>(self, number: f64) -> Result<Seen<'de>, E> {
        self.walker.gather_value(&number);
        Ok(Seen::Nothing)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Seen<'de>, E> {
        self.text(text);
        Ok(Seen::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Seen<'de>, E> {
        self.text(text);
        // Nothing longer is a name, a URL or a header.
        Ok(match text.len() <= Lines::MAX_LEN {
            true => Seen::Text(Cow::Owned(text.to_owned())),
            false => Seen::Nothing,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Seen<'de>, A::Error> {
        self.walker.object(object, self.place)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Seen<'de>, A::Error> {
        self.walker.array(items, self.place)
    }
}

/// Reads a key, without a copy if it has no escapes.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Cow<'de, str>, D::Error> {
        key.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Cow<'de, str>, E> {
        /// More than the longest known name with a prefix.
        const MAX_CHARS: usize = 1024;
        Ok(Cow::Owned(key.chars().take(MAX_CHARS).collect()))
    }
}
