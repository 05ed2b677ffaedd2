//! Commands with headers among their arguments: `curl` of a shell, of cmd, and as browsers copy it.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;
use shlex::Shlex;

use super::message::{Message, Sink};
use super::values::regex;
use super::{names, region};

/// Reads the `-H` arguments of a text. Each command, and each group of lines with `-H`, is a message.
pub(super) fn read(text: &str, out: Sink<'_>) {
    static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
        regex(r#"(?m)^\s*(?:[$>#%]\s+)?(?:curl(?:\.exe)?\s|(?:-H|--header)[ =]?[$^]?['"])"#)
    });
    if !may_be_command(text) || !COMMAND.is_match(text) {
        return;
    }
    let mut reader = Reader::default();
    for line in logical_lines(&without_carets(text)) {
        reader.line(&line, out);
    }
    if let Some(message) = reader.end() {
        out(message);
    }
}

/// Whether a text may match the regular expression for commands, which is several times as slow.
fn may_be_command(text: &str) -> bool {
    let contains = |word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    contains("curl") || contains("-H") || contains("--header")
}

/// Reads words that a shell has split already.
pub(super) fn from_words(words: impl IntoIterator<Item = String>) -> Option<Message> {
    let mut reader = Reader::default();
    let mut last = None;
    for word in words {
        last = reader.word(&word).or(last);
    }
    reader.end().or(last)
}

/// Undoes the escapes of cmd: a caret before each special character.
fn without_carets(text: &str) -> Cow<'_, str> {
    if !text.contains("^\"") && !text.contains("^\n") && !text.contains("^\r\n") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '^' => match chars.next() {
                Some('\r') => {
                    chars.next();
                    plain.push(' ');
                }
                Some('\n') => plain.push(' '),
                Some(c) => plain.push(c),
                None => {}
            },
            c => plain.push(c),
        }
    }
    Cow::Owned(plain)
}

/// Replaces `$'…'`, which is not part of POSIX, by a word in POSIX's quotes.
fn without_ansi_quotes(line: &str) -> Cow<'_, str> {
    let mut plain = String::new();
    let mut rest = line;
    while let Some(start) = rest.find("$'") {
        let quoted = &rest[start + 2..];
        let Some(end) = region::unescaped(quoted, '\'') else {
            break;
        };
        plain.push_str(&rest[..start]);
        let word = region::unescape(&quoted[..end]);
        plain.push_str(&shlex::try_quote(&word).unwrap_or_default());
        rest = &quoted[end + 1..];
    }
    if plain.is_empty() {
        return Cow::Borrowed(line);
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Joins the lines that a backslash continues.
fn logical_lines(text: &str) -> Vec<Cow<'_, str>> {
    let mut lines = Vec::new();
    let mut joined: Option<String> = None;
    for line in text.lines() {
        let (line, goes_on) = match line.trim_end().strip_suffix(['\\', '`']) {
            Some(line) => (line, true),
            None => (line, false),
        };
        match (&mut joined, goes_on) {
            (Some(joined), true) => joined.push_str(line),
            (None, true) => joined = Some(line.to_owned()),
            (None, false) => lines.push(Cow::Borrowed(line)),
            (Some(_), false) => {
                let mut whole = joined.take().unwrap_or_default();
                whole.push_str(line);
                lines.push(Cow::Owned(whole));
            }
        }
    }
    lines.extend(joined.map(Cow::Owned));
    lines
}

#[derive(Default)]
struct Reader {
    message: Message,
    /// The word before, if it takes the next one as its argument.
    pending: Option<Pending>,
    method: Option<String>,
    url: Option<String>,
    is_curl: bool,
}

enum Pending {
    Header,
    Method,
    Other,
}

impl Reader {
    fn line(&mut self, line: &str, out: Sink<'_>) {
        let trimmed = line
            .trim_start()
            .trim_start_matches(['$', '>', '#', '%'])
            .trim_start();
        let is_curl = trimmed.starts_with("curl");
        if !is_curl && !trimmed.starts_with('-') {
            if let Some(message) = self.end() {
                out(message);
            }
            return;
        }
        for word in Shlex::new(&without_ansi_quotes(trimmed)) {
            if let Some(message) = self.word(&word) {
                out(message);
            }
        }
    }

    /// Reads a word. Returns the message of the command before, if the word begins another one.
    fn word(&mut self, word: &str) -> Option<Message> {
        let pending = self.pending.take();
        match pending {
            Some(Pending::Header) => self.header(word),
            Some(Pending::Method) => self.method = Some(word.to_owned()),
            Some(Pending::Other) | None => {}
        }
        if pending.is_some() {
            return None;
        }
        match word {
            "curl" | "curl.exe" => {
                let before = self.end();
                self.is_curl = true;
                return before;
            }
            "-H" | "--header" => self.pending = Some(Pending::Header),
            "-X" | "--request" => self.pending = Some(Pending::Method),
            "-d" | "--data" | "--data-raw" | "--data-binary" | "-o" | "-A" | "-b" | "-u" => {
                self.pending = Some(Pending::Other);
            }
            "--url" => {}
            _ if word.starts_with("--header=") => self.header(&word["--header=".len()..]),
            _ if word.starts_with("-H") => self.header(&word[2..]),
            _ if word.starts_with("http://") || word.starts_with("https://") => {
                self.url = Some(word.to_owned());
            }
            _ => {}
        }
        None
    }

    fn header(&mut self, header: &str) {
        let Some((name, value)) = header.split_once(':') else {
            return;
        };
        if let Some(name) = names::canonical(name) {
            self.message.push(name, value);
        }
    }

    /// Ends a command. Returns its message if it has headers.
    fn end(&mut self) -> Option<Message> {
        let mut message = std::mem::take(&mut self.message);
        let (method, url) = (self.method.take(), self.url.take());
        let is_curl = std::mem::take(&mut self.is_curl);
        self.pending = None;
        if message.is_empty() {
            return None;
        }
        message.read_as = match is_curl {
            true => "curl command".to_owned(),
            false => "arguments of curl".to_owned(),
        };
        if let Some(url) = url {
            message.start_line = Some(format!("{} {url}", method.as_deref().unwrap_or("GET")));
        }
        Some(message)
    }
}
