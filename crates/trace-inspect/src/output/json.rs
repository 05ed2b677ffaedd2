//! The report for programs, without colours and without cut values. The README lists its fields.

use std::io::{self, Write};

use opentelemetry_autoprop::RemoteParent;
use serde_json::{json, Map, Value};

use super::traces::Traces;
use super::{formats_of, Options, Output, Status};
use crate::headers::{Message, Summary};
use crate::report::{Format, Item, Report, Trace};

/// Writes one JSON object: its messages as they are found, one on each line, and then the rest.
#[derive(Debug)]
pub struct Json<W> {
    out: W,
    options: Options,
    traces: Traces,
}

impl<W: Write> Json<W> {
    /// Returns a report that is written to `out`.
    pub fn new(out: W, options: Options) -> Self {
        Json {
            out,
            options,
            traces: Traces::default(),
        }
    }

    fn one(&self, source: Option<&str>, message: &Message, reports: &[Report]) -> Value {
        let reports = reports.iter().map(|report| self.report(report));
        let mentions = message.mentions.iter().map(|mention| {
            json!({
                "label": mention.label,
                "trace_id": mention.id.trace_id.to_string(),
                "span_id": mention.id.span_id.map(|id| id.to_string()),
                "sampled": mention.id.sampled,
            })
        });
        let mut one = json!({
            "line": message.line,
            "start_line": message.start_line,
            "mentions": mentions.collect::<Vec<_>>(),
            "notes": message.notes,
        });
        match &message.excerpt {
            Some(excerpt) => one["excerpt"] = json!(excerpt),
            None => one["reports"] = reports.collect(),
        }
        if let Some(source) = source {
            one["file"] = json!(source);
        }
        one
    }

    fn report(&self, report: &Report) -> Value {
        let found = report.formats.iter().filter(|format| !format.is_absent());
        let mut json = json!({
            "trace": report.trace.as_ref().map(|trace| self.trace(trace, report)),
            "formats": found.map(format).collect::<Vec<_>>(),
            "warnings": report.warnings,
        });
        if self.options.sent {
            let outgoing = report.outgoing.iter();
            let outgoing = outgoing.map(|(name, value)| (name.clone(), json!(value)));
            json["outgoing"] = Value::Object(outgoing.collect::<Map<_, _>>());
        }
        json
    }

    fn trace(&self, trace: &Trace, report: &Report) -> Value {
        let link = self.options.viewer.link(trace.trace_id, &formats_of(trace, report));
        json!({
            "trace_id": trace.trace_id.to_string(),
            "span_id": trace.span_id.map(|id| id.to_string()),
            "sampled": trace.sampled,
            "trace_state": trace.is_continued.then_some(&trace.trace_state),
            "from": trace.from,
            "stated_by": {
                "span_id": trace.span_id_from,
                "sampled": trace.sampled_from,
                "trace_state": trace.trace_state_from,
            },
            "continued": trace.is_continued,
            "link": link,
        })
    }
}

impl<W: Write> Output for Json<W> {
    fn message(&mut self, source: Option<&str>, message: Message) -> io::Result<()> {
        let reports = self.options.reports(&message);
        let start = if self.traces.messages == 0 { "{\"messages\":[\n" } else { ",\n" };
        self.traces.add(source, &message, &reports, &self.options.viewer);
        write!(self.out, "{start}{}", self.one(source, &message, &reports))
    }

    fn pause(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<Status> {
        let start = if self.traces.messages == 0 { "{\"messages\":[" } else { "\n" };
        let traces = self.traces.rows.iter().map(|row| {
            json!({
                "trace_id": row.trace_id.to_string(),
                "count": row.count,
                "first": row.first.to_string(),
                "last": row.last.to_string(),
                "formats": row.formats,
                "status": name(row.status),
                "link": row.link,
            })
        });
        let unknown = summary.unknown.iter().map(|unknown| {
            json!({ "name": unknown.name, "nearest": unknown.nearest, "line": unknown.line })
        });
        let lists = self.options.lists.iter().map(|list| json!(list.names().collect::<Vec<_>>()));
        let rest = json!({
            "status": name(self.traces.status),
            "traces": traces.collect::<Vec<_>>(),
            "left_out": self.traces.left_out,
            "lists": lists.collect::<Vec<_>>(),
            "lines": summary.lines,
            "skipped": summary.skipped,
            "unknown": unknown.collect::<Vec<_>>(),
            "candidates": summary.candidates,
            "error": summary.error,
        });
        let rest = rest.to_string();
        // The fields follow the messages in the same object.
        writeln!(self.out, "{start}],{}", &rest[1..])?;
        self.out.flush()?;
        Ok(self.traces.status)
    }
}

fn name(status: Status) -> &'static str {
    match status {
        Status::Continued => "continued",
        Status::Mentioned => "mentioned",
        Status::Nothing => "nothing",
    }
}

fn format(format: &Format) -> Value {
    json!({
        "name": format.name,
        "refused": format.refused,
        "items": format.items.iter().map(item).collect::<Vec<_>>(),
        "trace": format.stated.as_ref().map(stated),
    })
}

fn item(item: &Item) -> Value {
    let mut json = json!({ "name": item.name, "value": item.value });
    if let Some(note) = &item.note {
        json["note"] = json!(note);
    }
    json
}

fn stated(parent: &RemoteParent) -> Value {
    json!({
        "trace_id": parent.trace_id.to_string(),
        "span_id": parent.span_id.map(|id| id.to_string()),
        "sampled": parent.sampled,
    })
}
