//! The input: files, standard input, or the arguments themselves.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::sync::mpsc::{sync_channel, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::arguments::Arguments;

/// A part of an input.
pub enum Part<'a> {
    /// The next bytes.
    Bytes(&'a [u8]),
    /// Nothing arrived for a while.
    Pause,
    /// The end of this input.
    End,
}

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

/// How long an input is waited for before what it contains so far is shown.
const PAUSE: Duration = Duration::from_millis(200);

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
        let is_several = words.len() > 1;
        let input = |word: &String| Input {
            name: is_several.then(|| word.clone()),
            kind: if word == "-" {
                Kind::Stdin
            } else {
                Kind::File(word.clone())
            },
        };
        return Ok(words.iter().map(input).collect());
    }
    let is_text = |word: &String| {
        word.contains([':', '=', '{', '\n']) || trace_inspect::headers::parse_id(word).is_some()
    };
    match words.iter().find(|word| !is_text(word)) {
        Some(word) if !word.contains(char::is_whitespace) && word.len() < 128 => {
            let error =
                fs::metadata(word).map_or_else(|error| error.to_string(), |_| String::new());
            Err(format!(
                "{word}: {error}, and it is neither a header nor a trace id"
            ))
        }
        _ => one(Kind::Text(words.join("\n"))),
    }
}

/// Returns the headers of a command of curl, one on a line.
fn headers_of_curl(words: &[String]) -> String {
    let mut words = words.iter();
    let mut headers = Vec::new();
    while let Some(word) = words.next() {
        let header = match &**word {
            "-H" | "--header" => words.next().map(String::as_str),
            word => word
                .strip_prefix("--header=")
                .or_else(|| word.strip_prefix("-H")),
        };
        headers.extend(header);
    }
    headers.join("\n")
}

impl Input {
    /// Passes the bytes on, and at last the end.
    ///
    /// # Errors
    ///
    /// The input cannot be read. The message is for the user.
    pub fn read(
        self,
        mut part: impl FnMut(Part<'_>) -> io::Result<()>,
    ) -> Result<io::Result<()>, String> {
        let mut done = Ok(());
        match self.kind {
            Kind::Text(text) => done = part(Part::Bytes(text.as_bytes())),
            Kind::File(name) => {
                let error = |error: io::Error| format!("{name}: {error}");
                let mut file = File::open(&name).map_err(error)?;
                let mut chunk = vec![0; CHUNK];
                while done.is_ok() {
                    match file.read(&mut chunk).map_err(error)? {
                        0 => break,
                        len => done = part(Part::Bytes(&chunk[..len])),
                    }
                }
            }
            Kind::Stdin => {
                let chunks = stdin();
                let mut has_news = false;
                while done.is_ok() {
                    let next = match has_news {
                        true => chunks.recv_timeout(PAUSE),
                        false => chunks.recv().map_err(RecvTimeoutError::from),
                    };
                    has_news = next.is_ok();
                    done = match next {
                        Ok(chunk) => part(Part::Bytes(
                            &chunk.map_err(|error| format!("standard input: {error}"))?,
                        )),
                        Err(RecvTimeoutError::Timeout) => part(Part::Pause),
                        Err(RecvTimeoutError::Disconnected) => break,
                    };
                }
            }
        }
        Ok(done.and_then(|()| part(Part::End)))
    }
}

/// Reads standard input in a thread of its own, so that a pause is noticed.
fn stdin() -> Receiver<io::Result<Vec<u8>>> {
    if io::stdin().is_terminal() {
        let end = if cfg!(windows) {
            "Ctrl-Z and Enter"
        } else {
            "Ctrl-D"
        };
        eprintln!("Paste headers, a log, a curl command or JSON; then press Enter and {end}.");
    }
    let (sender, receiver) = sync_channel(4);
    thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = stdin.read(&mut chunk).map(|len| chunk.truncate(len));
            let is_end = chunk.is_empty() || read.is_err();
            if chunk.is_empty() && read.is_ok()
                || sender.send(read.map(|()| chunk)).is_err()
                || is_end
            {
                return;
            }
        }
    });
    receiver
}
