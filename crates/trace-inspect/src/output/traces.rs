//! The traces of an input, each with how often and where it was found.

use std::collections::HashMap;

use opentelemetry::trace::TraceId;

use super::{formats_of, Viewer};
use crate::headers::Message;
use crate::report::Report;

/// What was found in an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
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
#[derive(Debug)]
pub(super) struct Row {
    pub(super) trace_id: TraceId,
    pub(super) count: usize,
    pub(super) first: Place,
    pub(super) last: Place,
    /// The formats that state it, or what mentions it.
    pub(super) formats: Vec<String>,
    pub(super) status: Status,
    pub(super) link: Option<String>,
}

/// A line of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) source: Option<String>,
    pub(super) line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{source}:{}", self.line),
            None => write!(f, "{}", self.line),
        }
    }
}

/// How many traces are kept.
const MAX_ROWS: usize = 200_000;

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
    /// Adds the traces of a message: those that are continued, and those that are mentioned.
    pub(super) fn add(&mut self, source: Option<&str>, message: &Message, reports: &[Report], viewer: &Viewer) {
        self.messages += 1;
        let place = Place {
            source: source.map(str::to_owned),
            line: message.line,
        };
        let mut ids = Vec::new();
        for report in reports {
            if let Some(trace) = &report.trace {
                if !ids.contains(&trace.trace_id) {
                    ids.push(trace.trace_id);
                    let status = if trace.is_continued { Status::Continued } else { Status::Mentioned };
                    self.row(trace.trace_id, &place, &formats_of(trace, report), status, viewer);
                }
            }
        }
        for mention in &message.mentions {
            if !ids.contains(&mention.id.trace_id) {
                ids.push(mention.id.trace_id);
                let label = std::slice::from_ref(&mention.label);
                self.row(mention.id.trace_id, &place, label, Status::Mentioned, viewer);
            }
        }
    }

    fn row(&mut self, trace_id: TraceId, place: &Place, formats: &[String], status: Status, viewer: &Viewer) {
        self.status = self.status.max(status);
        let next = self.rows.len();
        if next >= MAX_ROWS && !self.by_id.contains_key(&trace_id) {
            self.left_out += 1;
            return;
        }
        let at = *self.by_id.entry(trace_id).or_insert(next);
        if at == next {
            self.rows.push(Row {
                trace_id,
                count: 0,
                first: place.clone(),
                last: place.clone(),
                formats: Vec::new(),
                status,
                link: None,
            });
        }
        let row = &mut self.rows[at];
        row.count += 1;
        row.last.clone_from(place);
        row.status = row.status.max(status);
        for format in formats {
            // The labels of a hostile log are many.
            if row.formats.len() < 8 && !row.formats.contains(format) {
                row.formats.push(format.clone());
            }
        }
        if row.link.is_none() {
            row.link = viewer.link(trace_id, formats);
        }
    }
}
