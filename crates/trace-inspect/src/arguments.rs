//! The arguments.

use clap::Parser;
use clap_complete::Shell;

/// The placeholder of the trace id in a viewer's URL.
pub const TRACE_ID: &str = "{trace_id}";

/// Finds trace headers in anything: which trace would a service continue, and what would it send on?
///
/// Reads header blocks, .http files, curl commands and what curl prints, HAR and other JSON, logs,
/// environment variables, packet dumps, HTML, and values alone. The report begins with how the input
/// was understood.
///
/// Exit status: 0 if a trace was found, with any of the lists; 1 if headers were recognized and none
/// carries a valid trace; 2 for wrong usage; 3 if no header was recognized.
#[derive(Parser)]
#[command(name = "trace-inspect", version)]
#[command(after_help = "\
Examples:
  inspect request.http
  curl -sv https://HOST/ 2>&1 | inspect
  inspect 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  inspect -- -H 'X-Kontur-Trace-Id: 27bb7faa48294cf49ae6007d70905468'
  inspect --propagators kontur --propagators tracecontext,kontur request.http")]
pub struct Arguments {
    /// A file, or the text itself; standard input if it is missing or -. After --, the arguments of
    /// a curl command
    pub input: Vec<String>,

    /// A header, as curl has it; may be repeated
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    pub headers: Vec<String>,

    /// The propagators, in place of OTEL_PROPAGATORS; repeat it to compare lists [default: that
    /// variable, else all formats]
    #[arg(long, value_name = "LIST")]
    pub propagators: Vec<String>,

    /// The page of a trace in the viewer
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://mon.kontur.ru/contrails/{trace_id}"
    )]
    pub viewer: String,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    /// Show all messages, not only the first 20, or 1000 in JSON
    #[arg(long)]
    pub all: bool,

    /// Print a completion script for a shell
    #[arg(long, value_name = "SHELL", exclusive = true)]
    pub completions: Option<Shell>,

    /// Print a man page
    #[arg(long, exclusive = true)]
    pub man: bool,
}
