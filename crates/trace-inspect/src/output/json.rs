//! The report for programs, without colors and without cut values. The README lists its fields.

use std::io::{self, Write};

use opentelemetry_autoprop::RemoteParent;
use serde_json::{json, Map, Value};

use super::traces::{place, Row, Traces};
use super::{Options, Output, Status};
use crate::headers::{Mention, Message, Summary, Unknown};
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
        let traces = Traces::default();
        Json {
            out,
            options,
            traces,
        }
    }

    fn report(&self, report: &Report) -> Value {
        let found = report.formats.iter().filter(|format| !format.is_absent());
        let trace = report.trace.as_ref().map(|trace| self.trace(trace));
        let mut json = json!({
            "trace": trace, "formats": list(found, format), "warnings": report.warnings,
        });
        if self.options.sent {
            let outgoing = report.outgoing.iter();
            json["outgoing"] = outgoing
                .map(|(name, value)| (name.clone(), json!(value)))
                .collect::<Map<_, _>>()
                .into();
        }
        json
    }

    fn trace(&self, trace: &Trace) -> Value {
        json!({
            "trace_id": trace.trace_id.to_string(),
            "span_id": trace.span_id.map(|id| id.to_string()),
            "sampled": trace.sampled,
            "trace_state": trace.trace_state,
            "continued": trace.is_continued,
            "from": { "trace_id": trace.from, "span_id": trace.span_id_from, "sampled": trace.sampled_from },
            "link": self.options.viewer.link(trace),
        })
    }
}

impl<W: Write> Output for Json<W> {
    fn message(&mut self, source: Option<&str>, message: Message) -> io::Result<()> {
        let reports = self.options.reports(&message);
        let start = if self.traces.messages == 0 {
            "{\"messages\":[\n"
        } else {
            ",\n"
        };
        self.traces.add(
            &place(source, message.line),
            &message,
            &reports,
            &self.options.viewer,
        );
        let mut one = json!({
            "line": message.line, "start_line": message.start_line,
            "mentions": list(&message.mentions, mention), "notes": message.notes,
        });
        match &message.excerpt {
            Some(excerpt) => one["excerpt"] = json!(excerpt),
            None => one["reports"] = list(&reports, |report| self.report(report)),
        }
        if let Some(source) = source {
            one["file"] = json!(source);
        }
        write!(self.out, "{start}{one}")
    }

    fn pause(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<Status> {
        let start = if self.traces.messages == 0 {
            "{\"messages\":["
        } else {
            "\n"
        };
        let rest = json!({
            "status": name(self.traces.status),
            "traces": list(&self.traces.rows, row),
            "left_out": self.traces.left_out,
            "lists": list(&self.options.lists, |list| list.names().collect()),
            "lines": summary.lines, "skipped": summary.skipped, "error": summary.error,
            "unknown": list(&summary.unknown, unknown), "candidates": summary.candidates,
        });
        // The fields follow the messages in the same object.
        writeln!(self.out, "{start}],{}", &rest.to_string()[1..])?;
        self.out.flush()?;
        Ok(self.traces.status)
    }
}

fn list<T>(items: impl IntoIterator<Item = T>, json: impl FnMut(T) -> Value) -> Value {
    items.into_iter().map(json).collect()
}

fn name(status: Status) -> &'static str {
    match status {
        Status::Continued => "continued",
        Status::Mentioned => "mentioned",
        Status::Nothing => "nothing",
    }
}

fn mention(mention: &Mention) -> Value {
    let (trace_id, span_id) = (
        mention.id.trace_id.to_string(),
        mention.id.span_id.map(|id| id.to_string()),
    );
    json!({ "label": mention.label, "trace_id": trace_id, "span_id": span_id, "sampled": mention.id.sampled })
}

fn row(row: &Row) -> Value {
    json!({
        "trace_id": row.trace_id.to_string(), "count": row.count, "first": row.first, "last": row.last,
        "formats": row.formats, "status": name(row.status), "link": row.link,
    })
}

fn unknown(unknown: &Unknown) -> Value {
    json!({ "name": unknown.name, "nearest": unknown.nearest, "line": unknown.line })
}

fn format(format: &Format) -> Value {
    json!({
        "name": format.name, "refused": format.refused,
        "items": list(&format.items, item), "trace": format.stated.as_ref().map(stated),
    })
}

fn item(item: &Item) -> Value {
    json!({ "name": item.name, "value": item.value, "note": item.note })
}

fn stated(parent: &RemoteParent) -> Value {
    let (trace_id, span_id) = (
        parent.trace_id.to_string(),
        parent.span_id.map(|id| id.to_string()),
    );
    json!({ "trace_id": trace_id, "span_id": span_id, "sampled": parent.sampled })
}
