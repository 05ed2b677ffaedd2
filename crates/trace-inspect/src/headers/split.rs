//! Lines to records: what belongs to one request, response or log record.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

use super::names::{self, Found};
use super::normal::normalize;
use super::pattern::regex;
use super::record::Record;
use super::value::line_before;
use super::{find, json, Hits};

/// How many lines without a name or an id are kept after one that has them.
const KEPT: usize = 8;

/// The length of a record that ends at the next name or id. No request has as many headers.
const LONG: usize = 1 << 20;

/// Splits lines into records.
///
/// Only records with a known name or an id are kept.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    pub(super) hits: Hits,
    /// The complete records.
    pub(super) records: Vec<Record>,
    /// The bytes of a record that are held.
    pub(super) limit: usize,
    record: Record,
    /// The number of lines since the last hit.
    since: usize,
    /// The words before the first name of the last hit.
    words: String,
    table: Option<Table>,
    /// JSON that is not complete.
    json: Option<json::Pending>,
    /// The bytes that did not fit.
    pub(super) skipped: usize,
}

impl Splitter {
    pub(super) fn new(limit: usize) -> Self {
        Splitter {
            limit,
            ..Splitter::default()
        }
    }

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
        match &mut self.json {
            None => self.text_line(line, number),
            Some(pending) => {
                if pending.push(line) {
                    self.end_json();
                }
            }
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
        match json::values(&pending.text) {
            Some(values) => {
                // A start line above belongs to the record of a body that is text.
                if !self.record.text.is_empty() {
                    self.end_record();
                }
                for value in &values {
                    json::walk(value, pending.first, &self.hits, &mut self.records);
                }
            }
            None => {
                for (line, number) in pending.text.lines().zip(pending.first..) {
                    self.text_line(line, number);
                }
            }
        }
    }

    fn text_line(&mut self, line: &str, number: usize) {
        let is_hit = self.hits.has(line);
        let is_quiet = self.record.text.is_empty() && self.table.is_none() && !is_hit;
        if is_quiet && self.record.start_line.is_none() && !may_start(line) {
            return;
        }
        if !is_hit {
            return self.plain_line(line, number, false);
        }
        let normal = normalize(line);
        // The end of a line may be written as well.
        for part in normal.strip_suffix('\n').unwrap_or(&normal).split('\n') {
            let part = part.trim_end_matches('\r');
            self.plain_line(part, number, self.hits.has(part));
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
        if let Some(start_line) = start_line(line) {
            self.end_record();
            self.record.start_line = Some(start_line);
            self.record.is_log = is_hit && begins_entry(line);
            if is_hit {
                self.push(line, number, true);
            }
            return;
        }
        let table = self.table.as_ref();
        if let Some(row) = table.and_then(|table| table.row(line, number)) {
            self.end_record();
            return self.records.push(row);
        }
        if let Some(table) = is_hit.then(|| Table::of_head(line)).flatten() {
            self.end_record();
            self.table = Some(table);
            return;
        }
        if is_hit || !self.record.text.is_empty() {
            self.text(line, number, is_hit);
        }
    }

    /// Adds a line to the current record, or to the next one.
    fn text(&mut self, line: &str, number: usize, is_hit: bool) {
        let name = is_hit.then(|| names::find(line).next()).flatten();
        let words = name
            .map(|name| words(&line[..name.start]))
            .unwrap_or_default();
        let is_entry = begins_entry(line);
        let is_next = match is_entry {
            true => !name.is_some_and(|name| self.continues(line, &name)),
            false => !words.is_empty() && words != self.words,
        };
        let is_long = is_hit && self.record.text.len() >= self.limit.min(LONG);
        if is_long || is_next && (is_entry || !self.record.text.is_empty()) {
            self.end_record();
        }
        if is_entry && !is_hit {
            return;
        }
        self.record.is_log |= is_entry;
        if name.is_some() {
            self.words = words;
        }
        self.push(line, number, is_hit);
    }

    /// Whether a line of a log is the next header of the current record: the same prefix, and a
    /// name that the record does not have.
    fn continues(&self, line: &str, name: &Found) -> bool {
        let rest = &line[name.end..];
        let is_header = rest.starts_with(": ") && !rest[2..].trim().contains(' ');
        let same = self.record.lines.last().is_some_and(|(start, _)| {
            let last = &self.record.text[*start..];
            let found = names::find(last).next();
            found.is_some_and(|found| masked(&last[..found.start]) == masked(&line[..name.start]))
        });
        is_header && same && names::find(&self.record.text).all(|found| found.name != name.name)
    }

    fn push(&mut self, line: &str, number: usize, is_hit: bool) {
        self.since = if is_hit { 0 } else { self.since + 1 };
        if self.since > KEPT {
            return;
        }
        let room = self.limit.saturating_sub(self.record.text.len());
        let kept = super::bounded(line, room);
        self.skipped += line.len() - kept.len();
        // Of a line without room, not even its number is held.
        if room > 0 {
            self.record.push(kept, number);
        }
    }

    fn end_record(&mut self) {
        let record = std::mem::take(&mut self.record);
        if !record.text.is_empty() {
            self.records.push(record);
        }
        self.since = 0;
        self.words.clear();
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
    static PARTS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        AhoCorasick::new(["HTTP/", "-> ", "<-", "://", "curl "]).expect("a few short patterns")
    });
    let is_method = line.starts_with(|c: char| c.is_ascii_uppercase()) && line.contains(" /");
    line.len() < START && (is_method || PARTS.is_match(line))
}

/// Returns a request or status line: `GET /path HTTP/1.1`, `HTTP/2 200`, the `GET https://…` of a
/// `.http` file, OkHttp's arrows, the URL of a command of curl.
///
/// A packet dump may have other bytes before it.
fn start_line(line: &str) -> Option<String> {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?x)
            (?P<request>\b[A-Z]{3,10}\ (?u:\S)+\ HTTP/[0-9](?:\.[0-9])?)(?:["']|\\r\\n)?$
            | ^\s*(?P<status>HTTP/[0-9](?:\.[0-9])?\ +[0-9]{3}(?:\ (?u:.)*)?)$
            | ^\s*(?P<url>(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\ +(?:https?://|/)(?u:\S)*)$
            | --+>\ (?P<sent>[A-Z]{3,10}\ (?u:\S)*/(?u:\S)*)
            | <--+\ (?:HTTP/[0-9.]+\ )?(?P<received>[1-5][0-9]{2})\b
            | ^\s*(?:[\#$]\ )?(?P<curl>curl)\ (?u:.)*?(?P<target>https?://(?u:[^\s"'^])+|$)
            "#,
        )
    });
    if !may_start(line) {
        return None;
    }
    let found = LINE.captures(line.trim_end())?;
    let group = |name| found.name(name).map(|group| group.as_str());
    if let Some(status) = group("received") {
        return Some(format!("HTTP {status}"));
    }
    if let Some(url) = group("target") {
        return Some(format!("curl {url}").trim_end().to_owned());
    }
    let groups = ["request", "status", "url", "sent"];
    groups.into_iter().find_map(group).map(str::to_owned)
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
    if start.starts_with(['"', '\'', '{', '}', '<', '|', '-', '=']) {
        return false;
    }
    START.is_match(start) || TIME.is_match(start) && !HEADER.is_match(start)
}

/// Replaces the digits of a text.
fn masked(text: &str) -> String {
    let mask = |c: char| if c.is_ascii_digit() { '0' } else { c };
    text.chars().map(mask).collect()
}

/// Returns the words before a name, without digits and without those of commands.
fn words(before: &str) -> String {
    static HEADER: LazyLock<Regex> =
        LazyLock::new(|| regex(r#"^\s*(?:[A-Za-z][\w-]*:\s|["']?(?:value|content)\b)"#));
    const COMMANDS: [&str; 9] = [
        "", "export", "declare", "x", "set", "e", "H", "env", "header",
    ];
    let before = line_before(before, before.len());
    // The value of another header, or of a name above, contains the name.
    if HEADER.is_match(before) {
        return String::new();
    }
    let words = before.split(|c: char| !c.is_alphanumeric());
    let words: Vec<_> = words.filter(|word| !COMMANDS.contains(word)).collect();
    masked(&words.join(" "))
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
    /// Reads a line whose known names are the heads of columns.
    fn of_head(line: &str) -> Option<Self> {
        let line = super::bounded(line, HEAD);
        let names = names::find(line);
        let has_value = |found: &Found| {
            let after = line[found.end..].trim_start();
            after.starts_with([':', '=', '>']) || find::has_value(line, found)
        };
        let count = names
            .map(|found| !has_value(&found))
            .try_fold(0, |n, is_head| is_head.then_some(n + 1));
        let count = count.filter(|count| *count > 0)?;
        // The log of IIS.
        let fields = line.strip_prefix("#Fields:");
        let separators = if fields.is_some() { " " } else { "|\t,;" };
        separators.chars().find_map(|separator| {
            let cells = cells(fields.unwrap_or(line), separator).into_iter();
            let columns = cells.map(|cell| {
                let name = cell
                    .strip_prefix("cs(")
                    .unwrap_or(&cell)
                    .trim_end_matches(')');
                names::is_name(name).then(|| name.to_owned())
            });
            let columns: Vec<_> = columns.collect();
            let is_head = columns.len() > 1 && columns.iter().flatten().count() == count;
            is_head.then_some(Table { separator, columns })
        })
    }

    /// Reads a row, which has as many cells as the head.
    fn row(&self, line: &str, number: usize) -> Option<Record> {
        if line.len() > ROW {
            return None;
        }
        let cells = cells(line, self.separator);
        if cells.len() != self.columns.len() {
            return None;
        }
        let mut row = Record {
            is_list: true,
            is_log: true,
            ..Record::default()
        };
        for (name, cell) in self.columns.iter().zip(cells) {
            if let Some(name) = name {
                row.push(&format!("{name}: {cell}"), number);
            }
        }
        Some(row)
    }
}

/// Splits a line of a table, which may have a frame, into its cells. A separator in quotes is part of
/// a cell.
fn cells(line: &str, separator: char) -> Vec<String> {
    let line = line.trim();
    let framed = line
        .strip_prefix('|')
        .and_then(|line| line.strip_suffix('|'));
    let mut is_quoted = false;
    let cells = framed.unwrap_or(line).split(|c| {
        is_quoted ^= c == '"';
        c == separator && !is_quoted
    });
    let marks = [' ', '\t', '`', '"'];
    cells
        .map(|cell| cell.trim_matches(marks).to_owned())
        .collect()
}
