//! The arguments.

use clap::Parser;
use opentelemetry::trace::TraceId;
use trace_inspect::headers::parse_id;
use trace_inspect::output::Viewer;

/// Finds trace headers and trace ids in anything: which trace would a service continue?
///
/// Reads header blocks, .http files, curl commands and what curl prints, JSON and HAR, logs, tables,
/// environment variables, HTML, and values alone; plain or gzip. Several messages
/// begin with a table of their traces.
///
/// Exit status: 0 if a service would continue a trace, with any of the lists, or if --find found the
/// id; 1 if there is no trace; 2 for wrong usage or an input that cannot be read; 3 if trace ids are
/// only mentioned.
#[derive(Parser)]
#[command(name = "trace-inspect", version)]
#[command(after_help = "\
Examples:
  trace-inspect request.http
  curl -sv https://HOST/ 2>&1 | trace-inspect
  kubectl logs -f POD | trace-inspect
  trace-inspect --find 27bb7faa48294cf49ae6007d70905468 app.log.1.gz app.log
  trace-inspect 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  trace-inspect -- -H 'X-Kontur-Trace-Id: 27bb7faa48294cf49ae6007d70905468'
  trace-inspect --propagators kontur --propagators tracecontext,kontur request.http")]
pub struct Arguments {
    /// Files, or the text itself; standard input if it is missing or -. After --, the arguments of a
    /// curl command
    pub input: Vec<String>,

    /// A header, as curl has it; may be repeated
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    pub headers: Vec<String>,

    /// The propagators, in place of OTEL_PROPAGATORS; repeat it to compare lists [default: that
    /// variable, else all formats]
    #[arg(long, value_name = "LIST")]
    pub propagators: Vec<String>,

    /// Print only the lines that contain this trace id, in any spelling
    #[arg(long, value_name = "ID", value_parser = id)]
    pub find: Option<TraceId>,

    /// Show the headers that a service with the list would send
    #[arg(long)]
    pub sent: bool,

    /// The page of a trace in the viewer, with {trace_id} [default: Kontur's viewer, for the traces
    /// of kontur and vostok]
    #[arg(long, value_name = "URL", env = "TRACE_INSPECT_VIEWER")]
    pub viewer: Option<Viewer>,

    /// How many MiB of a line, and of a JSON value, are held
    #[arg(long, value_name = "MIB", default_value_t = 64)]
    pub limit: usize,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    /// List all traces and report on each message, not only on up to 20
    #[arg(long)]
    pub all: bool,
}

fn id(text: &str) -> Result<TraceId, &'static str> {
    parse_id(text).ok_or("expected a trace id, in any spelling")
}
