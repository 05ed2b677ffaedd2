//! Shows what trace a block of HTTP headers carries, and what a service would send on.
//!
//! ```text
//! cargo run -q -p inspect -- docs/captures/extern-certificate.http
//! curl -si https://… | cargo run -q -p inspect
//! ```

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_autoprop::Propagator;

use inspect::headers::{self, Block};
use inspect::report::Report;
use inspect::{json, text};

/// Every format that this program explains.
const ALL: &str = "tracecontext,baggage,kontur,vostok,sentry";

const TRACE_ID: &str = "{trace_id}";

/// Shows what trace a block of HTTP headers carries, and what a service would send on.
///
/// Reads a .http file, or what `curl -i` or `curl -v` printed. Exit status: 0 with a trace,
/// 1 without one, 2 for wrong usage.
#[derive(Parser)]
#[command(name = "inspect")]
struct Arguments {
    /// The file with the headers; standard input if it is missing or -
    file: Option<PathBuf>,

    /// The propagators, as in OTEL_PROPAGATORS [default: that variable, else all]
    #[arg(long, value_name = "LIST")]
    propagators: Option<String>,

    /// The page of a trace in the viewer
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://mon.kontur.ru/contrails/{trace_id}"
    )]
    viewer: String,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if !arguments.viewer.contains(TRACE_ID) {
        wrong_usage(&format!("--viewer: the URL has no {TRACE_ID} in it"));
    }
    let propagator = propagator(arguments.propagators.as_deref());
    let input = input(arguments.file.as_ref());
    let block = choose(headers::read(&input), &propagator);

    let report = Report::new(&block.headers, &propagator);
    let link = report.continued.as_ref().map(|(_, span_context)| {
        let trace_id = span_context.trace_id().to_string();
        arguments.viewer.replace(TRACE_ID, &trace_id)
    });
    let (start_line, link) = (block.start_line.as_deref(), link.as_deref());
    let printed = if arguments.json {
        let json = json::of(&report, start_line, link);
        writeln!(io::stdout(), "{json:#}")
    } else {
        text::write(&mut anstream::stdout().lock(), &report, start_line, link)
    };
    match printed {
        // A reader that has seen enough is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("error: standard output: {error}");
            ExitCode::from(2)
        }
        _ => ExitCode::from(u8::from(report.continued.is_none())),
    }
}

/// Says what is wrong and how the program is used, and exits with status 2.
fn wrong_usage(message: &str) -> ! {
    Arguments::command()
        .error(ErrorKind::ValueValidation, message)
        .exit()
}

fn propagator(list: Option<&str>) -> Propagator {
    let default = || opentelemetry_autoprop::builder().default_list(ALL);
    match list {
        Some(list) => default()
            .from_list(list)
            .unwrap_or_else(|error| wrong_usage(&format!("--propagators: {error}"))),
        None => default().try_from_env().unwrap_or_else(|error| {
            eprintln!("warning: {error}");
            default().from_env()
        }),
    }
}

fn input(file: Option<&PathBuf>) -> String {
    let (name, bytes) = match file.filter(|file| file.as_os_str() != "-") {
        Some(file) => (file.display().to_string(), std::fs::read(file)),
        None => {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut bytes);
            ("standard input".to_owned(), read.map(|_| bytes))
        }
    };
    match bytes {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => wrong_usage(&format!("{name}: {error}")),
    }
}

/// The last block with a header that a propagator reads: of a request and its response, and of a
/// chain of redirects, the last one to speak of a trace.
fn choose(blocks: Vec<Block>, propagator: &Propagator) -> Block {
    let has_field = |block: &Block| {
        propagator
            .fields()
            .any(|field| block.headers.contains_key(field))
    };
    let last = blocks.iter().rposition(has_field).unwrap_or(0);
    blocks.into_iter().nth(last).unwrap_or_default()
}
