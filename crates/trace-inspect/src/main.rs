//! The command line of `trace-inspect`.

mod arguments;
mod input;
mod list;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use opentelemetry::trace::TraceId;
use opentelemetry_autoprop::Propagator;
use trace_inspect::headers::{Message, Reading};
use trace_inspect::output;
use trace_inspect::report::Report;

use arguments::{Arguments, TRACE_ID};

/// The exit status if headers were recognized and none carries a trace.
const NO_TRACE: u8 = 1;

/// The exit status if no header was recognized.
const UNRECOGNIZED: u8 = 3;

/// How many messages are shown without `--all`.
const SHOWN: usize = 20;

/// How many messages JSON has without `--all`.
const SHOWN_IN_JSON: usize = 1000;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(status) => status,
        // A reader such as `head` may close the pipe early.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: standard output: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<ExitCode> {
    if let Some(shell) = arguments.completions {
        let mut script = Vec::new();
        clap_complete::generate(
            shell,
            &mut Arguments::command(),
            "trace-inspect",
            &mut script,
        );
        io::stdout().write_all(&script)?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.man {
        clap_mangen::Man::new(Arguments::command()).render(&mut io::stdout())?;
        return Ok(ExitCode::SUCCESS);
    }
    if !arguments.viewer.contains(TRACE_ID) {
        wrong_usage(&format!("--viewer: the URL does not contain {TRACE_ID}"));
    }
    let lists = list::propagators(&arguments.propagators);
    let max = match (arguments.all, arguments.json) {
        (true, _) => usize::MAX,
        (false, true) => SHOWN_IN_JSON,
        (false, false) => SHOWN,
    };
    let has_trace = |message: &Message| has_trace(message, &lists);
    let reading = input::read(arguments, max, &has_trace);
    let reading = reading.unwrap_or_else(|message| wrong_usage(&message));
    let link = |trace_id: TraceId| arguments.viewer.replace(TRACE_ID, &trace_id.to_string());
    if arguments.json {
        let json = output::json::all(&reading, &lists, link, max);
        writeln!(io::stdout().lock(), "{json:#}")?;
    } else {
        let mut out = io::BufWriter::new(anstream::stdout().lock());
        output::text::all(&mut out, &reading, &lists, link, max)?;
        out.flush()?;
    }
    Ok(status(&reading, has_trace))
}

/// Whether a message carries or mentions a trace for one of the lists.
fn has_trace(message: &Message, lists: &[Propagator]) -> bool {
    lists
        .iter()
        .any(|propagator| Report::has_trace(message, propagator))
}

fn status(reading: &Reading, has_trace: impl Fn(&Message) -> bool) -> ExitCode {
    match reading.decisive(&has_trace) {
        None => ExitCode::from(UNRECOGNIZED),
        Some((_, message)) if has_trace(message) => ExitCode::SUCCESS,
        Some(_) => ExitCode::from(NO_TRACE),
    }
}

/// Prints an error and the usage, and exits with status 2.
fn wrong_usage(message: &str) -> ! {
    Arguments::command()
        .error(ErrorKind::ValueValidation, message)
        .exit()
}
