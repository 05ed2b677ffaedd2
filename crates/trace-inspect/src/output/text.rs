//! The report for people, for a terminal of 80 columns.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use opentelemetry_autoprop::RemoteParent;

use super::escape::{escaped, fitted, shell_quoted};
use super::traces::{Place, Traces};
use super::{formats_of, Options, Output, Status, Viewer};
use crate::headers::{Message, Summary};
use crate::report::{Format, Item, Report, Trace};
use crate::warnings;

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
    /// The messages that are reported at the end.
    held: Vec<(Option<String>, Message)>,
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
    fn message(&mut self, source: Option<&str>, message: Message) -> io::Result<()> {
        let reports = self.options.reports(&message);
        self.traces.add(source, &message, &reports, &self.options.viewer);
        if let Some(excerpt) = &message.excerpt {
            let place = source.map_or(String::new(), |source| format!("{source}:"));
            return writeln!(self.out, "{FAINT}{place}{}:{FAINT:#} {}", message.line, escaped(excerpt));
        }
        if self.options.all || self.held.len() < SHOWN {
            self.held.push((source.map(str::to_owned), message));
        }
        Ok(())
    }

    /// Writes the new traces of a log. Requests and responses are reported at the end.
    fn pause(&mut self) -> io::Result<()> {
        let is_log = self.held.iter().all(|(_, message)| message.is_log);
        if is_log && self.held.iter().all(|(_, message)| message.excerpt.is_none()) {
            for row in &self.traces.rows[self.written..] {
                let (place, formats) = (&row.first, row.formats.join(","));
                let text = format!("line {place}: {}  {formats}", row.trace_id);
                writeln!(self.out, "{}", fitted(&text, WIDTH))?;
            }
            self.written = self.traces.rows.len();
        }
        self.out.flush()
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<Status> {
        let out = &mut self.out;
        let is_several = self.traces.messages > 1 || self.written > 0;
        let is_search = self.held.is_empty() && self.traces.messages > 0;
        if is_several && !is_search {
            table(out, &self.traces, summary, self.options.all)?;
        }
        let count = self.traces.messages;
        let is_reported = self.options.all || count <= SHOWN;
        for (i, (source, message)) in self.held.iter().filter(|_| is_reported).enumerate() {
            let place = Place { source: source.clone(), line: message.line };
            if is_several {
                let line = format!("== {} of {count}, line {place} ", i + 1);
                writeln!(out, "\n{TITLE}{:=<60}{TITLE:#}", fitted(&line, WIDTH))?;
            }
            one(out, message, &self.options.reports(message), &self.options)?;
        }
        if !is_reported && !is_search {
            writeln!(out, "{FAINT}--all reports on each of the {count} messages{FAINT:#}")?;
        }
        if count == 0 {
            nothing(out, summary)?;
        }
        for unknown in &summary.unknown {
            let (line, nearest) = (unknown.line, unknown.nearest);
            let name = escaped(&unknown.name);
            writeln!(
                out,
                "{WARN}line {line}: {name} is not a known header; did you mean {nearest}?{WARN:#}"
            )?;
        }
        if summary.skipped > 0 {
            let note = format!("{} bytes of long lines were skipped; --limit sets how many are read", summary.skipped);
            writeln!(out, "{WARN}{note}{WARN:#}")?;
        }
        if let Some(error) = &summary.error {
            writeln!(out, "{WARN}the input was not read to its end: {}{WARN:#}", escaped(error))?;
        }
        out.flush()?;
        Ok(self.traces.status)
    }
}

/// Writes the traces: how often, where, by what they are stated or mentioned.
fn table(out: &mut impl Write, traces: &Traces, summary: &Summary, is_all: bool) -> io::Result<()> {
    let count = traces.rows.len();
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let title = format!(
        "{} in {} of {}",
        plural(count, "trace"),
        plural(traces.messages, "message"),
        plural(summary.lines, "line")
    );
    writeln!(out, "{TITLE}{title}{TITLE:#}")?;
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "{FAINT}{:32}  {:>6}  {:15}  in{FAINT:#}", "trace", "count", "lines")?;
    let shown = if is_all { count } else { SHOWN };
    for row in traces.rows.iter().take(shown) {
        let places = match row.first == row.last {
            true => row.first.to_string(),
            false => format!("{}-{}", row.first, row.last),
        };
        let text = format!("{}  {:>6}  {places:15}  {}", row.trace_id, row.count, row.formats.join(","));
        let width = if places.len() > 15 { usize::MAX - 1 } else { WIDTH };
        writeln!(out, "{}", fitted(&text, width))?;
        if let Some(link) = &row.link {
            writeln!(out, "  {FAINT}{link}{FAINT:#}")?;
        }
    }
    let more = count.saturating_sub(shown);
    if more > 0 {
        writeln!(out, "{FAINT}… and {more} more traces; --all shows them{FAINT:#}")?;
    }
    if traces.left_out > 0 {
        let left_out = traces.left_out;
        writeln!(out, "{WARN}{left_out} messages have traces beyond the first {count}{WARN:#}")?;
    }
    Ok(())
}

fn nothing(out: &mut impl Write, summary: &Summary) -> io::Result<()> {
    let lines = match summary.lines {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    };
    writeln!(out, "{BAD}No header and no trace id in {lines}.{BAD:#}")?;
    for candidate in summary.candidates.iter().take(SHOWN) {
        writeln!(out, "{candidate} may be a trace id")?;
    }
    Ok(())
}

/// Writes the reports on one message, one for each list: first what is asked most often, within ten
/// lines, then the formats.
fn one(out: &mut impl Write, message: &Message, reports: &[Report], options: &Options) -> io::Result<()> {
    let Some((first, others)) = reports.split_first() else {
        return Ok(());
    };
    let mut top = Vec::new();
    if let Some(line) = &message.start_line {
        writeln!(top, "{FAINT}{}{FAINT:#}", fitted(line, WIDTH))?;
    }
    if others.iter().any(|other| other.trace != first.trace) {
        let text = "The trace depends on the list of propagators:";
        wrapped(&mut top, WARN, "", text)?;
        for report in reports {
            writeln!(top, "\n{FAINT}with {}{FAINT:#}", list(report))?;
            write_trace(&mut top, message, report, &options.viewer)?;
        }
    } else {
        write_trace(&mut top, message, first, &options.viewer)?;
    }
    let mut rest = Vec::new();
    for warning in warnings_of(message, reports)? {
        let count = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
        let fits = count(&top) + count(&warning) <= TOP && rest.is_empty();
        if fits { &mut top } else { &mut rest }.extend(warning);
    }
    out.write_all(&top)?;
    writeln!(out)?;
    write_formats(out, reports)?;
    out.write_all(&rest)?;
    if options.sent {
        reports.iter().try_for_each(|report| write_outgoing(out, report))?;
    }
    Ok(())
}

fn list(report: &Report) -> String {
    report.propagators.join(",")
}

/// Writes the contents of the headers, each format once.
fn write_formats(out: &mut impl Write, reports: &[Report]) -> io::Result<()> {
    let mut formats: Vec<&Format> = Vec::new();
    for format in reports.iter().flat_map(|report| &report.formats) {
        if !formats.iter().any(|known| known.name == format.name) {
            formats.push(format);
        }
    }
    let (absent, found): (Vec<_>, Vec<_>) =
        formats.into_iter().partition(|format| format.is_absent());
    for format in &found {
        write_format(out, format)?;
    }
    if !absent.is_empty() && !found.is_empty() {
        let names: Vec<_> = absent.iter().map(|format| &*format.name).collect();
        wrapped(out, FAINT, "not there: ", &names.join(", "))?;
    }
    Ok(())
}

fn write_trace(out: &mut impl Write, message: &Message, report: &Report, viewer: &Viewer) -> io::Result<()> {
    let Some(trace) = &report.trace else {
        return write_no_trace(out, message);
    };
    match trace.is_continued {
        true => write_continued(out, trace)?,
        false => write_mentioned(out, trace)?,
    }
    match viewer.link(trace.trace_id, &formats_of(trace, report)) {
        Some(link) => writeln!(out, "  viewer       {link}"),
        None => Ok(()),
    }
}

/// Returns each note and warning once, with the lists it applies to unless these are all.
fn warnings_of(message: &Message, reports: &[Report]) -> io::Result<Vec<Vec<u8>>> {
    let mut written: Vec<&str> = Vec::new();
    let mut texts = Vec::new();
    for note in &message.notes {
        let mut text = Vec::new();
        wrapped(&mut text, WARN, "note: ", note)?;
        texts.push(text);
    }
    for warning in reports.iter().flat_map(|report| &report.warnings) {
        if written.contains(&&**warning) {
            continue;
        }
        written.push(warning);
        let has_it = |report: &&Report| report.warnings.contains(warning);
        let lists: Vec<_> = reports.iter().filter(has_it).map(list).collect();
        let title = match lists.len() == reports.len() {
            true => "warning: ".to_owned(),
            false => format!("warning with {}: ", lists.join(" and with ")),
        };
        let mut text = Vec::new();
        wrapped(&mut text, WARN, &title, warning)?;
        texts.push(text);
    }
    Ok(texts)
}

fn write_continued(out: &mut impl Write, trace: &Trace) -> io::Result<()> {
    let derived = "derived from the trace id".to_owned();
    let stated = |from: &Option<String>| from.as_ref().map(|from| format!("from {from}"));
    let span_from = stated(&trace.span_id_from).unwrap_or(derived);
    let sampled_from =
        stated(&trace.sampled_from).unwrap_or_else(|| "default; no header states it".to_owned());
    let sampled = match trace.sampled {
        Some(true) => "yes",
        _ => "no",
    };
    writeln!(out, "{TITLE}The trace{TITLE:#}, from {}", trace.from)?;
    row(
        out,
        "trace id",
        &trace.trace_id.to_string(),
        &format!("from {}", trace.from),
    )?;
    let span_id = trace.span_id.map(|id| id.to_string()).unwrap_or_default();
    row(out, "parent span", &span_id, &span_from)?;
    row(out, "sampled", sampled, &sampled_from)?;
    if !trace.trace_state.is_empty() {
        let list = fitted(&trace.trace_state, 32);
        row(
            out,
            "tracestate",
            &list,
            &stated(&trace.trace_state_from).unwrap_or_default(),
        )?;
    }
    Ok(())
}

fn write_mentioned(out: &mut impl Write, trace: &Trace) -> io::Result<()> {
    let place = match trace.is_in_header {
        true => "in a header that no propagator of the list reads",
        false => "mentioned in a log; no header",
    };
    writeln!(out, "{TITLE}A trace id{TITLE:#}, {place}")?;
    let from = format!("from {}", fitted(&trace.from, 30));
    row(out, "trace id", &trace.trace_id.to_string(), &from)?;
    if let Some(span_id) = trace.span_id {
        row(out, "span", &span_id.to_string(), "")?;
    }
    match trace.sampled {
        Some(sampled) => row(out, "sampled", if sampled { "yes" } else { "no" }, ""),
        None => Ok(()),
    }
}

fn write_no_trace(out: &mut impl Write, message: &Message) -> io::Result<()> {
    let text = match warnings::cut(&message.headers).is_empty() {
        true => "No trace: a new one would start here.",
        false => "No trace: paste the whole value to see what a service makes of it.",
    };
    writeln!(out, "{BAD}{text}{BAD:#}")
}

fn write_outgoing(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let nothing = if report.outgoing.is_empty() {
        ": nothing"
    } else {
        ""
    };
    writeln!(
        out,
        "\n{TITLE}Sent on{TITLE:#} with {}{nothing}",
        list(report)
    )?;
    for (name, value) in &report.outgoing {
        writeln!(out, "  -H {}", shell_quoted(&format!("{name}: {value}")))?;
    }
    Ok(())
}

fn write_format(out: &mut impl Write, format: &Format) -> io::Result<()> {
    let name = &format.name;
    match &format.refused {
        Some(reason) => {
            writeln!(out, "{TITLE}{name}{TITLE:#} {BAD}refused{BAD:#}")?;
            writeln!(out, "  {BAD}{}{BAD:#}", escaped(reason))?;
        }
        None => writeln!(out, "{TITLE}{name}{TITLE:#} {GOOD}found{GOOD:#}")?,
    }
    let widths = format
        .items
        .iter()
        .map(|item| fitted(&item.name, 30).chars().count());
    let width = widths.max().unwrap_or(0);
    for item in &format.items {
        write_item(out, item, width)?;
    }
    if let Some(stated) = &format.stated {
        write_stated(out, stated)?;
    }
    writeln!(out)
}

fn write_item(out: &mut impl Write, item: &Item, width: usize) -> io::Result<()> {
    let name = fitted(&item.name, 30);
    let room = WIDTH - width - 4;
    let value = fitted(&item.value, room);
    let note = item.note.as_deref().map(escaped).unwrap_or_default();
    let pad = match value.is_empty() || note.is_empty() {
        true => "",
        false => "  ",
    };
    if value.chars().count() + pad.len() + note.chars().count() <= room {
        return writeln!(out, "  {name:width$}  {value}{pad}{FAINT}{note}{FAINT:#}");
    }
    writeln!(out, "  {name:width$}  {value}")?;
    writeln!(
        out,
        "  {:width$}  {FAINT}{}{FAINT:#}",
        "",
        fitted(&note, room)
    )
}

/// Writes the facts that a format states.
fn write_stated(out: &mut impl Write, stated: &RemoteParent) -> io::Result<()> {
    write!(out, "  = trace {}", stated.trace_id)?;
    if let Some(span_id) = stated.span_id {
        write!(out, " span {span_id}")?;
    }
    match stated.sampled {
        Some(true) => writeln!(out, " sampled"),
        Some(false) => writeln!(out, " not sampled"),
        None => writeln!(out),
    }
}

fn row(out: &mut impl Write, name: &str, value: &str, note: &str) -> io::Result<()> {
    match note {
        "" => writeln!(out, "  {name:13}{value}"),
        note => writeln!(out, "  {name:13}{value:32}  {FAINT}{note}{FAINT:#}"),
    }
}

/// Writes a sentence over several lines, the later ones indented.
fn wrapped(out: &mut impl Write, style: Style, title: &str, text: &str) -> io::Result<()> {
    let mut line = title.to_owned();
    let mut columns = title.len();
    for word in escaped(text).split(' ') {
        let len = word.chars().count();
        if columns + len > WIDTH && columns > title.len() {
            writeln!(out, "{style}{}{style:#}", line.trim_end())?;
            line = "  ".to_owned();
            columns = 2;
        }
        line.push_str(word);
        line.push(' ');
        columns += len + 1;
    }
    writeln!(out, "{style}{}{style:#}", line.trim_end())
}
