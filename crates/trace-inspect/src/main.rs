//! The command line of `trace-inspect`.

mod arguments;
mod input;
mod list;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;
use std::{env, fmt};

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use opentelemetry::trace::TraceId;
use trace_inspect::headers::{parse_id, Message, Reader, Summary};
use trace_inspect::output::{Json, Options, Output, Status, Text, Viewer, TRACE_ID};

use arguments::{Arguments, VIEWER};

/// The exit status if there is no trace.
const NOTHING: u8 = 1;

/// The exit status if trace ids are only mentioned.
const MENTIONED: u8 = 3;

/// How long an input is waited for before what it contains so far is shown.
const PAUSE: Duration = Duration::from_millis(200);

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
    let needle = arguments.find.as_ref().map(|id| {
        parse_id(id).unwrap_or_else(|| wrong_usage("--find: expected a trace id, in any spelling"))
    });
    let mut options = Options::new(list::propagators(&arguments.propagators));
    options.viewer = viewer(arguments);
    options.sent = arguments.sent;
    options.all = arguments.all;
    let out = BufWriter::new(anstream::stdout().lock());
    let mut output: Box<dyn Output> = match arguments.json {
        true => Box::new(Json::new(out, options)),
        false => Box::new(Text::new(out, options)),
    };
    let summary = read(arguments, needle, &mut *output)?;
    let is_found = summary.messages > 0 && needle.is_some();
    Ok(match output.finish(&summary)? {
        Status::Continued => ExitCode::SUCCESS,
        _ if is_found => ExitCode::SUCCESS,
        Status::Mentioned => ExitCode::from(MENTIONED),
        _ => ExitCode::from(NOTHING),
    })
}

/// Reads all inputs. Returns the sum of their summaries.
fn read(
    arguments: &Arguments,
    needle: Option<TraceId>,
    output: &mut dyn Output,
) -> io::Result<Summary> {
    let inputs = input::inputs(arguments).unwrap_or_else(|message| wrong_usage(&message));
    let mut all = Summary::default();
    for input in inputs {
        let name = input.name.clone();
        let mut reader = Reader::new().limit(arguments.limit.saturating_mul(1 << 20));
        if let Some(id) = needle {
            reader = reader.only(id);
        }
        let mut done = Ok(());
        let mut keep = |output: &mut dyn Output, message: Message| {
            if done.is_ok() {
                done = output.message(name.as_deref(), message);
            }
        };
        let chunks = input.chunks();
        let mut has_news = false;
        loop {
            // Only what has arrived and was not shown yet is worth a look at the clock.
            let wait = if has_news { PAUSE } else { Duration::MAX };
            match chunks.recv_timeout(wait) {
                Ok(chunk) => {
                    let chunk = chunk.unwrap_or_else(|message| wrong_usage(&message));
                    reader.push(&chunk, &mut |message| keep(output, message));
                    has_news = true;
                }
                Err(RecvTimeoutError::Timeout) => {
                    reader.idle(&mut |message| keep(output, message));
                    output.pause()?;
                    has_news = false;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        all.add(reader.finish(&mut |message| keep(output, message)));
        done?;
    }
    Ok(all)
}

/// Returns the viewer of the option, or of the variable, or the default.
fn viewer(arguments: &Arguments) -> Viewer {
    let variable = env::var(VIEWER).ok().filter(|url| !url.is_empty());
    let (from, url) = match (&arguments.viewer, variable) {
        (Some(url), _) => ("--viewer", url.clone()),
        (None, Some(url)) => (VIEWER, url),
        (None, None) => return Viewer::default(),
    };
    let missing = || wrong_usage(format_args!("{from}: the URL does not contain {TRACE_ID}"));
    Viewer::new(url).unwrap_or_else(missing)
}

/// Prints an error and the usage, and exits with status 2.
fn wrong_usage(message: impl fmt::Display) -> ! {
    Arguments::command()
        .error(ErrorKind::ValueValidation, message)
        .exit()
}
