//! The input: files, standard input, or the arguments themselves.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use inspect::headers::{self, Reading};

use crate::arguments::Arguments;

/// How many bytes of an input are read. It bounds the memory for an endless one.
const MAX_LEN: u64 = 256 * 1024 * 1024;

/// Reads what the arguments name.
///
/// # Errors
///
/// A file cannot be read, or an argument is neither a file nor recognized. The message is for the
/// user.
pub fn read(arguments: &Arguments) -> Result<Reading, String> {
    if !arguments.headers.is_empty() {
        let words = arguments.headers.iter();
        return Ok(words_of_curl(words.flat_map(|header| ["-H", header])));
    }
    match &*arguments.input {
        [] => stdin(),
        [one] if one == "-" => stdin(),
        [one] if Path::new(one).exists() => {
            let bytes = File::open(one).and_then(limited);
            let bytes = bytes.map_err(|error| format!("{one}: {error}"))?;
            Ok(headers::read(&bytes))
        }
        words
            if words
                .iter()
                .any(|word| word.starts_with("-H") || word == "--header") =>
        {
            Ok(words_of_curl(words.iter().map(String::as_str)))
        }
        texts => {
            let reading = headers::read(texts.join("\n").as_bytes());
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
        Err(error) => format!("{name}: {error}, and not a header or a trace id either"),
        Ok(_) => "expected one file".to_owned(),
    }
}

fn words_of_curl<'a>(words: impl Iterator<Item = &'a str>) -> Reading {
    let mut reading = Reading::default();
    let mut lines = 0;
    let words = words.inspect(|_| lines += 1).map(str::to_owned);
    reading.messages.extend(headers::read_words(words));
    reading.lines = lines;
    reading
}

fn stdin() -> Result<Reading, String> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        let end = if cfg!(windows) {
            "Ctrl-Z and Enter"
        } else {
            "Ctrl-D"
        };
        eprintln!("Paste headers, a log, a curl command or JSON; then press Enter and {end}.");
    }
    let bytes = limited(stdin.lock()).map_err(|error| format!("standard input: {error}"))?;
    Ok(headers::read(&bytes))
}

fn limited(input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(MAX_LEN).read_to_end(&mut bytes)?;
    Ok(bytes)
}
