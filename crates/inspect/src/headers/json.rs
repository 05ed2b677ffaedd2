//! JSON of any shape that contains header names.

use opentelemetry::trace::TraceId;
use serde_json::{Map, Value};

use super::message::{Mention, Message};
use super::{bare, names, text};

/// Reads a text that is JSON, or several JSON values in a row. Returns `None` for other texts.
pub(super) fn read(text: &str, depth: usize) -> Option<Vec<Message>> {
    let trimmed = text.trim_start();
    if !trimmed.starts_with(['{', '[']) {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(trimmed).into_iter::<Value>();
    let mut read = Vec::new();
    while let Some(Ok(value)) = values.next() {
        read.push(value);
    }
    let rest = trimmed[values.byte_offset()..].trim();
    // A part of an array, as people copy it.
    if rest.starts_with(',') {
        let array = format!("[{}]", trimmed.trim_end().trim_end_matches(','));
        if let Ok(array) = serde_json::from_str::<Value>(&array) {
            return Some(walk(&array, "JSON".to_owned(), depth));
        }
    }
    if read.is_empty() {
        return None;
    }
    let count = read.len();
    let mut messages = Vec::new();
    for (at, value) in read.iter().enumerate() {
        let label = match count {
            1 => "JSON".to_owned(),
            _ => format!("JSON, value {} of {count}", at + 1),
        };
        messages.extend(walk(value, label, depth));
    }
    if !rest.is_empty() {
        messages.extend(text::read(rest, depth + 1));
    }
    Some(messages)
}

/// Reads the JSON in a line of other text, such as a log line with a prefix.
pub(super) fn within_line(line: &str, depth: usize) -> Option<Vec<Message>> {
    let start = line.find('{')?;
    let is_object = line[start + 1..].trim_start().starts_with(['"', '{', '[']);
    if !is_object || !line[start..].contains('}') || !names::contains(line) {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(&line[start..]).into_iter::<Value>();
    let value = values.next()?.ok()?;
    let messages = walk(&value, "JSON in a line".to_owned(), depth);
    (!messages.is_empty()).then_some(messages)
}

fn walk(value: &Value, label: String, depth: usize) -> Vec<Message> {
    let mut walker = Walker {
        label,
        path: Vec::new(),
        har_entries: None,
        messages: Vec::new(),
        depth,
    };
    walker.value(value, None);
    let mut messages = walker.messages;
    // The ids of a log record are of interest only if it has no headers.
    if messages.iter().any(|message| !message.headers.is_empty()) {
        messages.retain(|message| !message.headers.is_empty());
    }
    messages
}

struct Walker<'a> {
    label: String,
    /// The keys and indexes that lead to the current value.
    path: Vec<Step<'a>>,
    /// The number of entries, if this is an HTTP archive.
    har_entries: Option<usize>,
    messages: Vec<Message>,
    depth: usize,
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Walker<'a> {
    fn value(&mut self, value: &'a Value, start_line: Option<&str>) {
        match value {
            Value::Object(object) => self.object(object, start_line),
            Value::Array(items) => self.array(items, start_line),
            Value::String(text) => self.text(text, start_line),
            _ => {}
        }
    }

    fn object(&mut self, object: &'a Map<String, Value>, start_line: Option<&str>) {
        let own_start_line = own_start_line(object);
        let start_line = own_start_line.as_deref().or(start_line);
        let mut message = self.message(start_line);
        if let Some((name, value)) = pair(object) {
            push_all(&mut message, name, value);
        }
        for (key, value) in object {
            if let Some(name) = names::canonical(key) {
                push_all(&mut message, name, value);
            } else if let Some(trace_id) = labelled_id(key, value) {
                message.mention(Mention::new(format!("the field {key}"), trace_id));
            }
        }
        self.push(message);
        for (key, value) in object {
            self.path.push(Step::Key(key));
            if let (Value::Array(items), "entries", 2) = (value, &**key, self.path.len()) {
                self.har_entries = Some(items.len());
            }
            // A known name's value was read above.
            if names::canonical(key).is_none() {
                self.value(value, start_line);
            }
            self.path.pop();
        }
    }

    fn array(&mut self, items: &'a [Value], start_line: Option<&str>) {
        let mut message = self.message(start_line);
        let mut is_read = vec![false; items.len()];
        for (at, item) in items.iter().enumerate() {
            match item {
                Value::Object(object) => {
                    if let Some((name, value)) = pair(object) {
                        push_all(&mut message, name, value);
                        is_read[at] = true;
                    }
                }
                // ["name", "value"]
                Value::Array(pair) if pair.len() == 2 => {
                    if let Some(name) = pair[0].as_str().and_then(names::canonical) {
                        push_all(&mut message, name, &pair[1]);
                        is_read[at] = true;
                    }
                }
                // "name", "value", "name", "value", …
                Value::String(key) if at % 2 == 0 && at + 1 < items.len() => {
                    if let (Some(name), value @ Value::String(_)) =
                        (names::canonical(key), &items[at + 1])
                    {
                        push_all(&mut message, name, value);
                        (is_read[at], is_read[at + 1]) = (true, true);
                    }
                }
                _ => {}
            }
        }
        self.push(message);
        for (at, item) in items.iter().enumerate().filter(|(at, _)| !is_read[*at]) {
            self.path.push(Step::Index(at));
            self.value(item, start_line);
            self.path.pop();
        }
    }

    /// Reads a string that contains headers itself, as where a log contains a dump.
    fn text(&mut self, value: &str, start_line: Option<&str>) {
        if !text::may_contain_headers(value) {
            return;
        }
        let place = self.message(None).read_as;
        for mut message in text::read(value, self.depth + 1) {
            message.read_as = format!("{place}: {}", message.read_as);
            if message.start_line.is_none() {
                message.start_line = start_line.map(str::to_owned);
            }
            self.messages.push(message);
        }
    }

    fn push(&mut self, message: Message) {
        if !message.is_empty() {
            self.messages.push(message);
        }
    }

    /// Returns an empty message for the current place.
    fn message(&self, start_line: Option<&str>) -> Message {
        let mut read_as = match (self.har_entries, &*self.path) {
            (Some(count), [_, _, Step::Index(at), Step::Key(side), ..]) => {
                format!("HAR, entry {} of {count}, {side}", at + 1)
            }
            _ => self.label.clone(),
        };
        if self.har_entries.is_none() && !self.path.is_empty() {
            read_as.push_str(" at ");
            read_as.push_str(&self.path_text());
        }
        Message {
            start_line: start_line.map(str::to_owned),
            read_as,
            ..Message::default()
        }
    }

    fn path_text(&self) -> String {
        const MAX_STEPS: usize = 8;
        let steps = self.path.iter().take(MAX_STEPS).map(|step| match step {
            Step::Key(key) => format!(".{}", key.chars().take(40).collect::<String>()),
            Step::Index(at) => format!("[{at}]"),
        });
        steps.collect()
    }
}

/// Returns name and value of an object that holds one header.
fn pair(object: &Map<String, Value>) -> Option<(&'static str, &Value)> {
    let get = |keys: [&str; 3]| {
        let mut entries = object.iter();
        entries.find(|(key, _)| keys.iter().any(|wanted| key.eq_ignore_ascii_case(wanted)))
    };
    let (_, name) = get(["name", "key", "header"])?;
    let (_, value) = get(["value", "values", "content"])?;
    Some((names::canonical(name.as_str()?)?, value))
}

/// Adds every text within a value as one line of a header.
fn push_all(message: &mut Message, name: &'static str, value: &Value) {
    match value {
        Value::String(text) if text.is_empty() || text == "-" => {}
        Value::String(text) => message.push(name, text),
        Value::Number(number) => message.push(name, &number.to_string()),
        Value::Bool(flag) => message.push(name, &flag.to_string()),
        Value::Array(items) => items.iter().for_each(|item| push_all(message, name, item)),
        Value::Object(object) => object
            .values()
            .for_each(|item| push_all(message, name, item)),
        Value::Null => {}
    }
}

/// Returns the trace id of a field that loggers use: `trace_id`, `traceId`, `TraceId`, `trace.id`.
fn labelled_id(key: &str, value: &Value) -> Option<TraceId> {
    let plain: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(40)
        .collect();
    let is_label = plain.to_ascii_lowercase().ends_with("traceid");
    is_label.then(|| bare::id(value.as_str()?)).flatten()
}

/// Returns what an object says about its request or response.
fn own_start_line(object: &Map<String, Value>) -> Option<String> {
    /// Every message within the object gets a copy.
    const MAX_CHARS: usize = 500;
    let text = |keys: &[&str]| keys.iter().find_map(|key| object.get(*key)?.as_str());
    let number = |keys: &[&str]| keys.iter().find_map(|key| object.get(*key)?.as_u64());
    if let Some(method) = text(&["method", "httpMethod", "Method"]) {
        let url = text(&[
            "url",
            "URL",
            "path",
            "uri",
            "Url",
            "Path",
            "RequestUri",
            "target",
        ])?;
        let start_line = format!("{method} {url}");
        return Some(start_line.chars().take(MAX_CHARS).collect());
    }
    let status = number(&["status", "statusCode", "Status", "StatusCode"])?;
    let has_headers = object.keys().any(|key| key.eq_ignore_ascii_case("headers"));
    has_headers.then(|| format!("HTTP {status}"))
}
