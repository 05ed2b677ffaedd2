//! The input: files, standard input, or the arguments themselves.

use std::fs::File;
use std::io::{self, Cursor, IsTerminal, Read};
use std::path::Path;
use std::sync::mpsc::{sync_channel, Receiver};
use std::thread;

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
    if words
        .iter()
        .any(|word| word.starts_with("-H") || word == "--header")
    {
        return one(Kind::Text(headers_of_curl(words)));
    }
    if words.iter().any(|word| Path::new(word).exists()) {
        let file = |word: &String| Input {
            name: (words.len() > 1).then(|| word.clone()),
            kind: Kind::File(word.clone()),
        };
        return Ok(words.iter().map(file).collect());
    }
    let is_text = |word: &&String| word.contains([':', '=', '{', '\n']) || parse_id(word).is_some();
    match words.iter().find(|word| !is_text(word)) {
        Some(word) if !word.contains(' ') => Err(format!(
            "{word}: there is no such file, and it is neither a header nor a trace id"
        )),
        _ => one(Kind::Text(words.join("\n"))),
    }
}

/// Returns the headers of a command of curl, one on a line.
fn headers_of_curl(words: &[String]) -> String {
    let mut words = words.iter();
    let mut headers = Vec::new();
    while let Some(word) = words.next() {
        headers.extend(match &**word {
            "-H" | "--header" => words.next().map(String::as_str),
            word => word.strip_prefix("--header=").or(word.strip_prefix("-H")),
        });
    }
    headers.join("\n")
}

impl Input {
    /// Reads the input in a thread of its own, so that a pause is noticed. Each message is for the
    /// user.
    pub fn chunks(self) -> Receiver<Result<Vec<u8>, String>> {
        let (name, mut input): (_, Box<dyn Read + Send>) = match self.kind {
            Kind::Text(text) => ("the text".to_owned(), Box::new(Cursor::new(text))),
            Kind::File(name) => match File::open(&name) {
                Ok(file) => (name, Box::new(file)),
                Err(error) => (name, Box::new(Failing(Some(error)))),
            },
            Kind::Stdin => {
                if io::stdin().is_terminal() {
                    let end = if cfg!(windows) {
                        "Ctrl-Z and Enter"
                    } else {
                        "Ctrl-D"
                    };
                    eprintln!(
                        "Paste headers, a log, a curl command or JSON; then press Enter and {end}."
                    );
                }
                ("standard input".to_owned(), Box::new(io::stdin()))
            }
        };
        let (sender, receiver) = sync_channel(4);
        thread::spawn(move || loop {
            let mut chunk = vec![0; CHUNK];
            let read = input.read(&mut chunk);
            let is_end = !matches!(read, Ok(1..));
            let next = read.map(|len| {
                chunk.truncate(len);
                chunk
            });
            if sender
                .send(next.map_err(|error| format!("{name}: {error}")))
                .is_err()
                || is_end
            {
                return;
            }
        });
        receiver
    }
}

/// An input that cannot be opened.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
