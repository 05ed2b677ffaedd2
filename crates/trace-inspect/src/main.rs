//! The command line of `trace-inspect`.

mod arguments;
mod input;
mod list;

use std::io::{self, BufWriter};
use std::process::ExitCode;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use trace_inspect::headers::{Reader, Summary};
use trace_inspect::output::{Json, Options, Output, Status, Text};

use arguments::Arguments;

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
    let mut options = Options::new(list::propagators(&arguments.propagators));
    options.viewer = arguments.viewer.clone().unwrap_or_default();
    (options.sent, options.all) = (arguments.sent, arguments.all);
    let out = BufWriter::new(anstream::stdout().lock());
    let mut output: Box<dyn Output> = match arguments.json {
        true => Box::new(Json::new(out, options)),
        false => Box::new(Text::new(out, options)),
    };
    let summary = read(arguments, &mut *output)?;
    // The help lists the exit statuses.
    Ok(ExitCode::from(match output.finish(&summary)? {
        Status::Continued => 0,
        Status::Mentioned if arguments.find.is_some() => 0,
        Status::Mentioned => 3,
        Status::Nothing => 1,
    }))
}

/// Reads all inputs. Returns the sum of their summaries.
fn read(arguments: &Arguments, output: &mut dyn Output) -> io::Result<Summary> {
    let inputs = input::inputs(arguments).unwrap_or_else(|message| {
        let error = Arguments::command().error(ErrorKind::ValueValidation, message);
        error.exit()
    });
    let mut all = Summary::default();
    for input in inputs {
        let name = input.name.clone();
        let mut reader = Reader::new().limit(arguments.limit.saturating_mul(1 << 20));
        if let Some(id) = arguments.find {
            reader = reader.only(id);
        }
        let mut found = Vec::new();
        let mut error = None;
        let mut has_news = false;
        let chunks = input.chunks();
        loop {
            // Only what has arrived and was not shown yet is worth a look at the clock.
            let wait = if has_news { PAUSE } else { Duration::MAX };
            let next = chunks.recv_timeout(wait);
            match &next {
                Ok(Ok(chunk)) => reader.push(chunk, &mut |message| found.push(message)),
                Ok(Err(problem)) => error = Some(problem.to_string()),
                Err(RecvTimeoutError::Timeout) => reader.idle(&mut |message| found.push(message)),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            for message in found.drain(..) {
                output.message(name.as_deref(), message)?;
            }
            has_news = next.is_ok();
            if !has_news {
                output.pause()?;
            }
        }
        all.add(reader.finish(&mut |message| found.push(message)));
        all.error = all.error.or(error);
        for message in found {
            output.message(name.as_deref(), message)?;
        }
    }
    Ok(all)
}
