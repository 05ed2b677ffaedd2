//! The traces of an input, each with how often and where it was found.

use std::collections::HashMap;

use opentelemetry::trace::TraceId;
use serde::Serialize;

use super::{Options, Viewer};
use crate::headers::Message;
use crate::report::{Report, Trace};

/// What was found in an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// No trace.
    #[default]
    Nothing,
    /// Trace ids, and no header with one that a service would continue.
    Mentioned,
    /// A trace that a service continues.
    Continued,
}

/// A trace of an input.
#[derive(Debug, Default, Serialize)]
pub(super) struct Row {
    pub(super) trace_id: String,
    pub(super) count: usize,
    /// The first and the last line, with the name of the input if there are several.
    pub(super) first: String,
    pub(super) last: String,
    /// The formats that state it, and what mentions it.
    pub(super) formats: Vec<String>,
    pub(super) status: Status,
    pub(super) link: Option<String>,
}

/// How many traces are kept.
const MAX_ROWS: usize = 200_000;

/// How many formats and labels of a trace are kept. Those of a hostile log are many.
const MAX_FORMATS: usize = 8;

/// The traces of an input, in the order of their first lines.
#[derive(Debug, Default)]
pub(super) struct Traces {
    pub(super) rows: Vec<Row>,
    by_id: HashMap<TraceId, usize>,
    /// The number of messages.
    pub(super) messages: usize,
    /// The number of messages with a trace that was not kept.
    pub(super) left_out: usize,
    pub(super) status: Status,
}

impl Traces {
    /// Adds the traces of a message: those that are continued, and those that are mentioned. Returns
    /// the name of its line, and a report for each list.
    pub(super) fn add(
        &mut self,
        file: Option<&str>,
        message: &Message,
        options: &Options,
    ) -> (String, Vec<Report>) {
        self.messages += 1;
        let line = message.line.to_string();
        let place = file.map_or(line.clone(), |file| format!("{file}:{line}"));
        let reports = options.reports(message);
        let mut added: Vec<TraceId> = Vec::new();
        let reported = reports.iter().filter_map(|report| report.trace.clone());
        for trace in reported.chain(message.mentions.iter().map(Trace::from)) {
            if !added.contains(&trace.trace_id) {
                added.push(trace.trace_id);
                self.row(&trace, &place, &options.viewer);
            }
        }
        (place, reports)
    }

    fn row(&mut self, trace: &Trace, place: &str, viewer: &Viewer) {
        let status = match trace.is_continued {
            true => Status::Continued,
            false => Status::Mentioned,
        };
        self.status = self.status.max(status);
        let (trace_id, next) = (trace.trace_id, self.rows.len());
        if next >= MAX_ROWS && !self.by_id.contains_key(&trace_id) {
            self.left_out += 1;
            return;
        }
        let at = *self.by_id.entry(trace_id).or_insert(next);
        if at == next {
            self.rows.push(Row {
                trace_id: trace_id.to_string(),
                first: place.to_owned(),
                ..Row::default()
            });
        }
        let row = &mut self.rows[at];
        row.count += 1;
        place.clone_into(&mut row.last);
        row.status = row.status.max(status);
        row.link = row.link.take().or_else(|| viewer.link(trace));
        for format in &trace.formats {
            if row.formats.len() < MAX_FORMATS && !row.formats.contains(format) {
                row.formats.push(format.clone());
            }
        }
    }
}
