//! JSON to records. A record has one line `path: value` for each value that may contain a header or
//! an id.

use serde::de::IgnoredAny;
use serde_json::error::Category;
use serde_json::{Map, Value};

use super::names;
use super::normal::normalize;
use super::record::{Record, Sink};
use super::Hits;

/// Lines that begin like JSON, until the brackets balance.
#[derive(Debug)]
pub(super) struct Pending {
    text: String,
    /// The number of the first line.
    first: usize,
    depth: i64,
    is_string: bool,
    is_escaped: bool,
}

impl Pending {
    /// Begins with a line that is JSON, as far as it goes.
    pub(super) fn begin(line: &str, number: usize) -> Option<Self> {
        let start = line.trim_start().strip_prefix(['{', '['])?.trim_start();
        let is_value = |c: char| "\"{}[]-".contains(c) || c.is_ascii_digit() || "tfn".contains(c);
        if !start.is_empty() && !start.starts_with(is_value) {
            return None;
        }
        let mut pending = Pending {
            text: String::new(),
            first: number,
            depth: 0,
            is_string: false,
            is_escaped: false,
        };
        let mut values = serde_json::Deserializer::from_str(line).into_iter::<IgnoredAny>();
        let error = values.find_map(Result::err);
        let is_cut = error.is_none_or(|error| error.classify() == Category::Eof);
        if !is_cut {
            return None;
        }
        pending.push(line);
        Some(pending)
    }

    /// Adds a line. Returns whether the brackets balance.
    pub(super) fn push(&mut self, line: &str) -> bool {
        for byte in line.bytes() {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.is_string => self.is_escaped = true,
                b'"' => self.is_string = !self.is_string,
                b'{' | b'[' if !self.is_string => self.depth += 1,
                b'}' | b']' if !self.is_string => self.depth -= 1,
                _ => {}
            }
        }
        self.text.push_str(line);
        self.text.push('\n');
        // A string of JSON has no line ends.
        self.is_string = false;
        self.is_complete()
    }

    pub(super) fn is_complete(&self) -> bool {
        self.depth <= 0
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// Returns the values, if all of it is JSON.
    pub(super) fn parse(&self) -> Option<Vec<Value>> {
        values(&self.text)
    }

    /// Returns the lines with their numbers.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&str, usize)> {
        self.text.lines().zip(self.first..)
    }
}

fn values(text: &str) -> Option<Vec<Value>> {
    let values = serde_json::Deserializer::from_str(text).into_iter();
    values.collect::<Result<_, _>>().ok()
}

/// Passes the records of a value on.
///
/// A list of objects is a list of records, and so are `request` and `response`.
pub(super) fn walk(value: &Value, number: usize, hits: &Hits, out: Sink<'_>) {
    let mut walk = Walk { number, hits, out };
    walk.record("", value);
}

struct Walk<'a> {
    number: usize,
    hits: &'a Hits,
    out: Sink<'a>,
}

impl Walk<'_> {
    /// Reads a value that is a record of its own.
    fn record(&mut self, path: &str, value: &Value) {
        let mut record = Record {
            is_list: true,
            is_log: true,
            ..Record::default()
        };
        record.start_line = value.as_object().and_then(start_line);
        self.value(path, value, &mut record);
        if !record.text.is_empty() {
            (self.out)(self.hits, &record);
        }
    }

    fn value(&mut self, path: &str, value: &Value, record: &mut Record) {
        match value {
            Value::Object(fields) => self.object(path, fields, record),
            Value::Array(items) => self.array(path, items, record),
            Value::String(text) => self.string(path, text, record),
            Value::Number(number) if names::find(path).next().is_some() => {
                record.push(&format!("{path}: {number}"), self.number);
            }
            _ => {}
        }
    }

    fn object(&mut self, path: &str, fields: &Map<String, Value>, record: &mut Record) {
        if let Some((name, value)) = pair(fields) {
            if fields.get("disabled") != Some(&Value::Bool(true)) {
                self.value(name, value, record);
            }
            return;
        }
        if let Some(value) = typed(fields) {
            return self.value(path, value, record);
        }
        for (key, value) in fields {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            if matches!(&**key, "request" | "response") && value.is_object() {
                self.record(&path, value);
            } else {
                self.value(&path, value, record);
            }
        }
    }

    fn array(&mut self, path: &str, items: &[Value], record: &mut Record) {
        if let Some(bytes) = bytes(items) {
            if names::find(path).next().is_some() && bytes.len() == 16 {
                record.push(&format!("{path}: {bytes:?}"), self.number);
            } else {
                self.string(path, &String::from_utf8_lossy(&bytes), record);
            }
            return;
        }
        // Names and values in turn.
        let is_name = |value: &Value| value.as_str().and_then(names::header_of).is_some();
        if items.len().is_multiple_of(2) && items.iter().step_by(2).any(is_name) {
            for pair in items.chunks(2) {
                if let Some(name) = pair[0].as_str() {
                    self.value(name, &pair[1], record);
                }
            }
            return;
        }
        for item in items {
            let is_pair = match item {
                Value::Object(fields) => pair(fields).is_some() || typed(fields).is_some(),
                Value::Array(items) => items.len() == 2 && is_name(&items[0]),
                _ => true,
            };
            match is_pair {
                true => self.value(path, item, record),
                false => self.record(path, item),
            }
        }
    }

    fn string(&mut self, path: &str, text: &str, record: &mut Record) {
        let is_known = names::find(path).next().is_some();
        if !is_known && !self.hits.has(text) {
            return;
        }
        if text.trim_start().starts_with(['{', '[']) {
            if let Some(values) = values(text) {
                values
                    .iter()
                    .for_each(|value| self.value(path, value, record));
                return;
            }
        }
        let text = normalize(text.trim());
        let mut lines = text.lines();
        // Names in the text are found there, so that the path of a header is its name.
        let first = lines.next().unwrap_or_default();
        match names::header_of(path) {
            Some(name) => record.push(&format!("{name}: {first}"), self.number),
            None if is_known => record.push(&format!("{path}: {first}"), self.number),
            None => record.push(first, self.number),
        }
        lines.for_each(|line| record.push(line, self.number));
    }
}

/// Returns the last part of a key: `http2.header.name`.
fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// Returns name and value of an object that is a pair of them.
fn pair(fields: &Map<String, Value>) -> Option<(&str, &Value)> {
    let field = |names: &[&str]| {
        let is_it = |key: &str| {
            names
                .iter()
                .any(|name| last(key).eq_ignore_ascii_case(name))
        };
        fields
            .iter()
            .find(|(key, _)| is_it(key))
            .map(|(_, value)| value)
    };
    let name = field(&["name", "key", "header"])?.as_str()?;
    Some((name, field(&["value"])?))
}

/// Returns the value of an object that states its type: `{"StringValue": …, "DataType": …}`.
fn typed(fields: &Map<String, Value>) -> Option<&Value> {
    const VALUES: [&str; 6] = [
        "stringvalue",
        "value",
        "arrayvalue",
        "values",
        "intvalue",
        "bytesvalue",
    ];
    const OTHERS: [&str; 5] = [
        "datatype",
        "type",
        "binaryvalue",
        "stringlistvalues",
        "binarylistvalues",
    ];
    let is_of = |names: &[&str], key: &str| names.iter().any(|name| key.eq_ignore_ascii_case(name));
    let is_typed = fields
        .keys()
        .all(|key| is_of(&VALUES, key) || is_of(&OTHERS, key));
    let mut values = fields.iter().filter(|(key, _)| is_of(&VALUES, key));
    values.next().filter(|_| is_typed).map(|(_, value)| value)
}

/// Returns the bytes of a list of numbers.
fn bytes(items: &[Value]) -> Option<Vec<u8>> {
    let byte = |item: &Value| u8::try_from(item.as_u64()?).ok();
    (items.len() >= 16).then(|| items.iter().map(byte).collect())?
}

/// Returns method and URL of a request, or the status of a response.
fn start_line(fields: &Map<String, Value>) -> Option<String> {
    let text = |names: &[&str]| names.iter().find_map(|name| fields.get(*name));
    if let Some(method) =
        text(&["method", "requestMethod", "RequestMethod"]).and_then(Value::as_str)
    {
        let url = text(&["url", "uri", "path", "requestUrl", "RequestPath"])?;
        let url = url.as_str().or_else(|| url.get("raw")?.as_str())?;
        return Some(format!("{method} {url}"));
    }
    let status = fields
        .get("status")
        .filter(|_| fields.contains_key("headers"))?;
    Some(format!("HTTP {}", status.as_u64()?))
}
