//! Lines to records: what belongs to one request, response or log record.

use std::collections::VecDeque;
use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;

use super::names::{self, Found};
use super::normal::normalize;
use super::pattern::regex;
use super::record::{Record, Sink};
use super::value::line_before;
use super::{find, hexdump, json, Hits};

/// How many lines without a name or an id are kept after one that has them. Longer values are of
/// one word a line.
const KEPT: usize = 8;

/// The length of a record that ends at the next name or id. No request has as many headers.
const LONG: usize = 1 << 20;

/// Splits lines into records.
///
/// Only records with a known name or an id are passed on.
#[derive(Debug)]
pub(super) struct Splitter {
    pub(super) hits: Hits,
    /// The bytes of a record that are held.
    limit: usize,
    record: Record,
    /// The number of lines since the last hit.
    since: usize,
    /// The words before the first name of the last hit.
    words: String,
    table: Option<Table>,
    /// JSON that is not complete.
    json: Option<json::Pending>,
    /// The bytes of a dump, and the number of its first line.
    dump: Option<(Vec<u8>, usize)>,
    /// Whether the lines have the offsets of `curl --trace-ascii`.
    has_offsets: bool,
    /// The bytes that did not fit.
    pub(super) skipped: usize,
}

impl Splitter {
    pub(super) fn new(limit: usize) -> Self {
        Splitter {
            hits: Hits::default(),
            limit,
            record: Record::default(),
            since: 0,
            words: String::new(),
            table: None,
            json: None,
            dump: None,
            has_offsets: false,
            skipped: 0,
        }
    }

    /// Reads a line without its end.
    pub(super) fn line(&mut self, line: &str, number: usize, out: Sink<'_>) {
        if let Some(pending) = &mut self.json {
            let is_entry =
                !line.starts_with([' ', '\t', '"', '{', '}', '[', ']']) && begins_entry(line);
            if !is_entry && pending.len() + line.len() < self.limit {
                if pending.push(line) {
                    self.end_json(out);
                }
                return;
            }
            self.end_json(out);
        }
        if let Some(bytes) = hexdump::decode(line) {
            let (dump, _) = self.dump.get_or_insert_with(|| (Vec::new(), number));
            dump.extend(bytes);
            return;
        }
        self.end_dump(out);
        if let Some(pending) = json::Pending::begin(line, number) {
            self.json = Some(pending);
            if self.json.as_ref().is_some_and(json::Pending::is_complete) {
                self.end_json(out);
            }
            return;
        }
        self.text_line(line, number, out);
    }

    /// Ends the current record, as at the end of the input.
    pub(super) fn end(&mut self, out: Sink<'_>) {
        self.end_json(out);
        self.end_dump(out);
        self.end_record(out);
        self.table = None;
    }

    /// Ends the current record if it is one of a log, for which nothing can follow.
    pub(super) fn end_log(&mut self, out: Sink<'_>) {
        if self.record.is_log && self.json.is_none() {
            self.end_record(out);
        }
    }

    /// Reads the JSON that was collected, or else its lines as text.
    fn end_json(&mut self, out: Sink<'_>) {
        let Some(pending) = self.json.take() else {
            return;
        };
        match pending.parse() {
            Some(values) => {
                if !self.record.text.is_empty() {
                    self.end_record(out);
                }
                let number = pending.first();
                values
                    .iter()
                    .for_each(|value| json::walk(value, number, &self.hits, out));
            }
            None => pending
                .lines()
                .for_each(|(line, number)| self.text_line(line, number, out)),
        }
    }

    /// Reads the text of a dump.
    fn end_dump(&mut self, out: Sink<'_>) {
        if let Some((bytes, number)) = self.dump.take() {
            let text = String::from_utf8_lossy(&bytes);
            text.lines()
                .for_each(|line| self.text_line(line, number, out));
            self.end_record(out);
        }
    }

    fn text_line(&mut self, line: &str, number: usize, out: Sink<'_>) {
        // Wireshark shows the end of a line.
        let line = line.strip_suffix(r"\r\n").unwrap_or(line);
        let is_hit = self.hits.has(line);
        let is_quiet = self.record.text.is_empty() && self.table.is_none() && !is_hit;
        if is_quiet && self.record.start_line.is_none() && !self.has_offsets && !may_start(line) {
            return;
        }
        if !is_hit {
            return self.plain_line(line, number, false, out);
        }
        let normal = normalize(line);
        let mut lines = normal.split('\n').peekable();
        // The end of a line may be written as well.
        while let Some(part) = lines.next() {
            if lines.peek().is_some() || !part.is_empty() || !normal.contains('\n') {
                self.plain_line(
                    part.trim_end_matches('\r'),
                    number,
                    self.hits.has(part),
                    out,
                );
            }
        }
    }

    fn plain_line(&mut self, line: &str, number: usize, is_hit: bool, out: Sink<'_>) {
        let line = self.without_marks(line);
        if line.trim().is_empty() {
            self.table = None;
            return self.end_record(out);
        }
        if line.starts_with("###") || line.starts_with("* [HTTP/") {
            return self.end_record(out);
        }
        if let Some(start_line) = start_line(line) {
            self.end_record(out);
            self.record.start_line = Some(start_line);
            self.record.is_log = is_hit && begins_entry(line);
            if is_hit {
                self.push(line, number, true);
            }
            return;
        }
        if self.row(line, number, out) {
            return;
        }
        if is_hit {
            if let Some(table) = Table::of_head(line) {
                self.end_record(out);
                self.table = Some(table);
                return;
            }
        }
        if is_hit || !self.record.text.is_empty() {
            self.text(line, number, is_hit, out);
        }
    }

    /// Adds a line to the current record, or to the next one.
    fn text(&mut self, line: &str, number: usize, is_hit: bool, out: Sink<'_>) {
        let name = is_hit.then(|| names::find(line).next()).flatten();
        let words = name.map(|name| words(&line[..name.start]));
        if begins_entry(line) {
            let is_same = name.is_some_and(|name| self.continues(line, &name));
            if !is_same {
                self.end_record(out);
            }
            if !is_hit {
                return;
            }
            self.record.is_log = true;
        } else if words
            .as_ref()
            .is_some_and(|words| !words.is_empty() && *words != self.words)
            && !self.record.text.is_empty()
        {
            self.end_record(out);
        }
        if let Some(words) = words {
            self.words = words;
        }
        if is_hit && self.record.text.len() >= self.limit.min(LONG) {
            self.end_record(out);
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
        let is_word = !line.trim().contains(' ') && line.len() > 16;
        if self.since > KEPT && !is_word {
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

    fn end_record(&mut self, out: Sink<'_>) {
        if !self.record.text.is_empty() {
            out(&self.hits, &self.record);
        }
        self.record.clear();
        self.since = 0;
        self.words.clear();
    }

    /// Reads a row of the current table.
    fn row(&mut self, line: &str, number: usize, out: Sink<'_>) -> bool {
        let Some(row) = self
            .table
            .as_ref()
            .and_then(|table| table.row(line, number))
        else {
            return false;
        };
        self.end_record(out);
        if !row.text.is_empty() {
            out(&self.hits, &row);
        }
        true
    }

    /// Removes the marks of quotations, of `curl -v` and of `curl --trace-ascii`.
    fn without_marks<'a>(&mut self, line: &'a str) -> &'a str {
        static OFFSET: LazyLock<Regex> = LazyLock::new(|| regex(r"^[0-9a-f]{4,8}: ?"));
        if line.starts_with("=> Send ") || line.starts_with("<= Recv ") {
            self.has_offsets = true;
            return "";
        }
        if self.has_offsets {
            match OFFSET.find(line) {
                Some(offset) => return &line[offset.end()..],
                None => self.has_offsets = false,
            }
        }
        let mut rest = line;
        while let Some(next) = rest.trim_start().strip_prefix(['>', '<']) {
            if !next.is_empty() && !next.starts_with(' ') {
                break;
            }
            rest = next.strip_prefix(' ').unwrap_or(next);
        }
        rest
    }
}

/// Whether a line may be a start line, or begin lines with offsets.
fn may_start(line: &str) -> bool {
    static HTTP: LazyLock<memmem::Finder<'_>> = LazyLock::new(|| memmem::Finder::new("HTTP/"));
    static DASHES: LazyLock<memmem::Finder<'_>> = LazyLock::new(|| memmem::Finder::new("--"));
    let start = super::bounded(line.trim_start(), 16);
    let is_capital =
        |start: &str| start.bytes().take(3).filter(u8::is_ascii_uppercase).count() == 3;
    is_capital(start)
        || start.contains("curl")
        || start.starts_with(['=', '<', '>'])
        || line.len() < START
            && (HTTP.find(line.as_bytes()).is_some() || DASHES.find(line.as_bytes()).is_some())
}

/// The length of the longest start line.
const START: usize = 16 * 1024;

/// Returns a request or status line: `GET /path HTTP/1.1`, `HTTP/2 200`, the `GET https://…` of a
/// `.http` file, OkHttp's arrows, a command of curl.
///
/// A packet dump may have other bytes before it.
fn start_line(line: &str) -> Option<String> {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?x)
            (?P<request>\b[A-Z]{3,10}\ (?u:\S)+\ HTTP/[0-9](?:\.[0-9])?)["']?$
            | ^\s*(?P<status>HTTP/[0-9](?:\.[0-9])?\ +[0-9]{3}(?:\ (?u:.)*)?)$
            | ^\s*(?P<url>(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\ +(?:https?://|/)(?u:\S)*)$
            | --+>\ (?P<sent>[A-Z]{3,10}\ (?u:\S)*/(?u:\S)*)
            | <--+\ (?:HTTP/[0-9.]+\ )?(?P<received>[1-5][0-9]{2})\b
            | ^\s*(?:[\#$]\ )?(?P<curl>curl\ (?u:.)*)$
            "#,
        )
    });
    if line.len() > START || !may_start(line) {
        return None;
    }
    let found = LINE.captures(line.trim_end())?;
    if let Some(status) = found.name("received") {
        return Some(format!("HTTP {}", status.as_str()));
    }
    if let Some(command) = found.name("curl") {
        return Some(curl(command.as_str()));
    }
    let groups = ["request", "status", "url", "sent"];
    let group = groups.iter().find_map(|group| found.name(group))?;
    Some(group.as_str().to_owned())
}

/// Returns the URL of a command of curl.
fn curl(command: &str) -> String {
    static URL: LazyLock<Regex> = LazyLock::new(|| regex(r#"https?://(?u:[^\s"'^])+"#));
    URL.find(command)
        .map_or("curl".to_owned(), |url| format!("curl {}", url.as_str()))
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
    static HEADER: LazyLock<Regex> = LazyLock::new(|| regex(r"^[A-Za-z][\w-]*\s*[:=]\s"));
    let start = super::bounded(line.trim_start(), 60);
    if start.starts_with(['"', '\'', '{', '}', '<', '|', '-', '=']) {
        return false;
    }
    START.is_match(start) || has_time(start.as_bytes()) && !HEADER.is_match(start)
}

/// Whether a text contains a time of hours and minutes.
fn has_time(text: &[u8]) -> bool {
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    memchr::memchr_iter(b':', text).any(|at| {
        at >= 2
            && is_digit(at - 1)
            && is_digit(at - 2)
            && is_digit(at + 1)
            && is_digit(at + 2)
            && !is_digit(at + 3)
    })
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
    let before = line_before(before, before.len());
    // The value of another header, or of a name above, contains the name.
    if HEADER.is_match(before) {
        return String::new();
    }
    let words = before.split(|c: char| !c.is_alphanumeric()).filter(|word| {
        !word.is_empty()
            && !matches!(
                *word,
                "export" | "declare" | "x" | "set" | "e" | "H" | "env" | "header" | "curl"
            )
    });
    masked(&words.collect::<Vec<_>>().join(" "))
}

/// The head of a table that has a column of ids.
#[derive(Debug)]
struct Table {
    separator: char,
    /// The name of each column that is known, by its index.
    columns: Vec<(usize, String)>,
    count: usize,
}

impl Table {
    /// Reads a line whose known names are the heads of columns.
    fn of_head(line: &str) -> Option<Self> {
        const MAX_LEN: usize = 4096;
        if line.len() > MAX_LEN {
            return None;
        }
        let fields = line.strip_prefix("#Fields:");
        let line = fields.unwrap_or(line);
        let names: Vec<_> = names::find(line).collect();
        let has_value = names.iter().any(|found| {
            let after = line[found.end..].trim_start();
            after.starts_with([':', '=', '>']) || find::has_value(line, found)
        });
        if names.is_empty() || has_value {
            return None;
        }
        let separators = if fields.is_some() { " " } else { "|\t,;" };
        separators.chars().find_map(|separator| {
            let cells = cells(line, separator);
            let mut columns = cells.iter().enumerate().filter_map(|(at, cell)| {
                let cell = cell
                    .strip_prefix("cs(")
                    .map_or(&**cell, |cell| cell.trim_end_matches(')'));
                let is_name = names::is_label(cell)
                    || names::header_of(cell).is_some_and(|name| name.len() == cell.len());
                is_name.then(|| (at, cell.to_owned()))
            });
            let columns: Vec<_> = columns.by_ref().collect();
            let count = cells.len();
            (count > 1 && columns.len() == names.len()).then_some(Table {
                separator,
                columns,
                count,
            })
        })
    }

    /// Reads a row, which has as many cells as the head.
    fn row(&self, line: &str, number: usize) -> Option<Record> {
        if line.len() > 64 * 1024 {
            return None;
        }
        let cells = cells(line, self.separator);
        if cells.len() != self.count {
            return None;
        }
        let mut row = Record {
            is_list: true,
            is_log: true,
            ..Record::default()
        };
        for (at, name) in &self.columns {
            let cell = &cells[*at];
            let is_empty = cell.trim_matches(['-', '+']).is_empty()
                || matches!(&**cell, "NULL" | "null" | r"\N");
            if !is_empty {
                row.push(&format!("{name}: {cell}"), number);
            }
        }
        Some(row)
    }
}

/// Splits a line of a table into its cells. A separator in quotes is part of a cell.
fn cells(line: &str, separator: char) -> VecDeque<String> {
    let mut cells = VecDeque::from([String::new()]);
    let mut is_quoted = false;
    for c in line.trim().chars() {
        if c == '"' {
            is_quoted = !is_quoted;
        } else if c == separator && !is_quoted {
            cells.push_back(String::new());
        } else if let Some(cell) = cells.back_mut() {
            cell.push(c);
        }
    }
    for cell in &mut cells {
        *cell = cell.trim().trim_matches('`').to_owned();
    }
    // A table may have a frame.
    if separator == '|' && cells.front().is_some_and(String::is_empty) && cells.len() > 2 {
        cells.pop_front();
        cells.pop_back();
    }
    cells
}
