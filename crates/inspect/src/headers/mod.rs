//! Finding trace headers in text of any kind.
//!
//! One idea serves most kinds of text: the names of the headers are known, and so are the shapes of
//! their values. [`read`] looks for known names, decides by the characters next to a name where its
//! value begins and ends, and prefers the reading in which the value is valid. Syntaxes that need
//! more than that are read with a library first: JSON, shell commands, HTML entities, UTF-16.
//!
//! | module | subject |
//! |---|---|
//! | `encoding` | bytes to text |
//! | `names` | the names that are known, in all their spellings |
//! | `values` | which values are valid, which look cut off |
//! | `blocks` | text to messages: start lines, marks of `curl -v`, bodies |
//! | `fields` | a block's lines to names and values |
//! | `region` | where a value begins and ends in a line |
//! | `wrapped` | values that were broken over several lines |
//! | `json`, `shell`, `hexdump`, `markup` | syntaxes that are read with a library or decoded first |
//! | `bare` | values and ids without a name |
//! | `nearest` | names that are almost known |

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
mod region;
mod shell;
mod text;
mod values;
mod wrapped;

pub use message::{Mention, Message};
pub use nearest::Unknown;
pub(crate) use values::{is_valid, looks_cut};

/// What was found in an input.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Reading {
    /// The requests and responses with trace headers or trace ids, in the order of the input.
    pub messages: Vec<Message>,
    /// The number of lines of the input.
    pub lines: usize,
    /// Names that resemble a known header.
    pub unknown: Vec<Unknown>,
    /// Texts of 32 hex digits that may be trace ids. They are collected only if no message was
    /// found.
    pub candidates: Vec<String>,
}

impl Reading {
    /// Returns the index of the message that decides if only one may: the last one with a valid
    /// trace that is not in a body, else the last one with a valid trace, else the last one.
    ///
    /// `has_trace` tells for each message whether a service continues a trace from it.
    pub fn decisive(&self, has_trace: impl Fn(usize) -> bool) -> Option<usize> {
        let all = 0..self.messages.len();
        let with_trace = |i: &usize| has_trace(*i);
        all.clone()
            .rev()
            .find(|i| with_trace(i) && !self.messages[*i].is_body)
            .or_else(|| all.clone().rev().find(with_trace))
            .or_else(|| all.last())
    }
}

/// Reads an input of any kind.
///
/// It never fails: an input without known names, values or ids gives a [`Reading`] without
/// messages. The time is linear in the length of the input.
///
/// ```
/// let reading = inspect::headers::read(
///     b"127.0.0.1 \"GET / HTTP/1.1\" 200 x-kontur-trace-id=27bb7faa48294cf49ae6007d70905468",
/// );
/// let message = &reading.messages[0];
/// assert_eq!(message.headers["x-kontur-trace-id"], "27bb7faa48294cf49ae6007d70905468");
///
/// let reading = inspect::headers::read(b"X-Kontur-TraceId: 27bb7faa48294cf49ae6007d70905468");
/// assert!(reading.messages.is_empty());
/// assert_eq!(reading.unknown[0].nearest, "x-kontur-trace-id");
/// ```
pub fn read(input: &[u8]) -> Reading {
    let (text, encoding) = encoding::decode(input);
    let mut reading = Reading {
        lines: text.lines().count(),
        ..Reading::default()
    };
    reading.messages = text::read(&text, 0);
    if reading.messages.is_empty() {
        reading.messages = bare::read(&text);
    }
    for message in &mut reading.messages {
        message.mention_sampling_context();
        if let Some(encoding) = encoding {
            message.read_as.push_str(&format!(", {encoding}"));
        }
    }
    reading.unknown = nearest::find(&text);
    if reading.messages.is_empty() {
        reading.candidates = bare::candidates(&text);
    }
    reading
}

/// Reads words as a shell passes them to `curl`: `-H 'name: value'` and its other spellings.
///
/// ```
/// let words = ["-H", "sentry-trace: 771a43a4192642f0b136d5159a501700-1234567890abcdef-1"];
/// let message = inspect::headers::read_words(words.map(str::to_owned)).unwrap();
/// assert!(message.headers.contains_key("sentry-trace"));
/// ```
pub fn read_words(words: impl IntoIterator<Item = String>) -> Option<Message> {
    shell::from_words(words)
}
