//! Messages whose description is not complete yet.

use super::super::message::{Message, Sink};

/// How many messages wait for the end of the value that they are part of. Beyond this limit, which
/// keeps the memory constant, the older half gets the start lines that are known so far.
const MAX: usize = 1024;

/// The messages of one JSON value, in order, that were not passed on yet.
///
/// A message waits until the objects around it end: method and URL may follow its headers.
pub(super) struct Pending<'s> {
    out: Sink<'s>,
    messages: Vec<Waiting>,
    /// How many messages were passed on or left out.
    gone: usize,
    /// Whether a message with headers was found.
    has_headers: bool,
    /// The objects around the current value, each with the start line that is known so far.
    objects: Vec<(Mark, Option<String>)>,
}

/// Entry and side of an HTTP archive: `3`, `request`.
pub(super) type HarPlace = Option<(usize, String)>;

struct Waiting {
    message: Message,
    /// Precedes the message's `read_as` when the number of entries is known.
    har: HarPlace,
}

/// A place among the messages of a value.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

impl<'s> Pending<'s> {
    pub(super) fn new(out: Sink<'s>) -> Self {
        Pending {
            out,
            messages: Vec::new(),
            gone: 0,
            has_headers: false,
            objects: Vec::new(),
        }
    }

    /// Enters an object. Returns the place at which its messages begin.
    pub(super) fn enter(&mut self) -> Mark {
        let mark = self.mark();
        self.objects.push((mark, None));
        mark
    }

    /// Notes the start line of the current object.
    pub(super) fn note_start_line(&mut self, start_line: Option<String>) {
        if let Some((_, known)) = self.objects.last_mut() {
            *known = start_line;
        }
    }

    /// Leaves an object. Its messages get its start line, unless they have one.
    pub(super) fn leave(&mut self) {
        if let Some((mark, Some(start_line))) = self.objects.pop() {
            let from = self.index(mark);
            set_start_line(&mut self.messages[from..], &start_line);
        }
    }

    /// Returns the place after all messages.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.gone + self.messages.len())
    }

    fn index(&self, mark: Mark) -> usize {
        mark.0.saturating_sub(self.gone)
    }

    /// Inserts a message at a place.
    pub(super) fn insert(&mut self, mark: Mark, message: Message, har: HarPlace) {
        self.has_headers |= !message.headers.is_empty();
        let at = self.index(mark);
        self.messages.insert(at, Waiting { message, har });
        if self.messages.len() > MAX {
            self.pass_on_older();
        }
    }

    /// Removes the messages after a place.
    pub(super) fn truncate(&mut self, mark: Mark) {
        self.messages.truncate(self.index(mark));
    }

    /// Describes the messages after a place as entries of an HTTP archive.
    pub(super) fn set_har_entries(&mut self, mark: Mark, count: usize) {
        let from = self.index(mark);
        for waiting in &mut self.messages[from..] {
            waiting.describe(Some(count));
        }
    }

    /// Passes the older half of the messages on, before the objects around them end.
    fn pass_on_older(&mut self) {
        for (mark, start_line) in self.objects.iter().rev() {
            let from = mark.0.saturating_sub(self.gone);
            if let Some(start_line) = start_line {
                set_start_line(&mut self.messages[from..], start_line);
            }
        }
        self.pass_on_first(MAX / 2);
    }

    /// Passes all messages on.
    pub(super) fn pass_on(&mut self) {
        self.pass_on_first(self.messages.len());
    }

    /// Passes messages on. Ids of log records are dropped if there are headers.
    fn pass_on_first(&mut self, count: usize) {
        self.gone += count;
        for mut waiting in self.messages.drain(..count) {
            if !self.has_headers || !waiting.message.headers.is_empty() {
                waiting.describe(None);
                (self.out)(waiting.message);
            }
        }
    }
}

/// Gives messages the start line of the object around them.
fn set_start_line(messages: &mut [Waiting], start_line: &str) {
    for waiting in messages {
        let own = &mut waiting.message.start_line;
        own.get_or_insert_with(|| start_line.to_owned());
    }
}

impl Waiting {
    fn describe(&mut self, count: Option<usize>) {
        if let Some((at, side)) = self.har.take() {
            let of = count.map_or(String::new(), |count| format!(" of {count}"));
            let read_as = &mut self.message.read_as;
            *read_as = format!("HAR, entry {at}{of}, {side}{read_as}");
        }
    }
}
