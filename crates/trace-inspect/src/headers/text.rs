//! Text to messages: the readers in their order.

use super::blocks::{self, Block};
use super::message::{Message, Sink};
use super::windows::{self, Kind, Part};
use super::{fields, hexdump, json, markup, names, shell};

/// How many texts may contain one another, as when a log contains JSON that contains headers.
const MAX_DEPTH: usize = 4;

/// Reads a part of a stream, whose text is `text`.
pub(super) fn read_part(part: &Part, text: &str, out: Sink<'_>) {
    match part.kind {
        Kind::LongJson => {}
        Kind::Whole => read(text, 0, out),
        Kind::Lines => read_window(text, 0, out),
        Kind::Json { from, before } => {
            if !json::read(&text[from..], before, &read_inner, out) {
                read(text, 0, out);
            }
        }
    }
}

/// Reads a text that is part of the input's text.
pub(super) fn read_inner(text: &str, out: Sink<'_>) {
    read(text, 1, out);
}

/// Reads a text of any length. `depth` is the number of texts that it is part of.
fn read(text: &str, depth: usize, out: Sink<'_>) {
    if depth > MAX_DEPTH || json::read(text, None, &inner(depth), out) {
        return;
    }
    for window in windows::split(text) {
        read_window(window, depth, out);
    }
}

/// Returns the reader of the texts within a text.
fn inner(depth: usize) -> impl Fn(&str, Sink<'_>) {
    move |text, out| read(text, depth + 1, out)
}

/// Reads a window of a text, or all of it if it is short.
fn read_window(text: &str, depth: usize, out: Sink<'_>) {
    if depth == 0 {
        if let Some(bytes) = hexdump::decode(text) {
            let text = String::from_utf8_lossy(&bytes);
            if count(out, |out| {
                read(&text, depth + 1, &mut within(out, "hex dump"))
            }) > 0
            {
                return;
            }
        }
    }
    if json::read(text, None, &inner(depth), out) || count(out, |out| shell::read(text, out)) > 0 {
        return;
    }
    if let Some(text) = markup::decode_base64(text) {
        return plain(&text, depth, &mut within(out, "Burp"));
    }
    match markup::decode(text) {
        Some(text) => plain(&text, depth, &mut within(out, "HTML")),
        None => plain(text, depth, out),
    }
}

/// Returns how many messages a reader found.
fn count(out: Sink<'_>, read: impl FnOnce(Sink<'_>)) -> usize {
    let mut count = 0;
    read(&mut |message| {
        count += 1;
        out(message);
    });
    count
}

/// Puts the syntax of the surrounding text before the description of a message.
fn within<'a>(out: Sink<'a>, what: &'a str) -> impl FnMut(Message) + 'a {
    move |mut message| {
        message.read_as = format!("{what}, {}", message.read_as);
        out(message);
    }
}

fn plain(text: &str, depth: usize, out: Sink<'_>) {
    // A text without a known name has no headers.
    if !names::contains(text) {
        return;
    }
    for block in blocks::split(text) {
        if block.is_body {
            read_body(&block, depth, out);
        } else {
            read_headers(&block, depth, out);
        }
    }
}

fn read_headers(block: &Block<'_>, depth: usize, out: Sink<'_>) {
    let mut start_line = block.start_line.clone();
    read_lines(&block.lines, depth, &mut |mut message| {
        // Headers that repeat below those of a message belong to another one.
        if message.start_line.is_none() && start_line.is_some() {
            message.start_line = start_line.take();
            message.read_as = match message.is_response() {
                true => "HTTP response".to_owned(),
                false => "HTTP request".to_owned(),
            };
        }
        if block.is_curl {
            message.read_as.push_str(" shown by curl");
        }
        out(message);
    });
}

fn read_body(block: &Block<'_>, depth: usize, out: Sink<'_>) {
    let mut out = |mut message: Message| {
        message.is_body = true;
        out(message);
    };
    let out = &mut within(&mut out, "after the headers");
    let is_json = block
        .lines
        .first()
        .is_some_and(|line| json::may_begin(line));
    if !is_json || !json::read(&block.lines.join("\n"), None, &inner(depth), out) {
        read_lines(&block.lines, depth, out);
    }
}

/// Reads lines, and JSON within a line.
fn read_lines(lines: &[&str], depth: usize, out: Sink<'_>) {
    let mut plain_from = 0;
    for (at, line) in lines.iter().enumerate() {
        let mut is_found = false;
        json::within_line(line, &inner(depth), &mut |message| {
            if !is_found {
                fields::read(&lines[plain_from..at], out);
                is_found = true;
            }
            out(message);
        });
        if is_found {
            plain_from = at + 1;
        }
    }
    fields::read(&lines[plain_from..], out);
}
