//! Reading a block of HTTP headers as people have it.
//!
//! A `.http` file, what `curl -i` or `curl -v` prints (with `<` and `>` marks, request and
//! response), bare header lines; line ends of either kind. What is no header is passed over.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The headers of one request or response.
#[derive(Debug, Default)]
pub struct Block {
    /// The request or status line, if there was one.
    pub start_line: Option<String>,
    pub headers: HeaderMap,
}

/// Every block of a text, in its order; those without a header are left out.
pub fn read(text: &str) -> Vec<Block> {
    let is_marked = |line: &str| line.starts_with("< ") || line.starts_with("> ");
    // With marks, all that has none is curl's own talk or the body.
    let marked = text.lines().any(is_marked);
    let mut reader = Reader::default();
    for line in text.lines() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match line.strip_prefix(['<', '>']) {
            Some(rest) if marked => reader.line(rest.strip_prefix(' ').unwrap_or(rest)),
            _ if marked => {}
            _ => reader.line(line),
        }
    }
    reader.end_block();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    block: Block,
    /// The header that was read last, to which a folded line may add.
    pending: Option<(HeaderName, String)>,
    in_body: bool,
}

impl Reader {
    fn line(&mut self, line: &str) {
        if is_start_line(line) {
            self.end_block();
            self.block.start_line = Some(line.to_owned());
        } else if line.trim().is_empty() {
            self.end_header();
            // Blank lines before the first header are none that end them.
            self.in_body |= self.block.start_line.is_some() || !self.block.headers.is_empty();
        } else if !self.in_body {
            self.header(line);
        }
    }

    fn header(&mut self, line: &str) {
        if line.starts_with([' ', '\t']) {
            self.fold(line.trim());
            return;
        }
        self.end_header();
        let Some((name, value)) = line.split_once(':') else {
            return;
        };
        let name = HeaderName::from_bytes(name.as_bytes()).ok();
        self.pending = name.map(|name| (name, value.trim().to_owned()));
    }

    /// Joins a folded line to the value before it, as RFC 9112 (5.2) has it.
    fn fold(&mut self, more: &str) {
        if let Some((_, value)) = &mut self.pending {
            if !value.is_empty() {
                value.push(' ');
            }
            value.push_str(more);
        }
    }

    fn end_header(&mut self) {
        let Some((name, value)) = self.pending.take() else {
            return;
        };
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            // The map holds more headers than any server takes; what is beyond that is left out.
            let _ = self.block.headers.try_append(name, value);
        }
    }

    fn end_block(&mut self) {
        self.end_header();
        let block = std::mem::take(&mut self.block);
        if !block.headers.is_empty() {
            self.blocks.push(block);
        }
        self.in_body = false;
    }
}

/// `HTTP/1.1 200 OK`, `HTTP/2 200`, or `GET /path HTTP/1.1`.
fn is_start_line(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(version), Some(status), _) if version.starts_with("HTTP/") => {
            status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit())
        }
        (Some(method), Some(_), Some(version)) => {
            version.starts_with("HTTP/") && method.bytes().all(|byte| byte.is_ascii_uppercase())
        }
        _ => false,
    }
}
