//! JSON of any shape that contains header names. It is read as a stream: only headers and the parts
//! of start lines are kept.

mod object;
mod pending;
mod stream;
mod walker;

use std::io::{self, Read};

use serde::de::{DeserializeSeed, IgnoredAny};
use serde_json::Deserializer;

use super::encoding::TextReader;
use super::message::Sink;
use super::names;
use stream::JsonBytes;
use walker::{Place, ValueSeed, Walker};

/// Reads the texts within strings, and the text after the last value.
pub(super) type ReadText<'a> = &'a dyn Fn(&str, Sink<'_>);

/// The JSON values at the beginning of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// Where the last complete value ends.
    pub(super) end: usize,
    /// The number of complete values.
    pub(super) count: usize,
    /// Whether the text ends within a value.
    pub(super) is_cut: bool,
}

/// Whether a text may begin with JSON.
pub(super) fn may_begin(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Finds the JSON values in a row at the beginning of a text.
pub(super) fn extent(text: &str) -> Extent {
    let mut values = Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let mut extent = Extent {
        end: 0,
        count: 0,
        is_cut: false,
    };
    loop {
        match values.next() {
            // After an error, the position may be within a character.
            Some(Ok(_)) => (extent.count, extent.end) = (extent.count + 1, values.byte_offset()),
            Some(Err(error)) => extent.is_cut = error.is_eof(),
            None => break,
        }
    }
    extent
}

/// Reads a text that is JSON, or several JSON values in a row. Returns `false` for other texts.
///
/// `before` is the number of values before this text, if the text is a part of a stream.
pub(super) fn read(
    text: &str,
    before: Option<usize>,
    read_text: ReadText<'_>,
    out: Sink<'_>,
) -> bool {
    if !may_begin(text) {
        return false;
    }
    let extent = extent(text);
    let rest = text[extent.end..].trim();
    // A part of an array, as people copy it.
    if rest.starts_with(',') {
        let array = format!("[{}]", text.trim().trim_end_matches(','));
        if value(&array, "JSON", read_text, out).is_some() {
            return true;
        }
    }
    let mut rest = text;
    for at in 0..extent.count {
        let label = match (before, extent.count) {
            (None, 1) => "JSON".to_owned(),
            (None, count) => format!("JSON, value {} of {count}", at + 1),
            (Some(before), _) => format!("JSON, value {}", before + at + 1),
        };
        let Some(end) = value(rest, &label, read_text, out) else {
            break;
        };
        rest = &rest[end..];
    }
    if rest.len() == text.len() {
        return false;
    }
    if !rest.trim().is_empty() {
        read_text(rest.trim(), out);
    }
    true
}

/// The result of reading a long value.
#[derive(Debug)]
pub(super) struct Streamed {
    /// Whether the value is complete and valid. Otherwise, the text was consumed up to
    /// the error.
    pub(super) is_valid: bool,
    /// The number of bytes of overlong strings that were skipped.
    pub(super) skipped: usize,
}

/// Reads the value at the beginning of a stream, however long it is, and consumes its text.
///
/// `before` is the number of values before it. `seen` receives the text.
///
/// # Errors
///
/// The stream returns an error.
pub(super) fn read_stream<R: Read>(
    text: &mut TextReader<R>,
    before: usize,
    seen: &mut dyn FnMut(&str),
    read_text: ReadText<'_>,
    out: Sink<'_>,
) -> io::Result<Streamed> {
    let label = match before {
        0 => "JSON".to_owned(),
        _ => format!("JSON, value {}", before + 1),
    };
    let mut bytes = JsonBytes::new(text, seen);
    let mut walker = Walker::new(&label, read_text, out);
    let seed = ValueSeed::new(&mut walker, Place::Alone);
    let result = seed.deserialize(&mut Deserializer::from_reader(&mut bytes));
    walker.end();
    bytes.consume();
    match result {
        Err(error) if error.is_io() => Err(error.into()),
        result => Ok(Streamed {
            is_valid: result.is_ok(),
            skipped: bytes.skipped,
        }),
    }
}

/// Reads the JSON in a line of other text, such as a log line with a prefix. Returns `false` if
/// there is none with headers.
pub(super) fn within_line(line: &str, read_text: ReadText<'_>, out: Sink<'_>) -> bool {
    let Some(start) = line.find('{') else {
        return false;
    };
    let is_object = line[start + 1..].trim_start().starts_with(['"', '{', '[']);
    if !is_object || !line[start..].contains('}') || !names::contains(line) {
        return false;
    }
    let mut is_found = false;
    let mut found = |message| {
        is_found = true;
        out(message);
    };
    value(&line[start..], "JSON in a line", read_text, &mut found);
    is_found
}

/// Reads the first value of a text. Returns where it ends, or `None` if it is not valid.
fn value(text: &str, label: &str, read_text: ReadText<'_>, out: Sink<'_>) -> Option<usize> {
    let mut json = Deserializer::from_str(text);
    let mut walker = Walker::new(label, read_text, out);
    let seed = ValueSeed::new(&mut walker, Place::Alone);
    seed.deserialize(&mut json).ok()?;
    walker.end();
    Some(json.into_iter::<IgnoredAny>().byte_offset())
}
