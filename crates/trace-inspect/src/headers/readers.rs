//! Each reader on its own, for tests that compare it with a second implementation.
//!
//! [`read`](super::read) applies them one after the other, to the parts of an input.

use std::borrow::Cow;
use std::io::{self, Read};

use opentelemetry::trace::TraceId;

pub use super::blocks::Block;
use super::{bare, blocks, encoding, fields, hexdump, json, markup, nearest, shell, values};
use super::{Message, Unknown};

/// Decodes bytes to text: UTF-8 or UTF-16, with ASCII quotes and whitespace in place of typographic
/// ones.
///
/// # Errors
///
/// The stream returns an error.
pub fn decode(input: impl Read) -> io::Result<String> {
    let mut reader = encoding::TextReader::new(input)?;
    let (text, _) = reader.fill(usize::MAX)?;
    Ok(text.to_owned())
}

/// Splits a text into the headers and bodies of its messages.
pub fn blocks(text: &str) -> Vec<Block<'_>> {
    blocks::split(text)
}

/// Reads names and values in the lines of a block: header lines, `name=value`, maps as languages
/// print them.
pub fn lines(lines: &[&str], out: &mut dyn FnMut(Message)) {
    fields::read(lines, out);
}

/// Reads a text that is JSON, without the texts within its strings. Returns `false` for other texts.
pub fn json(text: &str, out: &mut dyn FnMut(Message)) -> bool {
    json::read(text, None, &|_, _| {}, out)
}

/// Reads the `-H` arguments of the commands in a text.
pub fn commands(text: &str, out: &mut dyn FnMut(Message)) {
    shell::read(text, out);
}

/// Decodes a dump of packets in hex digits. Returns `None` for other texts.
pub fn hexdump(text: &str) -> Option<Vec<u8>> {
    hexdump::decode(text)
}

/// Decodes the entities of a text that looks like markup. Returns `None` for other texts.
pub fn markup(text: &str) -> Option<Cow<'_, str>> {
    markup::decode(text)
}

/// Decodes the requests and responses of a text that Burp exported in Base64. Returns `None` for
/// other texts.
pub fn burp(text: &str) -> Option<String> {
    markup::decode_base64(text)
}

/// Reads values and ids without a name. Returns also the ids that may be trace ids.
pub fn bare(text: &str) -> (Vec<Message>, Vec<String>) {
    let mut bare = bare::Bare::default();
    bare.read(text, true);
    (bare.messages(), bare.candidates)
}

/// Finds the names before a colon or an equals sign that resemble a known header.
pub fn unknown_names(text: &str) -> Vec<Unknown> {
    let mut nearest = nearest::Nearest::default();
    nearest.read(text);
    nearest.unknown
}

/// Whether a value is valid for the header `name`, in lower case.
pub fn is_valid(name: &str, value: &str) -> bool {
    values::is_valid(name, value)
}

/// Returns the trace id of a response's header such as `server-timing`, or of a format that is
/// seldom in a list, such as `b3`.
pub fn mentioned(name: &str, value: &str) -> Option<TraceId> {
    values::mentioned(name, value)
}
