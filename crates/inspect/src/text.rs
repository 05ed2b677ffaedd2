//! The report for people: at a glance on a terminal of 80 columns.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use opentelemetry::trace::SpanContext;

use crate::report::{Format, Item, Report};

const TITLE: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const FAINT: Style = Style::new().dimmed();

/// Columns of a terminal.
const WIDTH: usize = 80;

/// Writes the report; `link` is the trace's page in the viewer.
pub fn write(
    out: &mut impl Write,
    report: &Report,
    start_line: Option<&str>,
    link: Option<&str>,
) -> io::Result<()> {
    if let Some(line) = start_line {
        writeln!(out, "{FAINT}{}{FAINT:#}\n", fit(line, WIDTH))?;
    }
    for format in report.formats.iter().filter(|format| !format.is_absent()) {
        write_format(out, format)?;
    }
    let absent: Vec<_> = report
        .formats
        .iter()
        .filter(|format| format.is_absent())
        .map(|format| &*format.name)
        .collect();
    if !absent.is_empty() {
        writeln!(out, "{FAINT}not there: {}{FAINT:#}\n", absent.join(", "))?;
    }
    match &report.continued {
        Some((from, span_context)) => {
            writeln!(out, "{TITLE}The trace{TITLE:#}, from {from}")?;
            row(out, "trace id", &span_context.trace_id().to_string())?;
            row(out, "parent span", &span_context.span_id().to_string())?;
            row(out, "sampled", yes_no(span_context.is_sampled()))?;
            let state = span_context.trace_state().header();
            if !state.is_empty() {
                row(out, "tracestate", &fit(&state, WIDTH - 17))?;
            }
            if let Some(link) = link {
                row(out, "viewer", link)?;
            }
        }
        None => writeln!(out, "{BAD}No trace: a new one would start here.{BAD:#}")?,
    }
    if !report.onward.is_empty() {
        writeln!(out, "\n{TITLE}Sent on{TITLE:#}")?;
        for (name, value) in &report.onward {
            writeln!(out, "  -H '{name}: {}'", value.replace('\'', r"'\''"))?;
        }
    }
    Ok(())
}

fn write_format(out: &mut impl Write, format: &Format) -> io::Result<()> {
    match &format.refused {
        Some(reason) => {
            writeln!(out, "{TITLE}{}{TITLE:#} {BAD}refused{BAD:#}", format.name)?;
            writeln!(out, "  {BAD}{}{BAD:#}", shown(reason))?;
        }
        None => writeln!(out, "{TITLE}{}{TITLE:#} {GOOD}found{GOOD:#}", format.name)?,
    }
    let width = format
        .items
        .iter()
        .map(|item| shown(&item.name).chars().count())
        .max();
    for item in &format.items {
        write_item(out, item, width.unwrap_or(0).min(30))?;
    }
    if let Some(span_context) = &format.span_context {
        write_mapping(out, span_context)?;
    }
    writeln!(out)
}

fn write_item(out: &mut impl Write, item: &Item, width: usize) -> io::Result<()> {
    let name = fit(&item.name, 30);
    let room = WIDTH - width - 4;
    let value = fit(&item.value, room);
    let note = item.note.as_deref().map(shown).unwrap_or_default();
    let pad = if value.is_empty() || note.is_empty() {
        ""
    } else {
        "  "
    };
    let in_line = value.chars().count() + pad.len() + note.chars().count() <= room;
    if in_line {
        writeln!(out, "  {name:width$}  {value}{pad}{FAINT}{note}{FAINT:#}")
    } else {
        writeln!(out, "  {name:width$}  {value}")?;
        writeln!(out, "  {:width$}  {FAINT}{}{FAINT:#}", "", fit(&note, room))
    }
}

fn write_mapping(out: &mut impl Write, span_context: &SpanContext) -> io::Result<()> {
    writeln!(
        out,
        "  = trace {} span {} {}",
        span_context.trace_id(),
        span_context.span_id(),
        if span_context.is_sampled() {
            "sampled"
        } else {
            "not sampled"
        }
    )
}

fn row(out: &mut impl Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "  {name:13}{value}")
}

fn yes_no(yes: bool) -> &'static str {
    if yes {
        "yes"
    } else {
        "no"
    }
}

/// What a stranger wrote, with nothing in it that a terminal would act upon.
fn shown(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let as_it_is = matches!(c, '"' | '\'' | '\\');
            let escaped = (!as_it_is).then(|| c.escape_debug());
            escaped.into_iter().flatten().chain(as_it_is.then_some(c))
        })
        .collect()
}

/// The same, cut to a number of columns.
fn fit(text: &str, columns: usize) -> String {
    let shown = shown(text);
    if shown.chars().count() <= columns {
        return shown;
    }
    let cut: String = shown.chars().take(columns.saturating_sub(1)).collect();
    format!("{cut}…")
}
