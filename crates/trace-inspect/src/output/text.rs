//! The report for people, for a terminal of 80 columns.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use opentelemetry::trace::TraceId;
use opentelemetry_autoprop::{Propagator, RemoteParent};

use super::escape::{escaped, fitted, shell_quoted};
use crate::headers::{Message, Reading};
use crate::report::{Format, Item, Report, Trace};
use crate::warnings;

const TITLE: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();

/// The columns of a terminal.
const WIDTH: usize = 80;

/// Writes the reports on the first `max` messages. `lists` are compared; there is at least one.
/// `link` returns a trace's page in the viewer.
///
/// # Errors
///
/// `out` returns an error.
pub fn all(
    out: &mut impl Write,
    reading: &Reading,
    lists: &[Propagator],
    link: impl Fn(TraceId) -> String,
    max: usize,
) -> io::Result<()> {
    let count = reading.count;
    for (i, message) in reading.messages.iter().take(max).enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        if count > 1 {
            let line = format!("== {} of {count} ", i + 1);
            writeln!(out, "{TITLE}{line:=<60}{TITLE:#}")?;
        }
        let reports = lists.iter().map(|list| Report::new(message, list));
        one(out, message, &reports.collect::<Vec<_>>(), &link)?;
    }
    if count > max {
        let more = count - max;
        writeln!(out, "\n{FAINT}… and {more} more; --all shows them{FAINT:#}")?;
    }
    if reading.messages.is_empty() {
        nothing(out, reading)?;
    }
    for unknown in &reading.unknown {
        let (line, nearest) = (unknown.line, unknown.nearest);
        let name = escaped(&unknown.name);
        writeln!(
            out,
            "{WARN}line {line}: {name} is not a known header; did you mean {nearest}?{WARN:#}"
        )?;
    }
    if reading.skipped > 0 {
        let note = format!(
            "{} bytes in JSON were skipped; only the first MiB of a string is read",
            reading.skipped
        );
        writeln!(out, "{WARN}{note}{WARN:#}")?;
    }
    Ok(())
}

fn nothing(out: &mut impl Write, reading: &Reading) -> io::Result<()> {
    let lines = match reading.lines {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    };
    writeln!(out, "{BAD}No header recognized in {lines}.{BAD:#}")?;
    for candidate in &reading.candidates {
        writeln!(out, "{candidate} may be a trace id")?;
    }
    Ok(())
}

/// Writes the reports on one message, one for each list.
fn one(
    out: &mut impl Write,
    message: &Message,
    reports: &[Report],
    link: impl Fn(TraceId) -> String,
) -> io::Result<()> {
    if let Some(line) = &message.start_line {
        writeln!(out, "{FAINT}{}{FAINT:#}", fitted(line, WIDTH))?;
    }
    let read_as = fitted(&message.read_as, WIDTH - 9);
    writeln!(out, "{FAINT}read as: {read_as}{FAINT:#}")?;
    for note in &message.notes {
        wrapped(out, WARN, "note: ", note)?;
    }
    writeln!(out)?;
    write_formats(out, reports)?;
    let Some((first, others)) = reports.split_first() else {
        return Ok(());
    };
    if others.iter().any(|other| other.trace != first.trace) {
        wrapped(
            out,
            WARN,
            "",
            "The trace depends on the list of propagators:",
        )?;
        for report in reports {
            writeln!(out, "\n{FAINT}with {}{FAINT:#}", list(report))?;
            write_trace(out, message, report.trace.as_ref(), &link)?;
        }
    } else {
        write_trace(out, message, first.trace.as_ref(), &link)?;
    }
    write_warnings(out, reports)?;
    let is_sent = |report: &&Report| !others.is_empty() || !report.outgoing.is_empty();
    let mut sent = reports.iter().filter(is_sent);
    sent.try_for_each(|report| write_outgoing(out, report))
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
        writeln!(out, "{FAINT}not there: {}{FAINT:#}\n", names.join(", "))?;
    }
    Ok(())
}

fn write_trace(
    out: &mut impl Write,
    message: &Message,
    trace: Option<&Trace>,
    link: impl Fn(TraceId) -> String,
) -> io::Result<()> {
    match trace {
        Some(trace) if trace.is_continued => write_continued(out, trace)?,
        Some(trace) => write_mentioned(out, trace)?,
        None => return write_no_trace(out, message),
    }
    let trace_id = trace.map(|trace| trace.trace_id);
    let link = trace_id.map(link).unwrap_or_default();
    writeln!(out, "  viewer       {link}")
}

/// Writes each warning once, with the lists it applies to unless these are all.
fn write_warnings(out: &mut impl Write, reports: &[Report]) -> io::Result<()> {
    let mut written: Vec<&str> = Vec::new();
    for warning in reports.iter().flat_map(|report| &report.warnings) {
        if written.contains(&&**warning) {
            continue;
        }
        written.push(warning);
        let has_it = |report: &&Report| report.warnings.contains(warning);
        let lists: Vec<_> = reports.iter().filter(has_it).map(list).collect();
        match lists.len() == reports.len() {
            true => wrapped(out, WARN, "warning: ", warning)?,
            false => {
                let title = format!("warning with {}: ", lists.join(" and with "));
                wrapped(out, WARN, &title, warning)?;
            }
        }
    }
    Ok(())
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
    let from = fitted(&trace.from, 40);
    writeln!(
        out,
        "{TITLE}A trace id{TITLE:#} that no service would continue, from {from}"
    )?;
    row(out, "trace id", &trace.trace_id.to_string(), "")
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
