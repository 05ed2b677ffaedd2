//! Text to blocks: the headers and the body of each request and response.

use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;

use super::names;
use super::values::regex;

/// Lines that belong to one message.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Block<'a> {
    /// The request or status line, or the one that pseudo-headers stand for.
    pub start_line: Option<String>,
    /// The lines after the start line, without those that are empty.
    pub lines: Vec<&'a str>,
    /// Whether these are the lines after the headers.
    pub is_body: bool,
    /// Whether a line contains a known name.
    has_name: bool,
    /// Whether the lines had the marks of `curl -v` or `curl --trace-ascii`.
    pub(super) is_curl: bool,
    pseudo: Pseudo<'a>,
}

#[derive(Debug, Default)]
struct Pseudo<'a> {
    method: Option<&'a str>,
    path: Option<&'a str>,
    status: Option<&'a str>,
}

impl Block<'_> {
    /// Returns the start line that pseudo-headers stand for.
    fn pseudo_start_line(&self) -> Option<String> {
        match (&self.pseudo.status, &self.pseudo.method) {
            (Some(status), _) => Some(format!("HTTP/2 {status}")),
            (None, Some(method)) => {
                let path = self.pseudo.path.unwrap_or_default();
                Some(format!("{method} {path}").trim_end().to_owned())
            }
            (None, None) => None,
        }
    }
}

/// Splits a text into blocks.
pub(super) fn split(text: &str) -> Vec<Block<'_>> {
    let mut lines: Vec<&str> = text.lines().map(without_escaped_end).collect();
    unquote(&mut lines);
    close_up(&mut lines);
    let mut splitter = Splitter::default();
    match Curl::detect(text, &lines) {
        Some(Curl::Verbose) => lines.iter().for_each(|line| splitter.verbose_line(line)),
        Some(Curl::Trace) => lines.iter().for_each(|line| splitter.trace_line(line)),
        None => lines.iter().for_each(|line| splitter.line(line)),
    }
    splitter.end_block();
    splitter.blocks
}

/// Removes the `\r\n` that Wireshark shows at the end of a line.
fn without_escaped_end(line: &str) -> &str {
    let line = line.trim_end();
    line.strip_suffix(r"\r\n").unwrap_or(line)
}

/// Removes the marks of a quotation, if all lines have them.
fn unquote(lines: &mut [&str]) {
    let is_marked = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with('>');
    let mut depth = 0;
    while depth < 8 && lines.iter().all(is_marked) {
        for line in lines.iter_mut() {
            let rest = line.trim_start();
            *line = rest.strip_prefix('>').unwrap_or(rest);
        }
        depth += 1;
        if lines.iter().all(|line| line.trim().is_empty()) {
            break;
        }
    }
}

/// Removes the empty lines of a text that has one after each line.
fn close_up(lines: &mut Vec<&str>) {
    let is_empty = |line: &&str| line.trim().is_empty();
    let is_alternating = |lines: &[&str]| {
        let pairs = lines.chunks(2);
        pairs.len() > 2
            && lines
                .chunks(2)
                .all(|pair| !is_empty(&pair[0]) && pair.get(1).is_none_or(is_empty))
    };
    if is_alternating(lines) {
        lines.retain(|line| !is_empty(line));
    }
}

/// An output of curl that marks its lines.
enum Curl {
    /// `curl -v`: `> `, `< ` and `* `.
    Verbose,
    /// `curl --trace-ascii`: `=> Send header`, and offsets.
    Trace,
}

impl Curl {
    fn detect(text: &str, lines: &[&str]) -> Option<Self> {
        let has = |is: &dyn Fn(&str) -> bool| lines.iter().any(|line| is(line));
        let contains = |word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
        let may_be_trace = contains("=> Send ") || contains("<= Recv ");
        if may_be_trace && has(&|line| trace_event(line).is_some()) {
            return Some(Curl::Trace);
        }
        if !has(&|line| line.starts_with(['<', '>'])) {
            return None;
        }
        let start = |mark: char| {
            move |line: &str| {
                let rest = line.strip_prefix(mark).map(str::trim);
                rest.is_some_and(|rest| start_line(rest).is_some_and(|found| found == rest))
            }
        };
        let talk = |line: &str| line.starts_with("* ") || line == "*";
        let is_verbose = has(&start('>')) && (has(&start('<')) || has(&talk))
            || has(&start('<'))
            || has(&|line| line.starts_with("< ")) && has(&|line| line.starts_with("> "));
        is_verbose.then_some(Curl::Verbose)
    }
}

/// Returns whether a line of `curl --trace-ascii` begins headers, and whether of a request.
fn trace_event(line: &str) -> Option<bool> {
    static EVENT: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?:=> (Send)|<= Recv) (?:header|data|SSL data)\b"));
    let found = EVENT.captures(line)?;
    Some(found.get(1).is_some())
}

#[derive(Default)]
struct Splitter<'a> {
    blocks: Vec<Block<'a>>,
    block: Block<'a>,
    mark: Option<char>,
}

impl<'a> Splitter<'a> {
    fn line(&mut self, line: &'a str) {
        if let Some(start_line) = start_line(line) {
            self.end_block();
            self.block.start_line = Some(start_line);
        } else if line.trim().is_empty() {
            self.empty_line();
        } else if line.starts_with("###") && line.len() > 3 || line.trim_end() == "###" {
            self.end_block();
        } else {
            self.pseudo_header(line);
            self.block.has_name = self.block.has_name || names::contains(line);
            self.block.lines.push(line);
        }
    }

    /// Ends the headers, unless there were none yet: empty lines may precede them.
    fn empty_line(&mut self) {
        let has_headers = self.block.has_name || self.block.start_line.is_some();
        if has_headers && !self.block.is_body {
            let is_curl = self.block.is_curl;
            self.end_block();
            self.block.is_body = true;
            self.block.is_curl = is_curl;
        }
    }

    /// Notes method, path and status where they are pseudo-headers, on one line or on two.
    fn pseudo_header(&mut self, line: &'a str) {
        let before = self.block.lines.last().map(|line| line.trim());
        let is_of_pseudo = |line: &str| line.starts_with(':');
        if !is_of_pseudo(line.trim_start()) && !before.is_some_and(is_of_pseudo) {
            return;
        }
        let (name, value) = match before {
            Some(name @ (":method:" | ":path:" | ":status:")) => (name, line.trim()),
            _ => match line.trim().split_once(": ") {
                Some((name, value)) => (name, value),
                None => return,
            },
        };
        let pseudo = match name.trim_end_matches(':') {
            ":method" => &mut self.block.pseudo.method,
            ":path" => &mut self.block.pseudo.path,
            ":status" => &mut self.block.pseudo.status,
            _ => return,
        };
        if pseudo.is_some() {
            self.end_block();
            return self.pseudo_header(line);
        }
        *pseudo = Some(value.trim());
    }

    fn verbose_line(&mut self, line: &'a str) {
        let mark = line.chars().next().filter(|mark| matches!(mark, '<' | '>'));
        match mark {
            Some(_) => {
                if mark != self.mark {
                    self.end_block();
                }
                self.block.is_curl = true;
                self.line(line[1..].strip_prefix(' ').unwrap_or(&line[1..]));
            }
            None if line.starts_with("* ")
                || line.starts_with("{ [")
                || line.starts_with("} [") =>
            {
                return;
            }
            None => {
                if self.mark.is_some() {
                    self.end_block();
                    self.block.is_body = true;
                }
                self.block.lines.push(line);
            }
        }
        self.mark = mark;
    }

    fn trace_line(&mut self, line: &'a str) {
        static OFFSET: LazyLock<Regex> = LazyLock::new(|| regex(r"^[0-9a-f]{4,8}: ?"));
        if let Some(is_request) = trace_event(line) {
            let mark = Some(if is_request { '>' } else { '<' });
            if mark != self.mark {
                self.end_block();
            }
            self.block.is_curl = true;
            self.mark = mark;
        } else if let Some(offset) = OFFSET.find(line) {
            self.line(&line[offset.end()..]);
            self.block.is_curl = true;
        }
    }

    fn end_block(&mut self) {
        let mut block = std::mem::take(&mut self.block);
        if block.start_line.is_none() {
            block.start_line = block.pseudo_start_line();
        }
        if !block.lines.is_empty() || block.start_line.is_some() {
            self.blocks.push(block);
        }
    }
}

/// Returns a request or status line: `GET /path HTTP/1.1`, `HTTP/2 200`, or the `GET https://…` of a
/// `.http` file.
///
/// A packet dump may have other bytes before it.
fn start_line(line: &str) -> Option<String> {
    static START: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?x)
            \b[A-Z]{3,10}\ (?u:\S)+\ HTTP/[0-9](?:\.[0-9])?$
            | ^\s*HTTP/[0-9](?:\.[0-9])?\ +[0-9]{3}(?:\ (?u:.)*)?$
            | ^\s*(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\ +(?:https?://|/)(?u:\S)*$",
        )
    });
    // A start line is short, and most lines contain none of its words.
    if line.len() > 16 * 1024 {
        return None;
    }
    if has_version(line) || begins_with_method(line) {
        let found = START.find(line.trim_end())?;
        return Some(found.as_str().trim_start().to_owned());
    }
    arrow(line)
}

/// Returns the start line that OkHttp logs: `--> GET https://…`, `<-- 200 OK https://… (12ms)`.
fn arrow(line: &str) -> Option<String> {
    static ARROW: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"--> (?P<request>[A-Z]{3,10} (?u:\S)+)|<-- (?P<status>[1-5][0-9]{2})\b")
    });
    static DASHES: LazyLock<memmem::Finder<'_>> = LazyLock::new(|| memmem::Finder::new("--"));
    DASHES.find(line.as_bytes())?;
    let found = ARROW.captures(line)?;
    Some(match found.name("request") {
        Some(request) => request.as_str().to_owned(),
        None => format!("HTTP {}", &found["status"]),
    })
}

/// Whether a line contains an HTTP version.
fn has_version(line: &str) -> bool {
    static VERSION: LazyLock<memmem::Finder<'_>> = LazyLock::new(|| memmem::Finder::new("HTTP/"));
    VERSION.find(line.as_bytes()).is_some()
}

fn begins_with_method(line: &str) -> bool {
    let is_capital = |byte: &u8| byte.is_ascii_uppercase();
    let word = line
        .trim_start()
        .as_bytes()
        .iter()
        .take_while(|b| is_capital(b));
    (3..=7).contains(&word.count()) && line.contains('/')
}

/// Whether a line, perhaps with a mark of `curl -v`, begins a message.
pub(super) fn is_start_line(line: &str) -> bool {
    let line = line.strip_prefix(['>', '<']).unwrap_or(line);
    start_line(line).is_some()
}
