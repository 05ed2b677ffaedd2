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
//! | `hexdump` | dumps of packets to text |
//! | `names` | the known names, in all their spellings |
//! | `value` | the value after a name |
//! | `values` | which values are valid, which look cut off |
//! | `ids` | trace ids in all their spellings |
//! | `shapes` | values and ids without a name |
//! | `find` | records to messages |
//! | `nearest` | misspelt names |

mod decode;
mod find;
mod hexdump;
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

use std::io::Write;

use decode::TextDecoder;
use flate2::write::MultiGzDecoder;
use ids::Needle;
pub use ids::{parse_id, Id};
pub use message::{Mention, Message};
use nearest::Nearest;
pub use nearest::Unknown;
use opentelemetry::trace::TraceId;
use record::Record;
use split::Splitter;
pub(crate) use values::{is_valid, looks_cut};

/// The bytes of one record that are held: 64 MiB. More of a line, of a JSON value or of a request is
/// skipped.
pub const DEFAULT_LIMIT: usize = 64 << 20;

/// What a text contains apart from its messages.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// The number of lines.
    pub lines: usize,
    /// The number of messages.
    pub messages: usize,
    /// The number of bytes that did not fit into a record.
    pub skipped: usize,
    /// Names that resemble a known header.
    pub unknown: Vec<Unknown>,
    /// Texts of 32 hex digits that may be trace ids. They are collected only if no message was
    /// found.
    pub candidates: Vec<String>,
    /// Why the input was not read to its end.
    pub error: Option<String>,
}

impl Summary {
    /// Adds what the next input contains.
    pub fn add(&mut self, next: Summary) {
        self.lines += next.lines;
        self.messages += next.messages;
        self.skipped += next.skipped;
        self.unknown.extend(next.unknown);
        self.candidates.extend(next.candidates);
        self.error = self.error.take().or(next.error);
    }
}

/// Receives each message that is found, in order.
pub type Sink<'a> = &'a mut dyn FnMut(Message);

/// What is looked for.
#[derive(Debug, Default)]
struct Hits {
    needle: Option<Needle>,
}

impl Hits {
    /// Whether a text may contain a known name, an id, or the one that is looked for.
    fn has(&self, text: &str) -> bool {
        names::is_hit(text)
            || self
                .needle
                .as_ref()
                .is_some_and(|needle| needle.find(text).is_some())
    }
}

/// How much of the beginning of a text is searched for misspelt names and for ids without any name.
const SEARCHED: usize = 1 << 20;

/// How many ids without any name are reported.
const MAX_GUESSES: usize = 20;

/// Reads a text while it arrives. Plain text and gzip are recognized, in UTF-8 and UTF-16.
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
    limit: usize,
    decoder: Option<TextDecoder>,
    gzip: Option<MultiGzDecoder<Vec<u8>>>,
    /// The first bytes, which show the encoding.
    start: Vec<u8>,
    /// Text without a line end.
    text: String,
    /// Whether the rest of the line does not fit.
    is_skipping: bool,
    /// Whether an empty line follows each line.
    is_double_spaced: Option<bool>,
    /// The number of bytes that were searched for misspelt names.
    searched: usize,
    nearest: Nearest,
    guesses: Vec<Message>,
    summary: Summary,
}

impl Default for Reader {
    fn default() -> Self {
        Reader::new()
    }
}

impl Reader {
    /// Returns a reader of a text, which holds at most [`DEFAULT_LIMIT`] bytes of a record.
    pub fn new() -> Self {
        Reader {
            splitter: Splitter::new(DEFAULT_LIMIT),
            limit: DEFAULT_LIMIT,
            decoder: None,
            gzip: None,
            start: Vec::new(),
            text: String::new(),
            is_skipping: false,
            is_double_spaced: None,
            searched: 0,
            nearest: Nearest::default(),
            guesses: Vec::new(),
            summary: Summary::default(),
        }
    }

    /// Sets how many bytes of a record are held.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self.splitter = Splitter::new(bytes);
        self
    }

    /// Passes on only the lines that contain an id, in any spelling. Each is a message with an
    /// [excerpt](Message::excerpt).
    #[must_use]
    pub fn only(mut self, trace_id: TraceId) -> Self {
        self.splitter.hits.needle = Some(Needle::new(trace_id));
        self
    }

    /// Reads the next bytes.
    pub fn push(&mut self, bytes: &[u8], out: Sink<'_>) {
        const ENOUGH: usize = 4;
        if let Some(mut gzip) = self.gzip.take() {
            // Each write gives a limited number of bytes.
            for bytes in bytes.chunks(8 * 1024) {
                if let Err(error) = gzip.write_all(bytes) {
                    self.summary.error.get_or_insert_with(|| error.to_string());
                    break;
                }
                let plain = std::mem::take(gzip.get_mut());
                self.decode(&plain, false, out);
            }
            self.gzip = Some(gzip);
            return;
        }
        if self.decoder.is_some() {
            return self.decode(bytes, false, out);
        }
        self.start.extend(bytes);
        if self.start.len() >= ENOUGH {
            let start = std::mem::take(&mut self.start);
            self.begin(&start, out);
        }
    }

    /// Reads the first bytes.
    fn begin(&mut self, start: &[u8], out: Sink<'_>) {
        if start.starts_with(&[0x1f, 0x8b]) && self.gzip.is_none() {
            self.gzip = Some(MultiGzDecoder::new(Vec::new()));
            return self.push(start, out);
        }
        self.decoder = Some(TextDecoder::new(start));
        self.decode(start, false, out);
    }

    fn decode(&mut self, bytes: &[u8], is_end: bool, out: Sink<'_>) {
        let decoder = self.decoder.get_or_insert_with(|| TextDecoder::new(bytes));
        decoder.decode(bytes, is_end, &mut self.text);
        self.lines(is_end, out);
    }

    /// Reads the complete lines of the text.
    fn lines(&mut self, is_end: bool, out: Sink<'_>) {
        let text = std::mem::take(&mut self.text);
        if self.is_double_spaced.is_none() && !text.is_empty() {
            self.is_double_spaced = Some(is_double_spaced(&text));
        }
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
            self.line(&text[start..end], out);
            start = end + 1;
        }
        let rest = &text[start..];
        if is_end && !rest.is_empty() {
            self.line(rest, out);
        } else if rest.len() > self.limit {
            let kept = bounded(rest, self.limit);
            self.splitter.skipped += rest.len() - kept.len();
            if !self.is_skipping {
                self.line(kept, out);
                self.summary.lines -= 1;
            }
            self.is_skipping = true;
        } else {
            self.text.push_str(rest);
        }
    }

    fn line(&mut self, line: &str, out: Sink<'_>) {
        self.summary.lines += 1;
        if std::mem::take(&mut self.is_skipping) {
            self.splitter.skipped += line.len();
            return;
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        if self.is_double_spaced == Some(true) && line.trim().is_empty() {
            return;
        }
        let number = self.summary.lines;
        if self.searched < SEARCHED {
            self.searched += line.len() + 1;
            self.search(line, number);
        }
        let (splitter, mut out) = self.splitter_and(out);
        splitter.line(line, number, &mut out);
    }

    /// Returns the splitter, and what it passes records to.
    fn splitter_and<'a>(
        &'a mut self,
        out: Sink<'a>,
    ) -> (&'a mut Splitter, impl FnMut(&Hits, &Record) + 'a) {
        let count = &mut self.summary.messages;
        let read = move |hits: &Hits, record: &Record| {
            let mut keep = |message| {
                *count += 1;
                out(message);
            };
            match &hits.needle {
                Some(needle) => find::only(needle, record, &mut keep),
                None => find::read(record, &mut keep),
            }
        };
        (&mut self.splitter, read)
    }

    /// Searches a line for misspelt names, and for ids without any name.
    fn search(&mut self, line: &str, number: usize) {
        // The text of a dump has parts of names.
        if hexdump::decode(line).is_some() {
            return;
        }
        self.nearest.read(line, number);
        if self.summary.messages > 0 || !names::is_hit(line) {
            return;
        }
        let candidates = &mut self.summary.candidates;
        shapes::guess(&normal::normalize(line), |is_named, text, id| {
            if is_named && self.guesses.len() < MAX_GUESSES {
                let mut guess = Message {
                    line: number,
                    ..Message::default()
                };
                guess.mention("a text with an id", id, false);
                self.guesses.push(guess);
            } else if candidates.len() < MAX_GUESSES
                && !candidates.iter().any(|known| known == text)
            {
                candidates.push(text.to_owned());
            }
        });
    }

    /// Passes on the log record that is complete as far as it arrived. Call it when the input
    /// pauses.
    pub fn idle(&mut self, out: Sink<'_>) {
        let (splitter, mut out) = self.splitter_and(out);
        splitter.end_log(&mut out);
    }

    /// Reads the end.
    pub fn finish(mut self, out: Sink<'_>) -> Summary {
        if self.decoder.is_none() && self.gzip.is_none() {
            let start = std::mem::take(&mut self.start);
            self.begin(&start, out);
        }
        if let Some(mut gzip) = self.gzip.take() {
            if let Err(error) = gzip.try_finish() {
                self.summary.error.get_or_insert_with(|| error.to_string());
            }
            let plain = std::mem::take(gzip.get_mut());
            self.decode(&plain, false, out);
        }
        self.decode(&[], true, out);
        {
            let (splitter, mut out) = self.splitter_and(out);
            splitter.end(&mut out);
        }
        let mut summary = self.summary;
        let is_searching = self.splitter.hits.needle.is_some();
        if summary.messages == 0 && !is_searching {
            summary.messages = self.guesses.len();
            self.guesses.into_iter().for_each(out);
        }
        if summary.messages > 0 || is_searching {
            summary.candidates.clear();
        }
        summary.unknown = self.nearest.unknown;
        summary.skipped = self.splitter.skipped;
        summary
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

/// Whether an empty line follows each line of a text, as some editors paste it.
fn is_double_spaced(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let is_empty = |line: &&str| line.trim().is_empty();
    let mut pairs = lines.chunks(2);
    lines.len() > 4 && pairs.all(|pair| !is_empty(&pair[0]) && pair.get(1).is_none_or(is_empty))
}

/// Returns the beginning of a text, of at most `len` bytes.
fn bounded(text: &str, len: usize) -> &str {
    if text.len() <= len {
        return text;
    }
    let end = (0..=len).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}
