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
    kind: Kind,
}

enum Kind {
    Stdin,
    File(String),
    Text(String),
}

/// How many bytes are read at once.
const CHUNK: usize = 64 * 1024;

/// Returns the inputs that the arguments name.
///
/// # Errors
///
/// An argument looks like the name of a file that does not exist. The message is for the user.
pub fn inputs(arguments: &Arguments) -> Result<Vec<Input>, String> {
    let words = &arguments.input;
    let one = |kind| Ok(vec![Input { name: None, kind }]);
    if !arguments.headers.is_empty() {
        return one(Kind::Text(arguments.headers.join("\n")));
    }
    if words.is_empty() || *words == ["-"] {
        return one(Kind::Stdin);
    }
    if words.iter().any(|word| Path::new(word).exists()) {
        let file = |word: &String| Input {
            name: (words.len() > 1).then(|| word.clone()),
            kind: Kind::File(word.clone()),
        };
        return Ok(words.iter().map(file).collect());
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
        None => one(Kind::Text(words.join("\n"))),
    }
}

/// A part of an input, or why it cannot be read.
pub type Chunk = io::Result<Vec<u8>>;

impl Input {
    /// Reads the input in a thread of its own, so that a pause is noticed.
    ///
    /// # Errors
    ///
    /// A file cannot be opened. The message is for the user.
    pub fn chunks(self) -> Result<Receiver<Chunk>, String> {
        let input: Box<dyn Read + Send> = match self.kind {
            Kind::Text(text) => Box::new(Cursor::new(text)),
            Kind::File(name) => {
                let file = File::open(&name).map_err(|error| format!("{name}: {error}"))?;
                Box::new(file)
            }
            Kind::Stdin => {
                if io::stdin().is_terminal() {
                    let end = if cfg!(windows) {
                        "Ctrl-Z and Enter"
                    } else {
                        "Ctrl-D"
                    };
                    eprintln!(
                        "Paste headers, a log, a curl command or JSON; then Enter and {end}."
                    );
                }
                Box::new(io::stdin())
            }
        };
        let (sender, receiver) = sync_channel(4);
        thread::spawn(move || {
            let mut input = match plain(input) {
                Ok(input) => input,
                Err(error) => return drop(sender.send(Err(error))),
            };
            loop {
                let mut chunk = vec![0; CHUNK];
                let read = input.read(&mut chunk);
                let is_end = !matches!(read, Ok(1..));
                let chunk = read.map(|len| {
                    chunk.truncate(len);
                    chunk
                });
                if sender.send(chunk).is_err() || is_end {
                    return;
                }
            }
        });
        Ok(receiver)
    }
}

/// Returns the text of an input, which may be compressed.
fn plain(input: Box<dyn Read + Send>) -> io::Result<Box<dyn Read>> {
    let mut input = BufReader::with_capacity(CHUNK, input);
    let is_gzip = input.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(match is_gzip {
        true => Box::new(MultiGzDecoder::new(input)),
        false => Box::new(input),
    })
}
