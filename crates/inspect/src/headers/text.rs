//! Text to messages: the readers in their order.

use super::blocks::{self, Block};
use super::message::Message;
use super::{fields, hexdump, json, markup, names, shell};

/// How deep texts are read within texts, as where a log contains JSON that contains headers.
const MAX_DEPTH: usize = 4;

/// Reads a text. `depth` is the number of texts that it is part of.
pub(super) fn read(text: &str, depth: usize) -> Vec<Message> {
    if depth > MAX_DEPTH {
        return Vec::new();
    }
    if depth == 0 {
        if let Some(bytes) = hexdump::decode(text) {
            let messages = read(&String::from_utf8_lossy(&bytes), depth + 1);
            if !messages.is_empty() {
                return within(messages, "hex dump");
            }
        }
    }
    if let Some(messages) = json::read(text, depth) {
        return messages;
    }
    let messages = shell::read(text);
    if !messages.is_empty() {
        return messages;
    }
    if let Some(text) = markup::decode(text) {
        return within(plain(&text, depth), "HTML");
    }
    plain(text, depth)
}

/// Puts the syntax of a surrounding text before the description of what was read.
fn within(mut messages: Vec<Message>, what: &str) -> Vec<Message> {
    for message in &mut messages {
        message.read_as = format!("{what}, {}", message.read_as);
    }
    messages
}

fn plain(text: &str, depth: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    for block in blocks::split(text) {
        if block.is_body {
            read_body(&block, depth, &mut messages);
        } else {
            read_headers(&block, depth, &mut messages);
        }
    }
    messages
}

fn read_headers(block: &Block<'_>, depth: usize, messages: &mut Vec<Message>) {
    let mut start_line = block.start_line.clone();
    for mut message in read_lines(&block.lines, depth) {
        // What repeats below the headers of a message belongs to others.
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
        messages.push(message);
    }
}

fn read_body(block: &Block<'_>, depth: usize, messages: &mut Vec<Message>) {
    let text = block.lines.join("\n");
    let found = match json::read(&text, depth) {
        Some(found) => found,
        None => read_lines(&block.lines, depth),
    };
    for mut message in within(found, "after the headers") {
        message.is_body = true;
        messages.push(message);
    }
}

/// Reads lines, and JSON within a line.
fn read_lines(lines: &[&str], depth: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut plain_from = 0;
    for (at, line) in lines.iter().enumerate() {
        let Some(found) = json::within_line(line, depth) else {
            continue;
        };
        messages.extend(fields::read(&lines[plain_from..at]));
        messages.extend(found);
        plain_from = at + 1;
    }
    messages.extend(fields::read(&lines[plain_from..]));
    messages
}

/// Whether a text within a text is worth reading.
pub(super) fn may_contain_headers(text: &str) -> bool {
    text.len() > 16 && names::contains(text)
}
