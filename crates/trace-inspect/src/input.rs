//! The input: files, standard input, or the arguments themselves.

use std::fs::{self, File};
use std::io::{self, IsTerminal};
use std::path::Path;

use trace_inspect::headers::{self, Message, Reading};

use crate::arguments::Arguments;

/// Reads the input that the arguments name, and keeps the first `max` messages.
///
/// # Errors
///
/// A file cannot be read, or an argument is neither a file nor recognized. The message is for the
/// user.
pub fn read(
    arguments: &Arguments,
    max: usize,
    has_trace: &dyn Fn(&Message) -> bool,
) -> Result<Reading, String> {
    let read = |input: &mut dyn io::Read| headers::read_stream(input, max, has_trace);
    if !arguments.headers.is_empty() {
        let words = arguments.headers.iter();
        return Ok(words_of_curl(words.flat_map(|header| ["-H", header])));
    }
    match &*arguments.input {
        [] => stdin(read),
        [one] if one == "-" => stdin(read),
        [one] if Path::new(one).exists() => {
            let reading = File::open(one).and_then(|mut file| read(&mut file));
            reading.map_err(|error| format!("{one}: {error}"))
        }
        words
            if words
                .iter()
                .any(|word| word.starts_with("-H") || word == "--header") =>
        {
            Ok(words_of_curl(words.iter().map(String::as_str)))
        }
        texts => {
            let text = texts.join("\n");
            let reading = read(&mut text.as_bytes()).map_err(|error| error.to_string())?;
            let is_text = texts
                .iter()
                .any(|text| text.contains([':', '=', '{', '\n']));
            if reading.messages.is_empty() && !is_text {
                return Err(not_found(texts));
            }
            Ok(reading)
        }
    }
}

fn not_found(texts: &[String]) -> String {
    let name = &texts[0];
    match fs::metadata(name) {
        Err(error) => format!("{name}: {error}, and it is neither a header nor a trace id"),
        Ok(_) => "expected one file".to_owned(),
    }
}

fn words_of_curl<'a>(words: impl Iterator<Item = &'a str>) -> Reading {
    headers::read_words(words.map(str::to_owned))
}

fn stdin(read: impl FnOnce(&mut dyn io::Read) -> io::Result<Reading>) -> Result<Reading, String> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        let end = if cfg!(windows) {
            "Ctrl-Z and Enter"
        } else {
            "Ctrl-D"
        };
        eprintln!("Paste headers, a log, a curl command or JSON; then press Enter and {end}.");
    }
    read(&mut stdin.lock()).map_err(|error| format!("standard input: {error}"))
}
