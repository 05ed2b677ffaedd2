//! The report for people, for a terminal of 80 columns.

use std::fmt::Display;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::traces::{place, Traces};
use super::{Options, Output, Status};
use crate::headers::{Message, Summary};
use crate::report::{Format, Report, Trace};
use crate::warnings;

const TITLE: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();
const PLAIN: Style = Style::new();

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
        let (traces, held) = (Traces::default(), Vec::new());
        Text {
            out,
            options,
            traces,
            held,
            written: 0,
            is_search: false,
        }
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
            for row in &self.traces.rows[self.written..] {
                let text = format!(
                    "line {}: {}  {}",
                    row.first,
                    row.trace_id,
                    row.formats.join(",")
                );
                writeln!(self.out, "{}", fitted(&text, WIDTH))?;
            }
            self.written = self.traces.rows.len();
        }
        self.out.flush()
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<Status> {
        let mut page = Page::default();
        let count = self.traces.messages;
        let is_several = count > 1 || self.written > 0;
        let is_reported = self.options.all || count <= SHOWN;
        if is_several && !self.is_search {
            page.table(&self.traces, summary, self.options.all);
            if !is_reported {
                page.line(
                    FAINT,
                    format!("--all reports on each of the {count} messages"),
                );
            }
        }
        self.out.write_all(page.0.as_bytes())?;
        for (i, (place, message)) in self.held.iter().filter(|_| is_reported).enumerate() {
            let mut page = Page::default();
            if is_several {
                let title = format!("== {} of {count}, line {place} ", i + 1);
                page.line(PLAIN, "");
                page.line(TITLE, format!("{:=<60}", fitted(&title, WIDTH)));
            }
            page.report(message, &self.options.reports(message), &self.options);
            self.out.write_all(page.0.as_bytes())?;
        }
        let mut page = Page::default();
        page.rest(count, summary);
        self.out.write_all(page.0.as_bytes())?;
        self.out.flush()?;
        Ok(self.traces.status)
    }
}

/// A text that is being put together. Text from outside is escaped.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, style: Style, text: impl Display) {
        self.0.push_str(&format!("{style}{text}{style:#}\n"));
    }

    fn row(&mut self, name: &str, value: impl Display, note: impl Display) {
        let text = format!(
            "  {name:13}{value:32}  {FAINT}{note}{FAINT:#}",
            value = value.to_string()
        );
        let empty = format!("  {FAINT}{FAINT:#}");
        self.line(PLAIN, text.strip_suffix(&empty).unwrap_or(&text).trim_end());
    }

    /// Writes a sentence over several lines, the later ones indented.
    fn wrapped(&mut self, style: Style, title: &str, text: &str) {
        let mut line = title.to_owned();
        let mut columns = title.len();
        for word in escaped(text).split(' ') {
            let len = word.chars().count();
            if columns + len > WIDTH && columns > title.len() {
                self.line(style, line.trim_end());
                line = "  ".to_owned();
                columns = 2;
            }
            line.push_str(word);
            line.push(' ');
            columns += len + 1;
        }
        self.line(style, line.trim_end());
    }

    /// Writes the traces: how often, where, by what they are stated or mentioned.
    fn table(&mut self, traces: &Traces, summary: &Summary, is_all: bool) {
        let plural = |count: usize, word: &str| {
            format!("{count} {word}{}", if count == 1 { "" } else { "s" })
        };
        let rows = &traces.rows;
        let (messages, lines) = (
            plural(traces.messages, "message"),
            plural(summary.lines, "line"),
        );
        self.line(
            TITLE,
            format!("{} in {messages} of {lines}", plural(rows.len(), "trace")),
        );
        if !rows.is_empty() {
            self.line(
                FAINT,
                format!("{:32}  {:>6}  {:15}  in", "trace", "count", "lines"),
            );
        }
        let shown = if is_all { rows.len() } else { SHOWN };
        for row in rows.iter().take(shown) {
            let lines = match row.first == row.last {
                true => row.first.clone(),
                false => format!("{}-{}", row.first, row.last),
            };
            let formats = fitted(&row.formats.join(","), 40);
            self.line(
                PLAIN,
                format!(
                    "{}  {:>6}  {:15}  {formats}",
                    row.trace_id,
                    row.count,
                    escaped(&lines)
                ),
            );
            if let Some(link) = &row.link {
                self.line(FAINT, format!("  {}", escaped(link)));
            }
        }
        if rows.len() > shown {
            self.line(
                FAINT,
                format!("… and {} more traces; --all shows them", rows.len() - shown),
            );
        }
        if traces.left_out > 0 {
            self.line(
                WARN,
                format!("{} messages have further traces", traces.left_out),
            );
        }
    }

    /// Writes the reports on one message, one for each list: first what is asked most often, within
    /// ten lines, then the formats.
    fn report(&mut self, message: &Message, reports: &[Report], options: &Options) {
        let start = self.0.len();
        if let Some(line) = &message.start_line {
            self.line(FAINT, fitted(line, WIDTH));
        }
        let differ = reports
            .iter()
            .any(|report| report.trace != reports[0].trace);
        if differ {
            self.line(WARN, "The trace depends on the list of propagators:");
        }
        for report in reports.iter().take(if differ { usize::MAX } else { 1 }) {
            if differ {
                self.line(FAINT, format!("\nwith {}", list(report)));
            }
            self.trace(message, report.trace.as_ref(), options);
        }
        let mut below = Page::default();
        for (title, text) in notes(message, reports) {
            let mut note = Page::default();
            note.wrapped(WARN, &title, text);
            let lines = (self.0[start..].lines().count()) + note.0.lines().count();
            let page = if lines <= TOP && below.0.is_empty() {
                &mut *self
            } else {
                &mut below
            };
            page.0.push_str(&note.0);
        }
        self.formats(reports);
        if !below.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(&below.0);
        for report in reports.iter().filter(|_| options.sent) {
            let nothing = if report.outgoing.is_empty() {
                ": nothing"
            } else {
                ""
            };
            self.line(
                PLAIN,
                format!("\n{TITLE}Sent on{TITLE:#} with {}{nothing}", list(report)),
            );
            for (name, value) in &report.outgoing {
                // One word for a POSIX shell.
                let header = format!("{name}: {value}").replace('\'', r"'\''");
                self.line(PLAIN, format!("  -H '{header}'"));
            }
        }
    }

    fn trace(&mut self, message: &Message, trace: Option<&Trace>, options: &Options) {
        let Some(trace) = trace else {
            return self.line(
                BAD,
                match warnings::cut(&message.headers).is_empty() {
                    true => "No trace: a new one would start here.",
                    false => "No trace: paste the whole value to see what a service makes of it.",
                },
            );
        };
        let from = |from: &Option<String>, default: &str| match from {
            Some(from) => format!("from {from}"),
            None if trace.is_continued => default.to_owned(),
            None => String::new(),
        };
        self.line(
            PLAIN,
            match (trace.is_continued, trace.is_in_header) {
                (true, _) => format!("{TITLE}The trace{TITLE:#}, from {}", trace.from),
                (false, true) => format!(
                    "{TITLE}A trace id{TITLE:#} in a header that no propagator of the list reads"
                ),
                (false, false) => {
                    format!("{TITLE}A trace id{TITLE:#}, mentioned in a log; no header")
                }
            },
        );
        self.row(
            "trace id",
            trace.trace_id,
            format!("from {}", fitted(&trace.from, 30)),
        );
        if let Some(span_id) = trace.span_id {
            self.row(
                "parent span",
                span_id,
                from(&trace.span_id_from, "derived from the trace id"),
            );
        }
        if let Some(sampled) = trace.sampled {
            let sampled = if sampled { "yes" } else { "no" };
            self.row(
                "sampled",
                sampled,
                from(&trace.sampled_from, "default; no header states it"),
            );
        }
        if !trace.trace_state.is_empty() {
            self.row("tracestate", fitted(&trace.trace_state, WIDTH - 15), "");
        }
        if let Some(link) = options.viewer.link(trace) {
            self.row("viewer", escaped(&link), "");
        }
    }

    /// Writes the contents of the headers, each format once.
    fn formats(&mut self, reports: &[Report]) {
        let mut formats: Vec<&Format> = Vec::new();
        for format in reports.iter().flat_map(|report| &report.formats) {
            if !formats.iter().any(|known| known.name == format.name) {
                formats.push(format);
            }
        }
        let (absent, found): (Vec<_>, Vec<_>) =
            formats.into_iter().partition(|format| format.is_absent());
        found.iter().for_each(|format| self.format(format));
        if !absent.is_empty() && !found.is_empty() {
            self.0.push('\n');
            let names: Vec<_> = absent.iter().map(|format| &*format.name).collect();
            self.wrapped(FAINT, "not there: ", &names.join(", "));
        }
    }

    fn format(&mut self, format: &Format) {
        self.0.push('\n');
        let (style, state) = if format.refused.is_some() {
            (BAD, "refused")
        } else {
            (GOOD, "found")
        };
        self.line(
            PLAIN,
            format!("{TITLE}{}{TITLE:#} {style}{state}{style:#}", format.name),
        );
        if let Some(reason) = &format.refused {
            self.line(BAD, format!("  {}", escaped(reason)));
        }
        let names: Vec<_> = format
            .items
            .iter()
            .map(|item| fitted(&item.name, 30))
            .collect();
        let width = names
            .iter()
            .map(|name| name.chars().count())
            .max()
            .unwrap_or(0);
        for (item, name) in format.items.iter().zip(names) {
            let room = WIDTH - width - 4;
            let value = fitted(&item.value, room);
            let note = fitted(item.note.as_deref().unwrap_or_default(), room);
            let is_one_line = value.chars().count() + 2 + note.chars().count() <= room;
            let between = if is_one_line || note.is_empty() {
                "  ".to_owned()
            } else {
                format!("\n  {:width$}  ", "")
            };
            let text = format!("  {name:width$}  {value}{between}{FAINT}{note}{FAINT:#}");
            let empty = format!("  {FAINT}{FAINT:#}");
            self.line(PLAIN, text.strip_suffix(&empty).unwrap_or(&text));
        }
        if let Some(stated) = &format.stated {
            let span = stated
                .span_id
                .map_or(String::new(), |id| format!(" span {id}"));
            let sampled = stated
                .sampled
                .map_or("", |yes| if yes { " sampled" } else { " not sampled" });
            self.line(
                PLAIN,
                format!("  = trace {}{span}{sampled}", stated.trace_id),
            );
        }
    }

    /// Writes what is not part of a message.
    fn rest(&mut self, count: usize, summary: &Summary) {
        if count == 0 {
            let lines = format!(
                "{} line{}",
                summary.lines,
                if summary.lines == 1 { "" } else { "s" }
            );
            self.line(BAD, format!("No header and no trace id in {lines}."));
            for candidate in &summary.candidates {
                self.line(PLAIN, format!("{candidate} may be a trace id"));
            }
        }
        for unknown in &summary.unknown {
            let (line, name, nearest) = (unknown.line, escaped(&unknown.name), unknown.nearest);
            self.line(
                WARN,
                format!("line {line}: {name} is not a known header; did you mean {nearest}?"),
            );
        }
        if summary.skipped > 0 {
            let skipped = summary.skipped;
            self.line(
                WARN,
                format!(
                    "{skipped} bytes of long lines were skipped; --limit sets how much is read"
                ),
            );
        }
        if let Some(error) = &summary.error {
            self.line(
                WARN,
                format!("the input was not read to its end: {}", escaped(error)),
            );
        }
    }
}

fn list(report: &Report) -> String {
    report.propagators.join(",")
}

/// Returns each note and warning once, with the lists it applies to unless these are all.
fn notes<'a>(message: &'a Message, reports: &'a [Report]) -> Vec<(String, &'a str)> {
    let mut notes: Vec<_> = message
        .notes
        .iter()
        .map(|note| ("note: ".to_owned(), &**note))
        .collect();
    for warning in reports.iter().flat_map(|report| &report.warnings) {
        if notes.iter().any(|(_, known)| known == warning) {
            continue;
        }
        let has_it = |report: &&Report| report.warnings.contains(warning);
        let lists: Vec<_> = reports.iter().filter(has_it).map(list).collect();
        let title = match lists.len() == reports.len() {
            true => "warning: ".to_owned(),
            false => format!("warning with {}: ", lists.join(" and with ")),
        };
        notes.push((title, warning));
    }
    notes
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
