//! The report for people, for a terminal of 80 columns. Text from outside is escaped.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::traces::Traces;
use super::{Options, Output, Status};
use crate::headers::{Message, Summary};
use crate::report::{Extraction, Report};

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
    /// The messages that are reported at the end, and their lines. Lines that were searched for are
    /// written at once.
    held: Vec<(String, Message, Vec<Report>)>,
    /// The number of traces that were written while the input paused.
    written: usize,
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
        }
    }
}

impl<W: Write> Output for Text<W> {
    fn message(&mut self, file: Option<&str>, message: Message) -> io::Result<()> {
        let (place, reports) = self.traces.add(file, &message, &self.options);
        if let Some(excerpt) = &message.excerpt {
            return writeln!(self.out, "{FAINT}{place}:{FAINT:#} {}", escaped(excerpt));
        }
        if self.options.all || self.held.len() < SHOWN {
            self.held.push((place, message, reports));
        }
        Ok(())
    }

    /// Writes the new traces of a log. Requests and responses are reported at the end.
    fn pause(&mut self) -> io::Result<()> {
        if !self.held.is_empty() && self.held.iter().all(|(_, message, _)| message.is_log) {
            for row in &self.traces.rows[self.written..] {
                let formats = row.formats.join(",");
                let text = format!("line {}: {}  {formats}", row.first, row.trace_id);
                writeln!(self.out, "{}", fitted(&text, WIDTH))?;
            }
            self.written = self.traces.rows.len();
        }
        self.out.flush()
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<Status> {
        let (out, count) = (&mut self.out, self.traces.messages);
        let is_several = count > 1 || self.written > 0;
        if is_several && !self.held.is_empty() {
            table(out, &self.traces, summary, self.options.all)?;
        }
        if self.options.all || count <= SHOWN {
            for (i, (place, message, reports)) in (1..).zip(&self.held) {
                if is_several {
                    let title = fitted(&format!("== {i} of {count}, line {place} "), WIDTH);
                    writeln!(out, "\n{TITLE}{title:=<60}{TITLE:#}")?;
                }
                report(out, message, reports, &self.options)?;
            }
        }
        rest(out, count, summary)?;
        out.flush()?;
        Ok(self.traces.status)
    }
}

/// Writes the table of the traces: how often, where, by what they are stated or mentioned.
fn table(out: &mut impl Write, traces: &Traces, summary: &Summary, is_all: bool) -> io::Result<()> {
    let (rows, messages) = (&traces.rows, traces.messages);
    let shown = if is_all { usize::MAX } else { SHOWN };
    let (found, place) = (plural(rows.len(), "trace"), plural(messages, "message"));
    let lines = plural(summary.lines, "line");
    writeln!(out, "{TITLE}{found} in {place} of {lines}{TITLE:#}")?;
    if !rows.is_empty() {
        let head = format!("{:32}  {:>6}  {:15}  in", "trace", "count", "lines");
        writeln!(out, "{FAINT}{head}{FAINT:#}")?;
    }
    for row in rows.iter().take(shown) {
        let place = match row.first == row.last {
            true => escaped(&row.first),
            false => escaped(&format!("{}-{}", row.first, row.last)),
        };
        let (id, count, formats) = (&row.trace_id, row.count, row.formats.join(","));
        let formats = fitted(&formats, 40);
        writeln!(out, "{id}  {count:>6}  {place:15}  {formats}")?;
        if let Some(link) = &row.link {
            writeln!(out, "{FAINT}  {}{FAINT:#}", escaped(link))?;
        }
    }
    let more = rows.len().saturating_sub(shown);
    if more > 0 {
        let text = format!("… and {more} more traces; --all shows them");
        writeln!(out, "{FAINT}{text}{FAINT:#}")?;
    }
    if traces.left_out > 0 {
        let left_out = plural(traces.left_out, "message");
        writeln!(out, "{WARN}further traces in {left_out}{WARN:#}")?;
    }
    if messages > shown {
        let text = format!("--all reports on each of the {messages} messages");
        writeln!(out, "{FAINT}{text}{FAINT:#}")?;
    }
    Ok(())
}

/// Writes the reports on one message, one for each list: first what is asked most often, within ten
/// lines, then the formats.
fn report(
    out: &mut impl Write,
    message: &Message,
    reports: &[Report],
    options: &Options,
) -> io::Result<()> {
    let (mut top, mut below) = (Vec::new(), Vec::new());
    if let Some(start_line) = &message.start_line {
        writeln!(top, "{FAINT}{}{FAINT:#}", fitted(start_line, WIDTH))?;
    }
    let first = &reports[0];
    if reports.iter().all(|report| report.trace == first.trace) {
        trace(&mut top, first, options)?;
    } else {
        let text = "The trace depends on the list of propagators:";
        writeln!(top, "{WARN}{text}{WARN:#}")?;
        for report in reports {
            writeln!(top, "\n{FAINT}with {}{FAINT:#}", report.list())?;
            trace(&mut top, report, options)?;
        }
    }
    let lines = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
    for note in notes(message, reports) {
        let note = wrapped(WARN, &note).into_bytes();
        let is_above = below.is_empty() && lines(&top) + lines(&note) <= TOP;
        let place = if is_above { &mut top } else { &mut below };
        place.extend(note);
    }
    out.write_all(&top)?;
    formats(out, reports)?;
    if !below.is_empty() {
        writeln!(out)?;
    }
    out.write_all(&below)?;
    for report in reports.iter().filter(|_| options.sent) {
        write!(out, "\n{TITLE}Outgoing headers{TITLE:#}")?;
        if reports.len() > 1 {
            write!(out, " with {}", report.list())?;
        }
        let is_none = report.outgoing.is_empty();
        writeln!(out, "{}", if is_none { ": none" } else { "" })?;
        for (name, value) in &report.outgoing {
            // One word for a POSIX shell.
            writeln!(out, "  -H '{name}: {}'", value.replace('\'', r"'\''"))?;
        }
    }
    Ok(())
}

fn trace(out: &mut impl Write, report: &Report, options: &Options) -> io::Result<()> {
    let Some(trace) = &report.trace else {
        return writeln!(out, "{BAD}No trace: a new one would start here.{BAD:#}");
    };
    let title = match (trace.is_continued, trace.is_in_header) {
        (true, _) => format!("The trace{TITLE:#}, from {}", trace.from),
        (_, true) => {
            format!("A trace id{TITLE:#} in a header that no propagator of the list reads")
        }
        (_, false) => format!("A trace id{TITLE:#}, mentioned in a log; no header"),
    };
    writeln!(out, "{TITLE}{title}")?;
    let from = |from: &Option<String>, default: &str| match from {
        Some(from) => format!("from {}", fitted(from, 30)),
        None if trace.is_continued => default.to_owned(),
        None => String::new(),
    };
    let from_first = from(&Some(trace.from.clone()), "");
    let from_span = from(&trace.span_id_from, "derived from the trace id");
    let from_decision = from(&trace.sampled_from, "default; no header states it");
    let sampled = trace
        .sampled
        .map(|sampled| if sampled { "yes" } else { "no" });
    let list = Some(&*trace.trace_state).filter(|list| !list.is_empty());
    for (name, value, note) in [
        ("trace id", Some(trace.trace_id.to_string()), from_first),
        (
            "parent span",
            trace.span_id.map(|id| id.to_string()),
            from_span,
        ),
        ("sampled", sampled.map(str::to_owned), from_decision),
        (
            "tracestate",
            list.map(|list| fitted(list, WIDTH - 15)),
            String::new(),
        ),
        (
            "viewer",
            options.viewer.link(trace).map(|link| escaped(&link)),
            String::new(),
        ),
    ] {
        match (value, &*note) {
            (None, _) => {}
            (Some(value), "") => writeln!(out, "  {name:13}{value}")?,
            (Some(value), note) => writeln!(out, "  {name:13}{value:32}  {FAINT}{note}{FAINT:#}")?,
        }
    }
    Ok(())
}

/// Returns each note and warning once, with the lists it applies to unless these are all.
fn notes(message: &Message, reports: &[Report]) -> Vec<String> {
    let notes = message.notes.iter();
    let mut notes: Vec<_> = notes.map(|note| format!("note: {note}")).collect();
    for warning in reports.iter().flat_map(|report| &report.warnings) {
        let has_it = |report: &&Report| report.warnings.contains(warning);
        let lists: Vec<_> = reports.iter().filter(has_it).map(Report::list).collect();
        let with = match lists.len() == reports.len() {
            true => String::new(),
            false => format!(" with {}", lists.join(" and with ")),
        };
        let note = format!("warning{with}: {warning}");
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

/// Writes the contents of the headers, each format once, and the names of the formats without any.
fn formats(out: &mut impl Write, reports: &[Report]) -> io::Result<()> {
    let (mut seen, mut absent) = (BTreeSet::new(), Vec::new());
    for name in reports.iter().flat_map(|report| &report.propagators) {
        let mut extractions = reports.iter().flat_map(|report| &report.formats);
        match extractions.find(|extraction| extraction.name == *name) {
            _ if !seen.insert(name) => {}
            Some(extraction) => format(out, extraction)?,
            None => absent.push(&**name),
        }
    }
    if !absent.is_empty() && absent.len() < seen.len() {
        let absent = wrapped(FAINT, &format!("absent: {}", absent.join(", ")));
        write!(out, "\n{absent}")?;
    }
    Ok(())
}

fn format(out: &mut impl Write, extraction: &Extraction) -> io::Result<()> {
    let name = &extraction.name;
    match &extraction.refused {
        None => writeln!(out, "\n{TITLE}{name}{TITLE:#} {GOOD}found{GOOD:#}")?,
        Some(reason) => {
            writeln!(out, "\n{TITLE}{name}{TITLE:#} {BAD}refused{BAD:#}")?;
            writeln!(out, "{BAD}  {}{BAD:#}", escaped(reason))?;
        }
    }
    let items = extraction.items.iter();
    let names: Vec<_> = items.map(|item| fitted(&item.name, 30)).collect();
    let len = |text: &String| text.chars().count();
    let width = names.iter().map(len).max().unwrap_or(0);
    let room = WIDTH - width - 4;
    for (item, name) in extraction.items.iter().zip(names) {
        let (value, note) = (fitted(&item.value, room), fitted(&item.note, room));
        let between = match len(&value) + 2 + len(&note) <= room {
            true => "  ".to_owned(),
            false => format!("\n{:1$}", "", width + 4),
        };
        match &*note {
            "" => writeln!(out, "  {name:width$}  {value}")?,
            note => writeln!(
                out,
                "  {name:width$}  {value}{between}{FAINT}{note}{FAINT:#}"
            )?,
        }
    }
    if let Some(stated) = &extraction.stated {
        let span = stated.span_id.map(|id| format!(" span {id}"));
        let sampled = match stated.sampled {
            Some(true) => " sampled",
            Some(false) => " not sampled",
            None => "",
        };
        let (id, span) = (stated.trace_id, span.unwrap_or_default());
        writeln!(out, "  = trace {id}{span}{sampled}")?;
    }
    Ok(())
}

/// Writes what is not part of a message.
fn rest(out: &mut impl Write, count: usize, summary: &Summary) -> io::Result<()> {
    if count == 0 {
        let place = plural(summary.lines, "line");
        writeln!(out, "{BAD}No header and no trace id in {place}.{BAD:#}")?;
    }
    for unknown in &summary.unknown {
        let (line, name, nearest) = (unknown.line, escaped(&unknown.name), unknown.nearest);
        let text = format!("{name} is not a known header; did you mean {nearest}?");
        writeln!(out, "{WARN}line {line}: {text}{WARN:#}")?;
    }
    if summary.skipped > 0 {
        let text = "bytes of long lines were skipped; --limit sets how much is read";
        writeln!(out, "{WARN}{} {text}{WARN:#}", summary.skipped)?;
    }
    if let Some(error) = &summary.error {
        let error = escaped(error);
        let text = format!("the input was not read to its end: {error}");
        writeln!(out, "{WARN}{text}{WARN:#}")?;
    }
    Ok(())
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// Escapes a sentence and breaks it into lines, the later ones indented.
fn wrapped(style: Style, text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in escaped(text).split(' ') {
        let line = lines.last_mut().expect("one line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(format!("  {word}"));
        } else {
            *line += &format!(" {word}");
        }
    }
    let lines = lines.iter();
    lines
        .map(|line| format!("{style}{line}{style:#}\n"))
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
