//! The report for programs, without colors and without cut values. The README lists its fields.

use std::io::{self, Write};

use serde::Serialize;

use super::traces::{Row, Traces};
use super::{Options, Output, Status};
use crate::headers::{Message, Summary};
use crate::report::Report;

/// Writes one JSON object: its messages as they are found, one on each line, and then the rest.
#[derive(Debug)]
pub struct Json<W> {
    out: W,
    options: Options,
    traces: Traces,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(flatten)]
    message: &'a Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reports: Vec<Report>,
}

#[derive(Serialize)]
struct Rest<'a> {
    status: Status,
    traces: &'a [Row],
    left_out: usize,
    lists: Vec<Vec<&'a str>>,
    #[serde(flatten)]
    summary: &'a Summary,
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

    /// Returns what precedes the next message, or the end of the list.
    fn separator(&self, next: &'static str) -> &'static str {
        match self.traces.messages {
            0 => "{\"messages\":[\n",
            _ => next,
        }
    }
}

impl<W: Write> Output for Json<W> {
    fn message(&mut self, file: Option<&str>, message: Message) -> io::Result<()> {
        self.out.write_all(self.separator(",\n").as_bytes())?;
        let (_, reports) = self.traces.add(file, &message, &self.options);
        let entry = Entry {
            file,
            message: &message,
            reports,
        };
        Ok(serde_json::to_writer(&mut self.out, &entry)?)
    }

    fn pause(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<Status> {
        let lists = self.options.lists.iter();
        let rest = serde_json::to_string(&Rest {
            status: self.traces.status,
            traces: &self.traces.rows,
            left_out: self.traces.left_out,
            lists: lists.map(|list| list.names().collect()).collect(),
            summary,
        })?;
        // The fields follow the messages in the same object.
        writeln!(self.out, "{}],{}", self.separator("\n"), &rest[1..])?;
        self.out.flush()?;
        Ok(self.traces.status)
    }
}
