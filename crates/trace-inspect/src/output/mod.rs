//! Reports for people and for programs.

mod escape;
mod json;
mod text;
mod traces;

use std::io;

use opentelemetry::trace::TraceId;
use opentelemetry_autoprop::Propagator;

pub use json::Json;
pub use text::Text;
pub use traces::Status;

use crate::headers::{Message, Summary};
use crate::report::{Report, Trace};

/// The placeholder of the trace id in a viewer's URL.
pub const TRACE_ID: &str = "{trace_id}";

/// The page of a trace in a viewer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Viewer {
    /// The URL, which contains [`TRACE_ID`].
    url: String,
    /// The propagators whose traces are in the viewer; all, if there are none.
    formats: &'static [&'static str],
}

impl Default for Viewer {
    /// Returns Kontur's viewer, which has the traces of `kontur` and `vostok`.
    fn default() -> Self {
        Viewer {
            url: format!("https://mon.kontur.ru/contrails/{TRACE_ID}"),
            formats: &["kontur", "vostok"],
        }
    }
}

impl Viewer {
    /// Returns a viewer for the traces of all formats. `None` if the URL does not contain
    /// [`TRACE_ID`].
    pub fn new(url: impl Into<String>) -> Option<Self> {
        let url = url.into();
        url.contains(TRACE_ID).then_some(Viewer { url, formats: &[] })
    }

    /// Returns the page of a trace, if one of these formats has its traces in the viewer.
    fn link(&self, trace_id: TraceId, formats: &[String]) -> Option<String> {
        let is_there = formats.iter().any(|format| self.formats.contains(&&**format));
        (self.formats.is_empty() || is_there).then(|| self.url.replace(TRACE_ID, &trace_id.to_string()))
    }
}

/// Returns the formats that state a trace, or else what mentions it.
fn formats_of(trace: &Trace, report: &Report) -> Vec<String> {
    if !trace.is_continued {
        // The response headers of Vostok's services.
        let is_of_vostok = trace.from == "trace-id" || trace.from.contains("Vostok") || trace.from.contains("Context-Globals");
        let vostok = is_of_vostok.then(|| "vostok".to_owned());
        return std::iter::once(trace.from.clone()).chain(vostok).collect();
    }
    let states = |format: &&crate::report::Format| {
        format.stated.as_ref().is_some_and(|stated| stated.trace_id == trace.trace_id)
    };
    report.formats.iter().filter(states).map(|format| format.name.clone()).collect()
}

/// What is shown, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
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
    /// Returns the options for one list of propagators.
    pub fn new(lists: Vec<Propagator>) -> Self {
        Options {
            lists,
            viewer: Viewer::default(),
            sent: false,
            all: false,
        }
    }

    fn reports(&self, message: &Message) -> Vec<Report> {
        self.lists.iter().map(|list| Report::new(message, list)).collect()
    }
}

/// A report that is written while the input arrives.
pub trait Output {
    /// Writes a message of an input, which may have a name, or keeps it for the end.
    ///
    /// # Errors
    ///
    /// The writer returns an error.
    fn message(&mut self, source: Option<&str>, message: Message) -> io::Result<()>;

    /// Writes what is known when the input pauses.
    ///
    /// # Errors
    ///
    /// The writer returns an error.
    fn pause(&mut self) -> io::Result<()>;

    /// Writes the rest, and returns what was found.
    ///
    /// # Errors
    ///
    /// The writer returns an error.
    fn finish(&mut self, summary: &Summary) -> io::Result<Status>;
}
