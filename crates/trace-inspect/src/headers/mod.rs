//! Finding trace headers in text of any kind.
//!
//! One idea serves most kinds of text: the names of the headers are known, and so are the shapes of
//! their values. [`read`] looks for known names, decides by the characters next to a name where its
//! value begins and ends, and prefers the reading in which the value is valid. Syntaxes that need
//! more than that are read with a library first: JSON, shell commands, HTML entities, UTF-16.
//!
//! | module | subject |
//! |---|---|
//! | `encoding` | a stream of bytes to text |
//! | `windows` | a long text to parts that are read one by one |
//! | `text` | the readers in their order |
//! | `names` | the known names, in all their spellings |
//! | `values` | which values are valid, which look cut off |
//! | `blocks` | text to messages: start lines, marks of `curl -v`, bodies |
//! | `fields` | a block's lines to names and values |
//! | `region` | where a value begins and ends in a line |
//! | `wrapped` | values that were broken over several lines |
//! | `json`, `shell`, `hexdump`, `markup` | syntaxes that are read with a library or decoded first |
//! | `bare` | values and ids without a name |
//! | `nearest` | misspelt names |
//! | [`readers`] | each reader on its own, for tests |

mod bare;
mod blocks;
mod encoding;
mod fields;
mod hexdump;
mod json;
mod markup;
mod message;
mod names;
mod nearest;
pub mod readers;
mod region;
mod shell;
mod text;
mod values;
mod windows;
mod wrapped;

use std::cell::Cell;
use std::io::{self, Read};

use bare::Bare;
pub use message::{Mention, Message};
use nearest::Nearest;
pub use nearest::Unknown;
pub(crate) use values::{is_valid, looks_cut};
use windows::Parts;

/// The messages of an input.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Reading {
    /// The requests and responses with trace headers or trace ids, in the order of the input. These
    /// are the first ones if the reading is limited.
    pub messages: Vec<Message>,
    /// The number of messages, including those that were not kept.
    pub count: usize,
    /// The decisive one of the messages that were not kept.
    later: Option<Ranked>,
    /// The number of lines of the input.
    pub lines: usize,
    /// Names that resemble a known header.
    pub unknown: Vec<Unknown>,
    /// Texts of 32 hex digits that may be trace ids. They are collected only if no message was
    /// found.
    pub candidates: Vec<String>,
    /// The number of bytes that were skipped. Only the first MiB of a JSON string is read, if the
    /// value around it is longer.
    pub skipped: usize,
}

#[derive(Debug)]
struct Ranked {
    index: usize,
    message: Message,
    rank: u8,
}

/// Returns the rank of a message. The last message of the highest rank is decisive.
fn rank(message: &Message, has_trace: impl FnOnce(&Message) -> bool) -> u8 {
    match has_trace(message) {
        true if message.is_body => 1,
        true => 2,
        false => 0,
    }
}

impl Reading {
    /// Returns the message that determines the exit status, and its index: the last one with a valid
    /// trace that is not in a body, else the last one with a valid trace, else the last one.
    ///
    /// `has_trace` returns whether a service continues a trace from a message.
    pub fn decisive(&self, has_trace: impl Fn(&Message) -> bool) -> Option<(usize, &Message)> {
        let later = self.later.as_ref();
        let mut best = later.map(|later| (later.rank, later.index, &later.message));
        for (index, message) in self.messages.iter().enumerate().rev() {
            if best.is_some_and(|(rank, ..)| rank == 2) {
                break;
            }
            let rank = rank(message, &has_trace);
            if best.is_none_or(|(best, ..)| rank > best) {
                best = Some((rank, index, message));
            }
        }
        best.map(|(_, index, message)| (index, message))
    }

    fn push(&mut self, message: Message, max: usize, has_trace: &dyn Fn(&Message) -> bool) {
        let index = self.count;
        self.count += 1;
        if index < max {
            self.messages.push(message);
            return;
        }
        let rank = rank(&message, has_trace);
        if self.later.as_ref().is_none_or(|later| rank >= later.rank) {
            self.later = Some(Ranked {
                index,
                message,
                rank,
            });
        }
    }
}

/// Reads an input of any kind, and keeps all messages.
///
/// It never fails: an input without known names, values or ids gives a [`Reading`] without
/// messages. The time is linear in the length of the input.
///
/// ```
/// let reading = trace_inspect::headers::read(
///     b"127.0.0.1 \"GET / HTTP/1.1\" 200 x-kontur-trace-id=27bb7faa48294cf49ae6007d70905468",
/// );
/// let message = &reading.messages[0];
/// assert_eq!(message.headers["x-kontur-trace-id"], "27bb7faa48294cf49ae6007d70905468");
///
/// let reading = trace_inspect::headers::read(b"X-Kontur-TraceId: 27bb7faa48294cf49ae6007d70905468");
/// assert!(reading.messages.is_empty());
/// assert_eq!(reading.unknown[0].nearest, "x-kontur-trace-id");
/// ```
pub fn read(input: &[u8]) -> Reading {
    read_stream(input, usize::MAX, &|_| false).expect("memory is read without errors")
}

/// Reads a stream of any kind and any length.
///
/// The first `max` messages are kept, and the [decisive](Reading::decisive) one. `has_trace`
/// returns whether a service continues a trace from a message.
///
/// The memory is constant apart from these messages. Text is read in parts of 1 MiB, and a longer
/// line is cut between its headers. A longer JSON value is read as a stream, with the first MiB of
/// each string.
///
/// # Errors
///
/// The stream returns an error.
///
/// ```
/// use trace_inspect::headers::read_stream;
///
/// let line = |digit: usize| format!("GET / x-kontur-trace-id={}\n", digit.to_string().repeat(32));
/// let log: String = (1..=9).map(line).collect();
/// let reading = read_stream(log.as_bytes(), 2, &|message| message.headers.len() == 1)?;
/// assert_eq!((reading.messages.len(), reading.count), (2, 9));
///
/// let (index, message) = reading.decisive(|message| message.headers.len() == 1).unwrap();
/// assert_eq!(index, 8, "the last one");
/// assert_eq!(message.headers["x-kontur-trace-id"], "9".repeat(32));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_stream(
    input: impl Read,
    max: usize,
    has_trace: &dyn Fn(&Message) -> bool,
) -> io::Result<Reading> {
    let mut source = encoding::TextReader::new(input)?;
    let encoding = source.encoding();
    let mut reading = Reading::default();
    let is_found = Cell::new(false);
    let mut keep = |mut message: Message| {
        is_found.set(true);
        message.mention_sampling_context();
        if let Some(encoding) = encoding {
            message.read_as.push_str(&format!(", {encoding}"));
        }
        reading.push(message, max, has_trace);
    };
    let (mut parts, mut nearest) = (Parts::default(), Nearest::default());
    let (mut bare, mut skipped) = (Bare::default(), 0);
    loop {
        let (text, is_end) = source.fill(Parts::LEN)?;
        let Some(part) = parts.next(text, is_end) else {
            break;
        };
        let text = &text[..part.len];
        text::read_part(&part, text, &mut keep);
        if !is_found.get() {
            bare.read(text, part.is_whole());
        }
        // The text column of a dump has parts of names.
        match hexdump::is_dump(text) {
            true => nearest.skip(text),
            false => nearest.read(text),
        }
        let len = part.len;
        source.consume(len);
        if part.precedes_long_json() {
            let mut seen = |text: &str| {
                if !is_found.get() {
                    bare.read(text, false);
                }
                nearest.read(text);
            };
            let before = parts.values();
            let long =
                json::read_stream(&mut source, before, &mut seen, &text::read_inner, &mut keep)?;
            parts.end_long_json(long.is_valid);
            skipped += long.skipped;
        }
    }
    if !is_found.get() {
        bare.messages().into_iter().for_each(keep);
    }
    if !is_found.get() {
        reading.candidates = bare.candidates;
    }
    reading.lines = nearest.lines();
    reading.unknown = nearest.unknown;
    reading.skipped = skipped;
    Ok(reading)
}

/// Reads words as a shell passes them to `curl`: `-H 'name: value'` and its other spellings.
///
/// ```
/// let words = ["-H", "sentry-trace: 771a43a4192642f0b136d5159a501700-1234567890abcdef-1"];
/// let reading = trace_inspect::headers::read_words(words.map(str::to_owned));
/// assert!(reading.messages[0].headers.contains_key("sentry-trace"));
/// ```
pub fn read_words(words: impl IntoIterator<Item = String>) -> Reading {
    let mut lines = 0;
    let messages: Vec<_> = shell::from_words(words.into_iter().inspect(|_| lines += 1))
        .into_iter()
        .collect();
    Reading {
        count: messages.len(),
        messages,
        lines,
        ..Reading::default()
    }
}
