//! Finding trace headers and trace ids in text of any kind.
//!
//! One idea serves all kinds of text: normalize it, split it into records, and find the known names
//! and the known shapes of values anywhere in a record.
//!
//! | module | subject |
//! |---|---|
//! | `decode` | bytes to text |
//! | `normal` | color, escapes, entities and URLs of a line |
//! | `split` | lines to records: start lines, log records, tables |
//! | `json` | JSON to records |
//! | `names` | the known names, in all their spellings |
//! | `value` | the value after a name |
//! | `values` | which values are valid, and the trace that they state |
//! | `ids` | trace ids in all their spellings |
//! | `shapes` | values and ids without a name |
//! | `find` | records to messages |
//! | `nearest` | misspelt names |

mod decode;
mod find;
mod ids;
mod json;
mod message;
mod names;
mod nearest;
mod normal;
mod pattern;
mod record;
mod shapes;
mod split;
mod value;
mod values;

use encoding_rs::{Decoder, UTF_8};
use ids::Needle;
pub(crate) use ids::{as_text, as_text_or_null};
pub use ids::{parse_id, Id};
pub use message::{Mention, Message};
use nearest::Nearest;
pub use nearest::Unknown;
use opentelemetry::trace::TraceId;
use serde::Serialize;
use split::Splitter;
pub(crate) use values::is_valid;

/// The bytes of a line that are read: 64 MiB. A longer JSON value is read as text.
pub const DEFAULT_LIMIT: usize = 64 << 20;

/// What a text contains apart from its messages.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// The number of lines.
    pub lines: usize,
    /// The number of bytes of lines that were too long.
    pub skipped: usize,
    /// Names that resemble a known header.
    pub unknown: Vec<Unknown>,
    /// Why the input was not read to its end.
    pub error: Option<String>,
}

impl Summary {
    /// Adds what the next input contains.
    pub fn add(&mut self, next: Summary) {
        self.lines += next.lines;
        self.skipped += next.skipped;
        self.unknown.extend(next.unknown);
        self.error = self.error.take().or(next.error);
    }
}

/// Receives each message that is found, in order.
pub type Sink<'a> = &'a mut dyn FnMut(Message);

/// How far a single value is looked for, and how much before it matters. Limits keep the search
/// linear.
const NEAR: usize = 200;

/// How much of the beginning of a text is searched for misspelt names.
const SEARCHED: usize = 1 << 20;

/// Reads a text while it arrives, in UTF-8 or UTF-16.
///
/// Any bytes are read. The time is linear in the length of the input, and the memory is that of one
/// record.
///
/// ```
/// use trace_inspect::headers::Reader;
///
/// let mut reader = Reader::new();
/// let mut ids = Vec::new();
/// let mut note = |message: trace_inspect::headers::Message| ids.push((message.line, message.mentions[0].id.trace_id.to_string()));
/// reader.push(b"10:00:01 INFO trace_id=27bb7faa48294cf49ae6007d70905468\n10:00:02 INFO", &mut note);
/// reader.push(b" trace_id=4bf92f3577b34da6a3ce929d0e0e4736\n", &mut note);
/// let summary = reader.finish(&mut note);
/// assert_eq!(ids[1], (2, "4bf92f3577b34da6a3ce929d0e0e4736".to_owned()));
/// assert_eq!(summary.lines, 2);
/// ```
pub struct Reader {
    splitter: Splitter,
    decoder: Decoder,
    /// The beginning of a line.
    text: String,
    /// The number of bytes that were searched for misspelt names.
    searched: usize,
    nearest: Nearest,
    summary: Summary,
}

impl Default for Reader {
    fn default() -> Self {
        Reader::new()
    }
}

impl Reader {
    /// Returns a reader of a text, which holds at most [`DEFAULT_LIMIT`] bytes of a line.
    pub fn new() -> Self {
        Reader {
            splitter: Splitter::default(),
            decoder: UTF_8.new_decoder(),
            text: String::new(),
            searched: 0,
            nearest: Nearest::default(),
            summary: Summary::default(),
        }
        .limit(DEFAULT_LIMIT)
    }

    /// Sets how many bytes of a line, and of a JSON value, are held.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.splitter.limit = bytes;
        self
    }

    /// Passes on only the lines that contain an id, in any spelling. Each is a message with an
    /// [excerpt](Message::excerpt).
    #[must_use]
    pub fn only(mut self, trace_id: TraceId) -> Self {
        self.splitter.needle = Some(Needle::new(trace_id));
        self
    }

    /// Reads the next bytes.
    pub fn push(&mut self, bytes: &[u8], out: Sink<'_>) {
        self.read(bytes, false, out);
    }

    /// Reads the lines that are complete with the next bytes.
    fn read(&mut self, bytes: &[u8], is_end: bool, out: Sink<'_>) {
        let mut text = std::mem::take(&mut self.text);
        // The text so far has no line end, and is not searched again.
        let searched = text.len();
        decode::decode(&mut self.decoder, bytes, is_end, &mut text);
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', &text.as_bytes()[searched..]) {
            let end = searched + end;
            self.line(&text[start..end], out);
            start = end + 1;
        }
        if is_end && start < text.len() {
            self.line(&text[start..], out);
        }
        text.drain(..start);
        let len = self.held(&text).len();
        text.truncate(len);
        self.text = text;
    }

    /// Returns the part of a line that is held, and counts the rest.
    fn held<'t>(&mut self, line: &'t str) -> &'t str {
        let held = bounded(line, self.splitter.limit);
        self.summary.skipped += line.len() - held.len();
        held
    }

    fn line(&mut self, line: &str, out: Sink<'_>) {
        self.summary.lines += 1;
        let number = self.summary.lines;
        let line = self.held(line.strip_suffix('\r').unwrap_or(line));
        if self.searched < SEARCHED {
            self.searched += line.len() + 1;
            self.nearest.read(line, number);
        }
        self.splitter.line(line, number);
        self.pass_on(out);
    }

    /// Passes on the messages of the complete records.
    fn pass_on(&mut self, out: Sink<'_>) {
        for record in self.splitter.records.drain(..) {
            match &self.splitter.needle {
                Some(needle) => find::only(needle, &record, out),
                None => find::read(&record, out),
            }
        }
    }

    /// Passes on the log record that is complete as far as it arrived. Call it when the input
    /// pauses.
    pub fn idle(&mut self, out: Sink<'_>) {
        self.splitter.end_log();
        self.pass_on(out);
    }

    /// Reads the end.
    pub fn finish(mut self, out: Sink<'_>) -> Summary {
        self.read(&[], true, out);
        self.splitter.end();
        self.pass_on(out);
        Summary {
            unknown: self.nearest.unknown,
            ..self.summary
        }
    }
}

/// Reads an input that is there.
///
/// ```
/// let (messages, _) = trace_inspect::headers::read(
///     b"127.0.0.1 \"GET / HTTP/1.1\" 200 x-kontur-trace-id=27bb7faa48294cf49ae6007d70905468",
/// );
/// assert_eq!(messages[0].headers["x-kontur-trace-id"], "27bb7faa48294cf49ae6007d70905468");
///
/// let (messages, summary) = trace_inspect::headers::read(b"X-Kontur-Trace-I: 1");
/// assert!(messages.is_empty());
/// assert_eq!(summary.unknown[0].nearest, "x-kontur-trace-id");
/// ```
pub fn read(input: &[u8]) -> (Vec<Message>, Summary) {
    let mut messages = Vec::new();
    let mut reader = Reader::new();
    reader.push(input, &mut |message| messages.push(message));
    let summary = reader.finish(&mut |message| messages.push(message));
    (messages, summary)
}

/// Returns the beginning of a text, of at most `len` bytes.
fn bounded(text: &str, len: usize) -> &str {
    let mut ends = (0..=len.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// Returns what precedes a position in its line, as far as it matters.
fn line_before(text: &str, position: usize) -> &str {
    let mut starts = position.saturating_sub(NEAR)..;
    let start = starts.find(|start| text.is_char_boundary(*start));
    let before = &text[start.unwrap_or(position)..position];
    before.rsplit('\n').next().unwrap_or_default()
}
