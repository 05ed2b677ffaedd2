//! Lines to records: what belongs to one request, response or log record.

use std::sync::LazyLock;

use regex::Regex;

use super::ids::Needle;
use super::line_before;
use super::names::{self, Found};
use super::normal::normalize;
use super::pattern::regex;
use super::record::Record;
use super::{find, json};

/// How many lines without a name or an id are kept after one that has them.
const KEPT: usize = 8;

/// The length of a record to which no lines are added. No request has as many headers.
const LONG: usize = 1 << 20;

/// Splits lines into records.
///
/// Only records with a known name or an id are kept.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    /// The id that is looked for.
    pub(super) needle: Option<Needle>,
    /// The complete records.
    pub(super) records: Vec<Record>,
    /// The bytes of a line, and of a JSON value, that are held.
    pub(super) limit: usize,
    record: Record,
    /// The number of lines since the last hit.
    since: usize,
    /// What precedes the first name of the last hit in its line, with digits masked.
    before: String,
    table: Option<Table>,
    /// JSON that is not complete.
    json: Option<json::Pending>,
}

/// Whether a text may contain a known name, an id, or the one that is looked for.
fn is_hit(needle: Option<&Needle>, text: &str) -> bool {
    names::is_hit(text) || needle.is_some_and(|needle| needle.is_in(text))
}

impl Splitter {
    /// Reads a line without its end.
    pub(super) fn line(&mut self, line: &str, number: usize) {
        if let Some(pending) = &self.json {
            let is_continued = line.starts_with([' ', '\t', '"', '{', '}', '[', ']']);
            let is_next = !is_continued && begins_entry(line);
            if is_next || pending.text.len() + line.len() >= self.limit {
                self.end_json();
            }
        }
        if self.json.is_none() {
            self.json = json::Pending::begin(line, number);
        }
        match self.json.as_mut().map(|pending| pending.push(line)) {
            None => self.text_line(line, number),
            Some(true) => self.end_json(),
            Some(false) => {}
        }
    }

    /// Ends the current record, as at the end of the input.
    pub(super) fn end(&mut self) {
        self.end_json();
        self.end_record();
        self.table = None;
    }

    /// Ends the current record if it is one of a log, for which nothing can follow.
    pub(super) fn end_log(&mut self) {
        if self.record.is_log && self.json.is_none() {
            self.end_record();
        }
    }

    /// Reads the JSON that was collected, or else its lines as text.
    fn end_json(&mut self) {
        let Some(pending) = self.json.take() else {
            return;
        };
        let Some(values) = json::values(&pending.text) else {
            let lines = pending.text.lines().zip(pending.first..);
            return lines.for_each(|(line, number)| self.text_line(line, number));
        };
        self.end_record();
        let is_hit = |text: &str| is_hit(self.needle.as_ref(), text);
        for value in &values {
            json::walk(value, pending.first, &is_hit, &mut self.records);
        }
    }

    /// Whether neither a record nor a table has begun.
    fn is_between(&self) -> bool {
        let record = &self.record;
        record.text.is_empty() && record.start_line.is_none() && self.table.is_none()
    }

    fn text_line(&mut self, line: &str, number: usize) {
        if is_hit(self.needle.as_ref(), line) {
            for part in normalize(line).lines() {
                let is_hit = is_hit(self.needle.as_ref(), part);
                self.plain_line(part, number, is_hit);
            }
        } else if !self.is_between() || may_start(line) {
            self.plain_line(line, number, false);
        }
    }

    fn plain_line(&mut self, line: &str, number: usize, is_hit: bool) {
        let line = without_marks(line);
        if line.trim().is_empty() {
            self.table = None;
            return self.end_record();
        }
        // curl shows the headers of HTTP/2 twice.
        if line.starts_with("* [HTTP/") {
            return;
        }
        let table = self.table.as_ref();
        if let Some(start_line) = start_line(line) {
            self.end_record();
            self.record.start_line = Some(start_line);
            self.record.is_log = is_hit && begins_entry(line);
            if is_hit {
                self.push(line, number, true);
            }
        } else if let Some(row) = table.and_then(|table| table.row(line, number)) {
            self.end_record();
            self.records.push(row);
        } else if let Some(table) = is_hit.then(|| Table::of_head(line)).flatten() {
            self.end_record();
            self.table = Some(table);
        } else if is_hit || !self.record.text.is_empty() {
            self.text(line, number, is_hit);
        }
    }

    /// Adds a line to the current record, or to the next one.
    fn text(&mut self, line: &str, number: usize, is_hit: bool) {
        let name = is_hit.then(|| names::find(line).next()).flatten();
        let before = name
            .as_ref()
            .map(|name| masked(line_before(line, name.at.start)));
        let is_entry = begins_entry(line);
        let is_next = match (&before, name) {
            (Some(before), Some(name)) if is_entry => !self.continues(line, &name, before),
            (Some(before), _) => {
                let words = words(before);
                !words.is_empty() && words != self::words(&self.before)
            }
            (None, _) => is_entry,
        };
        let is_long = self.record.text.len() >= self.limit.min(LONG);
        if is_long && is_hit || is_next && (is_entry || !self.record.text.is_empty()) {
            self.end_record();
        }
        if (is_entry || is_long) && !is_hit {
            return;
        }
        self.record.is_log |= is_entry;
        if let Some(before) = before {
            self.before = before;
        }
        self.push(line, number, is_hit);
    }

    /// Whether a line of a log is the next header of the current record: the same text before the
    /// name as in the line above, and a name that the record does not have.
    fn continues(&self, line: &str, name: &Found, before: &str) -> bool {
        let value = line[name.at.end..].strip_prefix(": ");
        let is_header = value.is_some_and(|value| !value.trim().contains(' '));
        let is_same = self.since == 0 && !self.record.text.is_empty() && before == self.before;
        is_header && is_same && names::find(&self.record.text).all(|found| found.name != name.name)
    }

    fn push(&mut self, line: &str, number: usize, is_hit: bool) {
        self.since = if is_hit { 0 } else { self.since + 1 };
        if self.since <= KEPT {
            self.record.push(line, number);
        }
    }

    fn end_record(&mut self) {
        let record = std::mem::take(&mut self.record);
        if !record.text.is_empty() {
            self.records.push(record);
        }
        self.since = 0;
        self.before.clear();
    }
}

/// Removes the marks of quotations and of `curl -v`.
fn without_marks(line: &str) -> &str {
    let mut rest = line;
    while let Some(next) = rest.trim_start().strip_prefix(['>', '<']) {
        if !next.is_empty() && !next.starts_with(' ') {
            break;
        }
        rest = next.strip_prefix(' ').unwrap_or(next);
    }
    rest
}

/// The length of the longest start line.
const START: usize = 16 * 1024;

/// Whether a line may be a start line. The expression for them is slow.
fn may_start(line: &str) -> bool {
    let start = super::bounded(line.trim_start(), 16);
    let is_method = start.starts_with(|c: char| c.is_ascii_uppercase()) && start.contains(' ');
    let may_start = is_method || start.contains("curl");
    line.len() < START && (may_start || line.contains("HTTP/") || line.contains("--"))
}

/// Returns a request or status line: `GET /path HTTP/1.1`, `HTTP/2 200`, the `GET https://…` of a
/// `.http` file, OkHttp's arrows, the URL of a command of curl.
///
/// A packet dump may have other bytes before it.
fn start_line(line: &str) -> Option<String> {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?x)
            (\b[A-Z]{3,10}\ (?u:\S)+\ HTTP/[0-9](?:\.[0-9])?)(?:["']|\\r\\n)?$
            | ^\s*(HTTP/[0-9](?:\.[0-9])?\ +[0-9]{3}(?:\ (?u:.)*)?)$
            | ^\s*((?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\ +(?:https?://|/)(?u:\S)*)$
            | --+>\ ([A-Z]{3,10}\ (?u:\S)*/(?u:\S)*)
            | <--+\ (?:HTTP/[0-9.]+\ )?(?P<status>[1-5][0-9]{2})\b
            | ^\s*(?:[\#$]\ )?curl\ (?u:.)*?(?P<url>https?://(?u:[^\s"'^])+|$)
            "#,
        )
    });
    if !may_start(line) {
        return None;
    }
    let found = LINE.captures(line.trim_end())?;
    let text = found.iter().skip(1).flatten().next()?.as_str();
    let start_line = match (found.name("status"), found.name("url")) {
        (Some(_), _) => format!("HTTP {text}"),
        (_, Some(_)) => format!("curl {text}"),
        _ => text.to_owned(),
    };
    Some(start_line.trim_end().to_owned())
}

/// Whether a line begins a log record: a time within its first characters, a level, an address, or
/// a number of seconds.
pub(super) fn begins_entry(line: &str) -> bool {
    static START: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?xi)^[\[(]?(?:
            (?:trace|debug|info|information|warn|warning|error|fatal|critical|trce|dbug|fail|crit|erro|err)\b[\]:\s\[|]
            | (?:level|ts|time|t)=
            | [0-9]{1,3}(?:\.[0-9]{1,3}){3}\b
            | [0-9]{10}(?:\.[0-9]+|[0-9]{3})?\b
            )",
        )
    });
    static TIME: LazyLock<Regex> = LazyLock::new(|| regex(r"[0-9]{2}:[0-9]{2}(?u:[^0-9]|$)"));
    static HEADER: LazyLock<Regex> = LazyLock::new(|| regex(r"^[A-Za-z][\w-]*\s*[:=]\s"));
    let start = super::bounded(line.trim_start(), 60);
    START.is_match(start) || TIME.is_match(start) && !HEADER.is_match(start)
}

/// Replaces the digits of a text.
fn masked(text: &str) -> String {
    let mask = |c: char| if c.is_ascii_digit() { '0' } else { c };
    text.chars().map(mask).collect()
}

/// Returns the words of the text before a name, without those of commands.
fn words(before: &str) -> String {
    static HEADER: LazyLock<Regex> =
        LazyLock::new(|| regex(r#"^\s*(?:[A-Za-z][\w-]*:\s|["']?(?:value|content)\b)"#));
    const COMMANDS: [&str; 9] = [
        "", "export", "declare", "x", "set", "e", "H", "env", "header",
    ];
    // The value of another header, or of a name above, contains the name.
    if HEADER.is_match(before) {
        return String::new();
    }
    let words = before.split(|c: char| !c.is_alphanumeric());
    let words: Vec<_> = words.filter(|word| !COMMANDS.contains(word)).collect();
    words.join(" ")
}

/// The head of a table that has a column of ids.
#[derive(Debug)]
struct Table {
    separator: char,
    /// The name of each column, if it is known.
    columns: Vec<Option<String>>,
}

/// The lengths of the longest head and row of a table.
const HEAD: usize = 4096;
const ROW: usize = 64 * 1024;

impl Table {
    /// Reads a line whose known names are the heads of columns, without values.
    fn of_head(line: &str) -> Option<Self> {
        let line = super::bounded(line, HEAD);
        let mut names = names::find(line);
        if names.any(|found| find::has_value(line, &found)) {
            return None;
        }
        let count = names::find(line).count();
        // The log of IIS.
        let fields = line.strip_prefix("#Fields:");
        let separators = if fields.is_some() { " " } else { "|\t,;" };
        separators.chars().find_map(|separator| {
            let cells = cells(fields.unwrap_or(line), separator).into_iter();
            let columns = cells.map(|cell| {
                let name = cell.trim_start_matches("cs(").trim_end_matches(')');
                names::is_name(name).then(|| name.to_owned())
            });
            let columns: Vec<_> = columns.collect();
            let known = columns.iter().flatten().count();
            let is_head = columns.len() > 1 && known > 0 && known == count;
            is_head.then_some(Table { separator, columns })
        })
    }

    /// Reads a row, which has as many cells as the head.
    fn row(&self, line: &str, number: usize) -> Option<Record> {
        let cells = cells(super::bounded(line, ROW), self.separator);
        if cells.len() != self.columns.len() {
            return None;
        }
        let mut row = Record::item(None);
        for (name, cell) in self.columns.iter().zip(cells) {
            let line = name.iter().map(|name| format!("{name}: {cell}"));
            line.for_each(|line| row.push(&line, number));
        }
        Some(row)
    }
}

/// Splits a line of a table, which may have a frame, into its cells. A separator in quotes is part of
/// a cell.
fn cells(line: &str, separator: char) -> Vec<&str> {
    let line = line.trim();
    let start = line.strip_prefix('|');
    let framed = start.and_then(|line| line.strip_suffix('|'));
    let mut is_quoted = false;
    let cells = framed.unwrap_or(line).split(|c| {
        is_quoted ^= c == '"';
        c == separator && !is_quoted
    });
    let marks = [' ', '\t', '`', '"'];
    cells.map(|cell| cell.trim_matches(marks)).collect()
}
