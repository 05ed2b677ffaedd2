//! The report for people, for a terminal of 80 columns. Text from outside is escaped.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::traces::{place, Row, Traces};
use super::{Options, Output, Status};
use crate::headers::{Message, Summary};
use crate::report::{Format, Report};

const TITLE: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();

/// The columns of a terminal.
const WIDTH: usize = 80;

/// How many messages are reported, and how many traces are listed, without `--all`.
const SHOWN: usize = 20;

/// How many lines of a report precede the formats.
const TOP: usize = 10;

/// Writes the report on one message; or a table of the traces, and the reports on the messages below
/// it.
#[derive(Debug)]
pub struct Text<W> {
    out: W,
    options: Options,
    traces: Traces,
    /// The messages that are reported at the end, and their lines.
    held: Vec<(String, Message)>,
    /// The number of traces that were written while the input paused.
    written: usize,
    is_search: bool,
}

impl<W: Write> Text<W> {
    /// Returns a report that is written to `out`.
    pub fn new(out: W, options: Options) -> Self {
        Text {
            out,
            options,
            traces: Traces::default(),
            held: Vec::new(),
            written: 0,
            is_search: false,
        }
    }

    fn print(&mut self, lines: &[String]) -> io::Result<()> {
        let mut lines = lines.iter();
        lines.try_for_each(|line| writeln!(self.out, "{line}"))
    }
}

impl<W: Write> Output for Text<W> {
    fn message(&mut self, source: Option<&str>, message: Message) -> io::Result<()> {
        let reports = self.options.reports(&message);
        let place = place(source, message.line);
        self.traces
            .add(&place, &message, &reports, &self.options.viewer);
        if let Some(excerpt) = &message.excerpt {
            self.is_search = true;
            return writeln!(self.out, "{FAINT}{place}:{FAINT:#} {}", escaped(excerpt));
        }
        if self.options.all || self.held.len() < SHOWN {
            self.held.push((place, message));
        }
        Ok(())
    }

    /// Writes the new traces of a log. Requests and responses are reported at the end.
    fn pause(&mut self) -> io::Result<()> {
        if !self.is_search && self.held.iter().all(|(_, message)| message.is_log) {
            let line = |row: &Row| {
                let formats = row.formats.join(",");
                let text = format!("line {}: {}  {formats}", row.first, row.trace_id);
                fitted(&text, WIDTH)
            };
            let new: Vec<_> = self.traces.rows[self.written..].iter().map(line).collect();
            self.print(&new)?;
            self.written = self.traces.rows.len();
        }
        self.out.flush()
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<Status> {
        let count = self.traces.messages;
        let is_several = count > 1 || self.written > 0;
        let is_reported = self.options.all || count <= SHOWN;
        if is_several && !self.is_search {
            self.print(&table(&self.traces, summary, self.options.all))?;
        }
        for (i, (place, message)) in std::mem::take(&mut self.held).iter().enumerate() {
            if is_several && is_reported {
                let title = format!("== {} of {count}, line {place} ", i + 1);
                let title = fitted(&title, WIDTH);
                self.print(&[format!("\n{TITLE}{title:=<60}{TITLE:#}")])?;
            }
            if is_reported {
                let reports = self.options.reports(message);
                self.print(&report(message, &reports, &self.options))?;
            }
        }
        self.print(&rest(count, summary))?;
        self.out.flush()?;
        Ok(self.traces.status)
    }
}

/// Returns the table of the traces: how often, where, by what they are stated or mentioned.
fn table(traces: &Traces, summary: &Summary, is_all: bool) -> Vec<String> {
    let (rows, messages) = (&traces.rows, traces.messages);
    let shown = if is_all { usize::MAX } else { SHOWN };
    let found = plural(rows.len(), "trace");
    let place = format!(
        "in {} of {}",
        plural(messages, "message"),
        plural(summary.lines, "line")
    );
    let mut lines = vec![format!("{TITLE}{found} {place}{TITLE:#}")];
    if !rows.is_empty() {
        let head = format!("{:32}  {:>6}  {:15}  in", "trace", "count", "lines");
        lines.push(format!("{FAINT}{head}{FAINT:#}"));
    }
    for row in rows.iter().take(shown) {
        let place = match row.first == row.last {
            true => escaped(&row.first),
            false => escaped(&format!("{}-{}", row.first, row.last)),
        };
        let formats = fitted(&row.formats.join(","), 40);
        let (id, count) = (row.trace_id, row.count);
        lines.push(format!("{id}  {count:>6}  {place:15}  {formats}"));
        let link = row.link.iter();
        lines.extend(link.map(|link| format!("{FAINT}  {}{FAINT:#}", escaped(link))));
    }
    let more = rows.len().saturating_sub(shown);
    if more > 0 {
        let text = format!("… and {more} more traces; --all shows them");
        lines.push(format!("{FAINT}{text}{FAINT:#}"));
    }
    if traces.left_out > 0 {
        let text = format!("{} messages have further traces", traces.left_out);
        lines.push(format!("{WARN}{text}{WARN:#}"));
    }
    if messages > shown {
        let text = format!("--all reports on each of the {messages} messages");
        lines.push(format!("{FAINT}{text}{FAINT:#}"));
    }
    lines
}

/// Returns the reports on one message, one for each list: first what is asked most often, within ten
/// lines, then the formats.
fn report(message: &Message, reports: &[Report], options: &Options) -> Vec<String> {
    let start_line = message.start_line.iter();
    let mut lines: Vec<_> = start_line
        .map(|line| format!("{FAINT}{}{FAINT:#}", fitted(line, WIDTH)))
        .collect();
    let (first, others) = reports.split_first().expect("at least one list");
    if others.iter().all(|report| report.trace == first.trace) {
        lines.extend(trace(first, options));
    } else {
        let text = "The trace depends on the list of propagators:";
        lines.push(format!("{WARN}{text}{WARN:#}"));
        for report in reports {
            let list = report.propagators.join(",");
            lines.push(format!("\n{FAINT}with {list}{FAINT:#}"));
            lines.extend(trace(report, options));
        }
    }
    let mut below = Vec::new();
    for note in notes(message, reports) {
        let is_above = below.is_empty() && lines.len() + note.len() <= TOP;
        let place = if is_above { &mut lines } else { &mut below };
        place.extend(note);
    }
    lines.extend(formats(reports));
    if !below.is_empty() {
        lines.push(String::new());
    }
    lines.extend(below);
    for report in reports.iter().filter(|_| options.sent) {
        let mut title = format!("\n{TITLE}Outgoing headers{TITLE:#}");
        if reports.len() > 1 {
            title += &format!(" with {}", report.propagators.join(","));
        }
        if report.outgoing.is_empty() {
            title += ": none";
        }
        lines.push(title);
        // One word for a POSIX shell.
        let word = |text: String| format!("  -H '{}'", text.replace('\'', r"'\''"));
        let headers = report.outgoing.iter();
        lines.extend(headers.map(|(name, value)| word(format!("{name}: {value}"))));
    }
    lines
}

fn trace(report: &Report, options: &Options) -> Vec<String> {
    let Some(trace) = &report.trace else {
        let text = "No trace: a new one would start here.";
        return vec![format!("{BAD}{text}{BAD:#}")];
    };
    let from = |from: &Option<String>, default: &str| match from {
        Some(from) => format!("from {from}"),
        None if trace.is_continued => default.to_owned(),
        None => String::new(),
    };
    let title = match (trace.is_continued, trace.is_in_header) {
        (true, _) => format!("{TITLE}The trace{TITLE:#}, from {}", trace.from),
        (false, true) => {
            format!("{TITLE}A trace id{TITLE:#} in a header that no propagator of the list reads")
        }
        (false, false) => format!("{TITLE}A trace id{TITLE:#}, mentioned in a log; no header"),
    };
    let origin = format!("from {}", fitted(&trace.from, 30));
    let mut lines = vec![title, row("trace id", &trace.trace_id.to_string(), &origin)];
    if let Some(span_id) = trace.span_id {
        let origin = from(&trace.span_id_from, "derived from the trace id");
        lines.push(row("parent span", &span_id.to_string(), &origin));
    }
    if let Some(sampled) = trace.sampled {
        let origin = from(&trace.sampled_from, "default; no header states it");
        lines.push(row("sampled", if sampled { "yes" } else { "no" }, &origin));
    }
    if !trace.trace_state.is_empty() {
        lines.push(row(
            "tracestate",
            &fitted(&trace.trace_state, WIDTH - 15),
            "",
        ));
    }
    let link = options.viewer.link(trace);
    lines.extend(link.map(|link| row("viewer", &escaped(&link), "")));
    lines
}

fn row(name: &str, value: &str, note: &str) -> String {
    match note {
        "" => format!("  {name:13}{value}"),
        note => format!("  {name:13}{value:32}  {FAINT}{note}{FAINT:#}"),
    }
}

/// Returns each note and warning once, with the lists it applies to unless these are all. Each has
/// one or more lines.
fn notes(message: &Message, reports: &[Report]) -> Vec<Vec<String>> {
    let notes = message.notes.iter();
    let mut lines: Vec<_> = notes
        .map(|note| wrapped(WARN, &format!("note: {note}")))
        .collect();
    let mut done: Vec<&String> = Vec::new();
    for warning in reports.iter().flat_map(|report| &report.warnings) {
        if done.contains(&warning) {
            continue;
        }
        done.push(warning);
        let lists = reports
            .iter()
            .filter(|report| report.warnings.contains(warning))
            .map(|report| report.propagators.join(","));
        let lists: Vec<_> = lists.collect();
        let with = match lists.len() == reports.len() {
            true => String::new(),
            false => format!(" with {}", lists.join(" and with ")),
        };
        lines.push(wrapped(WARN, &format!("warning{with}: {warning}")));
    }
    lines
}

/// Returns the contents of the headers, each format once, and the names of the formats without any.
fn formats(reports: &[Report]) -> Vec<String> {
    let (mut lines, mut found, mut absent) = (Vec::new(), Vec::new(), Vec::new());
    for format in reports.iter().flat_map(|report| &report.formats) {
        if !found.contains(&&*format.name) {
            found.push(&*format.name);
            lines.extend(self::format(format));
        }
    }
    for name in reports.iter().flat_map(|report| &report.propagators) {
        if !found.contains(&&**name) && !absent.contains(&&**name) {
            absent.push(&**name);
        }
    }
    if !absent.is_empty() && !found.is_empty() {
        lines.push(String::new());
        lines.extend(wrapped(FAINT, &format!("absent: {}", absent.join(", "))));
    }
    lines
}

fn format(format: &Format) -> Vec<String> {
    let (style, state) = match format.refused {
        Some(_) => (BAD, "refused"),
        None => (GOOD, "found"),
    };
    let name = &format.name;
    let mut lines = vec![format!("\n{TITLE}{name}{TITLE:#} {style}{state}{style:#}")];
    let reason = format.refused.iter();
    lines.extend(reason.map(|reason| format!("{BAD}  {}{BAD:#}", escaped(reason))));
    let items = format.items.iter();
    let names: Vec<_> = items.map(|item| fitted(&item.name, 30)).collect();
    let len = |text: &String| text.chars().count();
    let width = names.iter().map(len).max().unwrap_or(0);
    let room = WIDTH - width - 4;
    for (item, name) in format.items.iter().zip(names) {
        let (value, note) = (fitted(&item.value, room), fitted(&item.note, room));
        let between = match len(&value) + 2 + len(&note) <= room {
            true => "  ".to_owned(),
            false => format!("\n  {:width$}  ", ""),
        };
        let note = match &*note {
            "" => note,
            _ => format!("{between}{FAINT}{note}{FAINT:#}"),
        };
        lines.push(format!("  {name:width$}  {value}{note}"));
    }
    if let Some(stated) = &format.stated {
        let span = stated.span_id.map(|id| format!(" span {id}"));
        let sampled = match stated.sampled {
            Some(true) => " sampled",
            Some(false) => " not sampled",
            None => "",
        };
        let (id, span) = (stated.trace_id, span.unwrap_or_default());
        lines.push(format!("  = trace {id}{span}{sampled}"));
    }
    lines
}

/// Returns what is not part of a message.
fn rest(count: usize, summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    if count == 0 {
        let place = plural(summary.lines, "line");
        lines.push(format!("{BAD}No header and no trace id in {place}.{BAD:#}"));
    }
    let mut warnings = Vec::new();
    for unknown in &summary.unknown {
        let (line, name, nearest) = (unknown.line, escaped(&unknown.name), unknown.nearest);
        warnings.push(format!(
            "line {line}: {name} is not a known header; did you mean {nearest}?"
        ));
    }
    if summary.skipped > 0 {
        let skipped = summary.skipped;
        warnings.push(format!(
            "{skipped} bytes of long lines were skipped; --limit sets how much is read"
        ));
    }
    if let Some(error) = &summary.error {
        let error = escaped(error);
        warnings.push(format!("the input was not read to its end: {error}"));
    }
    lines.extend(warnings.iter().map(|text| format!("{WARN}{text}{WARN:#}")));
    lines
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// Escapes a sentence and breaks it into lines, the later ones indented.
fn wrapped(style: Style, text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in escaped(text).split(' ') {
        let line = lines.last_mut().expect("one line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(format!("  {word}"));
        } else {
            line.push(' ');
            line.push_str(word);
        }
    }
    let lines = lines.into_iter();
    lines
        .map(|line| format!("{style}{line}{style:#}"))
        .collect()
}

/// Escapes control characters and the marks that change the direction of text.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\'' | '\\' => c.to_string(),
        _ => c.escape_debug().to_string(),
    };
    text.chars().map(escape).collect()
}

/// Escapes a text and cuts it to a number of columns.
fn fitted(text: &str, columns: usize) -> String {
    // An escaped text is never shorter, so that the rest need not be escaped.
    let start: String = text.chars().take(columns + 1).collect();
    let escaped = escaped(&start);
    if escaped.chars().count() <= columns {
        return escaped;
    }
    let cut: String = escaped.chars().take(columns.saturating_sub(1)).collect();
    format!("{cut}…")
}
