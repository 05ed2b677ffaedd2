//! The input: files, standard input, or the arguments themselves.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, IsTerminal, Read};
use std::path::Path;
use std::sync::mpsc::{sync_channel, Receiver};
use std::thread;

use flate2::bufread::MultiGzDecoder;
use trace_inspect::headers::parse_id;

use crate::arguments::Arguments;

/// An input, and its name if there are several.
pub struct Input {
    pub name: Option<String>,
    bytes: Box<dyn Read + Send>,
}

/// How many bytes are read at once.
const CHUNK: usize = 64 * 1024;

/// Returns the inputs that the arguments name.
///
/// # Errors
///
/// A file cannot be opened, or an argument looks like the name of a file that does not exist. The
/// message is for the user.
pub fn inputs(arguments: &Arguments) -> Result<Vec<Input>, String> {
    let words = &arguments.input;
    let text = |lines: &[String]| Ok(vec![Input::of(Cursor::new(lines.join("\n")))]);
    if !arguments.headers.is_empty() {
        return text(&arguments.headers);
    }
    if words.is_empty() || *words == ["-"] {
        if io::stdin().is_terminal() {
            let end = "Ctrl-D; on Windows, Ctrl-Z and Enter";
            eprintln!("Paste headers, a log, a curl command or JSON; then press Enter and {end}.");
        }
        return Ok(vec![Input::of(io::stdin())]);
    }
    if words.iter().any(|word| Path::new(word).exists()) {
        let file = |word: &String| {
            let file = File::open(word).map_err(|error| format!("{word}: {error}"))?;
            let mut input = Input::of(file);
            input.name = (words.len() > 1).then(|| word.clone());
            Ok(input)
        };
        return words.iter().map(file).collect();
    }
    // The arguments of curl contain options and URLs.
    let is_curl = words.iter().any(|word| word.starts_with('-'));
    let is_text = |word: &String| {
        word.contains([':', '=', '{', '\n', ' ']) || parse_id(word).is_some() || is_curl
    };
    match words.iter().find(|word| !is_text(word)) {
        Some(word) => Err(format!(
            "{word}: there is no such file, and it is neither a header nor a trace id"
        )),
        None => text(words),
    }
}

/// A part of an input, or why it cannot be read.
pub type Chunk = io::Result<Vec<u8>>;

impl Input {
    fn of(bytes: impl Read + Send + 'static) -> Self {
        Input {
            name: None,
            bytes: Box::new(bytes),
        }
    }

    /// Reads the input in a thread of its own, so that a pause is noticed.
    pub fn chunks(self) -> Receiver<Chunk> {
        let (sender, receiver) = sync_channel(4);
        thread::spawn(move || {
            let mut input = plain(self.bytes);
            loop {
                let mut chunk = vec![0; CHUNK];
                let read = input.read(&mut chunk);
                let is_end = !matches!(read, Ok(1..));
                let chunk = read.map(|len| chunk[..len].to_vec());
                if sender.send(chunk).is_err() || is_end {
                    return;
                }
            }
        });
        receiver
    }
}

/// Returns the text of an input, which may be compressed.
fn plain(input: Box<dyn Read + Send>) -> Box<dyn Read> {
    let mut input = BufReader::with_capacity(CHUNK, input);
    // If the input cannot be read, the next attempt returns the error.
    let start = input.fill_buf().unwrap_or_default();
    match start.starts_with(&[0x1f, 0x8b]) {
        true => Box::new(MultiGzDecoder::new(input)),
        false => Box::new(input),
    }
}
