//! JSON to records. A record has one line `path: value` for each value that may contain a header or
//! an id.

use std::sync::LazyLock;

use regex::Regex;
use serde::de::IgnoredAny;
use serde_json::error::Category;
use serde_json::{Map, Value};

use super::names;
use super::normal::normalize;
use super::pattern::regex;
use super::record::Record;

/// Lines that begin like JSON, until the brackets balance.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) text: String,
    /// The number of the first line.
    pub(super) first: usize,
    depth: i64,
}

impl Pending {
    /// Begins with a line that is JSON, as far as it goes.
    pub(super) fn begin(line: &str, number: usize) -> Option<Self> {
        line.trim_start().strip_prefix(['{', '['])?;
        let mut values = serde_json::Deserializer::from_str(line).into_iter::<IgnoredAny>();
        let error = values.find_map(Result::err);
        let is_cut = error.is_none_or(|error| error.classify() == Category::Eof);
        is_cut.then(|| Pending {
            text: String::new(),
            first: number,
            depth: 0,
        })
    }

    /// Adds a line. Returns whether the brackets balance.
    pub(super) fn push(&mut self, line: &str) -> bool {
        // A string of JSON has no line ends.
        let (mut is_string, mut is_escaped) = (false, false);
        for byte in line.bytes() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_string => is_escaped = true,
                b'"' => is_string = !is_string,
                b'{' | b'[' if !is_string => self.depth += 1,
                b'}' | b']' if !is_string => self.depth -= 1,
                _ => {}
            }
        }
        self.text.push_str(line);
        self.text.push('\n');
        self.depth <= 0
    }
}

/// Parses a text that consists of JSON.
pub(super) fn values(text: &str) -> Option<Vec<Value>> {
    let values = serde_json::Deserializer::from_str(text).into_iter();
    values.collect::<Result<_, _>>().ok()
}

/// Adds the records of a value. Texts that are no `is_hit` are left out.
///
/// A list of objects is a list of records, and so are `request` and `response`.
pub(super) fn walk(value: &Value, number: usize, is_hit: IsHit<'_>, records: &mut Vec<Record>) {
    let mut walk = Walk {
        number,
        is_hit,
        records,
    };
    walk.record("", value);
}

/// Whether a text may contain what is looked for.
pub(super) type IsHit<'a> = &'a dyn Fn(&str) -> bool;

struct Walk<'a> {
    number: usize,
    is_hit: IsHit<'a>,
    records: &'a mut Vec<Record>,
}

impl Walk<'_> {
    /// Reads a value that is a record of its own.
    fn record(&mut self, path: &str, value: &Value) {
        let mut record = Record::item(value.as_object().and_then(start_line));
        self.value(path, value, &mut record);
        if !record.text.is_empty() {
            self.records.push(record);
        }
    }

    fn value(&mut self, path: &str, value: &Value, record: &mut Record) {
        match value {
            Value::Object(fields) => self.object(path, fields, record),
            Value::Array(items) => self.array(path, items, record),
            Value::String(text) => self.string(path, text, record),
            Value::Number(number) if names::has_name(path) => {
                record.push(&format!("{path}: {number}"), self.number);
            }
            _ => {}
        }
    }

    fn object(&mut self, path: &str, fields: &Map<String, Value>, record: &mut Record) {
        if fields.get("disabled") == Some(&Value::Bool(true)) {
            return;
        }
        if let Some((name, value)) = pair(fields) {
            return self.value(name, value, record);
        }
        if let Some(value) = typed(fields) {
            return self.value(path, value, record);
        }
        for (key, value) in fields {
            let path = match path {
                "" => key.clone(),
                path => format!("{path}.{key}"),
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
            match names::has_name(path) && bytes.len() == 16 {
                true => record.push(&format!("{path}: {bytes:?}"), self.number),
                false => self.string(path, &String::from_utf8_lossy(&bytes), record),
            }
        } else if is_in_turn(items) {
            for pair in items.chunks(2) {
                self.value(pair[0].as_str().unwrap_or_default(), &pair[1], record);
            }
        } else {
            for item in items {
                let is_record = match item {
                    Value::Object(fields) => pair(fields).is_none() && typed(fields).is_none(),
                    Value::Array(items) => !is_in_turn(items),
                    _ => false,
                };
                match is_record {
                    true => self.record(path, item),
                    false => self.value(path, item, record),
                }
            }
        }
    }

    fn string(&mut self, path: &str, text: &str, record: &mut Record) {
        let has_name = names::has_name(path);
        if !has_name && !(self.is_hit)(text) {
            return;
        }
        let is_json = text.trim_start().starts_with(['{', '[']);
        if let Some(values) = is_json.then(|| values(text)).flatten() {
            let values = values.iter();
            return values.for_each(|value| self.value(path, value, record));
        }
        // The path of a header is its name; other names in the text are found there.
        let text = match names::header_of(path) {
            Some(name) => format!("{name}: {}", text.trim()),
            None if has_name => format!("{path}: {}", text.trim()),
            None => text.trim().to_owned(),
        };
        let text = normalize(&text);
        text.lines().for_each(|line| record.push(line, self.number));
    }
}

/// Returns name and value of an object that is a pair of them. The keys may have a prefix:
/// `http2.header.name`.
fn pair(fields: &Map<String, Value>) -> Option<(&str, &Value)> {
    let field = |names: &[&str]| {
        let is_it = |key: &str| {
            let last = key.rsplit('.').next().unwrap_or(key);
            names.iter().any(|name| last.eq_ignore_ascii_case(name))
        };
        let mut fields = fields.iter().filter(|(key, _)| is_it(key));
        fields.next().map(|(_, value)| value)
    };
    let name = field(&["name", "key", "header"])?.as_str()?;
    Some((name, field(&["value"])?))
}

/// Whether a list has names and values in turn.
fn is_in_turn(items: &[Value]) -> bool {
    let is_name = |item: &Value| item.as_str().and_then(names::header_of).is_some();
    items.len().is_multiple_of(2) && items.iter().step_by(2).any(is_name)
}

/// Returns the value of an object that states its type: `{"StringValue": …, "DataType": …}`.
fn typed(fields: &Map<String, Value>) -> Option<&Value> {
    static KEY: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)^(?:((?:string|int|bytes|array)?values?)|(?:data)?type|(?:string|binary)\w*)$")
    });
    let keys: Option<Vec<_>> = fields.keys().map(|key| KEY.captures(key)).collect();
    let value = keys?.iter().position(|key| key.get(1).is_some())?;
    fields.values().nth(value)
}

/// Returns the bytes of a list of numbers.
fn bytes(items: &[Value]) -> Option<Vec<u8>> {
    let byte = |item: &Value| u8::try_from(item.as_u64()?).ok();
    (items.len() >= 16).then(|| items.iter().map(byte).collect())?
}

/// Returns method and URL of a request, or the status of a response.
fn start_line(fields: &Map<String, Value>) -> Option<String> {
    let text = |names: &[&str]| names.iter().find_map(|name| fields.get(*name)?.as_str());
    if let Some(method) = text(&["method", "requestMethod", "RequestMethod"]) {
        let url = text(&["url", "uri", "path", "requestUrl", "RequestPath"]);
        // Postman's URL is an object.
        let url = url.or_else(|| fields.get("url")?.get("raw")?.as_str())?;
        return Some(format!("{method} {url}"));
    }
    let status = fields.get("status")?.as_u64()?;
    let is_response = fields.contains_key("headers");
    is_response.then(|| format!("HTTP {status}"))
}
