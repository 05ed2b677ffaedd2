//! Reports for people and for programs.

mod json;
mod text;
mod traces;

use std::io;
use std::str::FromStr;

use opentelemetry_autoprop::Propagator;

pub use json::Json;
pub use text::Text;
pub use traces::Status;

use crate::headers::{Message, Summary};
use crate::report::{Report, Trace};

/// The placeholder of the trace id in a viewer's URL.
const TRACE_ID: &str = "{trace_id}";

/// The page of a trace in a viewer.
#[derive(Clone, Debug)]
pub struct Viewer {
    url: String,
    /// What must state or mention a trace that is in the viewer; anything, if there are none.
    formats: &'static [&'static str],
}

impl Default for Viewer {
    /// Returns Kontur's viewer, which has the traces of `kontur` and `vostok`.
    fn default() -> Self {
        Viewer {
            url: format!("https://mon.kontur.ru/contrails/{TRACE_ID}"),
            formats: &[
                "kontur",
                "vostok",
                "trace-id",
                "a viewer's URL",
                "a Context-Globals value",
            ],
        }
    }
}

impl FromStr for Viewer {
    type Err = &'static str;

    /// Returns a viewer for the traces of all formats, or the default for an empty URL.
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        match url {
            "" => Ok(Viewer::default()),
            url if url.contains(TRACE_ID) => Ok(Viewer {
                url: url.to_owned(),
                formats: &[],
            }),
            _ => Err("the URL does not contain {trace_id}"),
        }
    }
}

impl Viewer {
    /// Returns the page of a trace, if its formats have their traces in the viewer.
    fn link(&self, trace: &Trace) -> Option<String> {
        let mut formats = trace.formats.iter();
        let is_there =
            self.formats.is_empty() || formats.any(|format| self.formats.contains(&&**format));
        is_there.then(|| self.url.replace(TRACE_ID, &trace.trace_id.to_string()))
    }
}

/// What is shown, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The lists of propagators that are compared; at least one.
    pub lists: Vec<Propagator>,
    /// The viewer.
    pub viewer: Viewer,
    /// Whether the outgoing headers are shown.
    pub sent: bool,
    /// Whether each message is reported in full, however many there are.
    pub all: bool,
}

impl Options {
    /// Returns the options for lists of propagators.
    pub fn new(lists: Vec<Propagator>) -> Self {
        Options {
            lists,
            viewer: Viewer::default(),
            sent: false,
            all: false,
        }
    }

    /// Returns a report for each list. A line that was searched for has none.
    fn reports(&self, message: &Message) -> Vec<Report> {
        let lists = self.lists.iter().filter(|_| message.excerpt.is_none());
        let reports = lists.map(|list| {
            let mut report = Report::new(message, list);
            report.outgoing.retain(|_| self.sent);
            report
        });
        reports.collect()
    }
}

/// A report that is written while the input arrives. Each method returns the errors of the writer.
pub trait Output {
    /// Writes a message of an input, which may have a name, or keeps it for the end.
    fn message(&mut self, source: Option<&str>, message: Message) -> io::Result<()>;

    /// Writes what is known when the input pauses.
    fn pause(&mut self) -> io::Result<()>;

    /// Writes the rest, and returns what was found.
    fn finish(&mut self, summary: &Summary) -> io::Result<Status>;
}
