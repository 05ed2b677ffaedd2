//! Blocks of HTTP headers as people have them, naively.

use super::regex;

/// The headers of one request or response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The request or status line.
    pub start_line: Option<String>,
    /// Names in lower case, with their values, in order.
    pub headers: Vec<(String, String)>,
}

/// Every block of a text that has a header.
///
/// Line ends are `\n` or `\r\n`. Where lines are marked with `< ` or `> `, as curl marks them, the
/// others do not count. A start line begins a block, an empty line ends its headers.
pub fn read(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Vec<&str>> = vec![Vec::new()];
    for line in unmarked(text) {
        if is_start_line(line) {
            blocks.push(Vec::new());
        }
        blocks.last_mut().expect("one at least").push(line);
    }
    let blocks = blocks.into_iter().map(|lines| read_block(&lines));
    blocks.filter(|block| !block.headers.is_empty()).collect()
}

fn unmarked(text: &str) -> Vec<&str> {
    let lines = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    if !regex!("(?m)^[<>] ").is_match(text) {
        return lines.collect();
    }
    lines
        .filter(|line| line.starts_with(['<', '>']))
        .map(|line| line[1..].strip_prefix(' ').unwrap_or(&line[1..]))
        .collect()
}

/// The lines from one start line to the next.
fn read_block(lines: &[&str]) -> Block {
    let start_line = lines.first().filter(|line| is_start_line(line));
    let lines = &lines[usize::from(start_line.is_some())..];
    // Where there is a start line, the first empty line is the end; else the first one after a
    // header.
    let is_end = |at: &usize| {
        lines[*at].trim().is_empty() && (start_line.is_some() || !headers(&lines[..*at]).is_empty())
    };
    let end = (0..lines.len()).find(is_end).unwrap_or(lines.len());
    Block {
        start_line: start_line.map(|line| line.trim().to_owned()),
        headers: headers(&lines[..end]),
    }
}

/// The headers of lines, folded ones joined to the one before them with a blank.
fn headers(lines: &[&str]) -> Vec<(String, String)> {
    let mut unfolded: Vec<String> = Vec::new();
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        match unfolded.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                *last = format!("{} {}", last.trim_end(), line.trim());
            }
            _ => unfolded.push((*line).to_owned()),
        }
    }
    let header = regex!("^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$");
    unfolded
        .iter()
        .filter_map(|line| header.captures(line))
        .map(|header| (header[1].to_lowercase(), header[2].trim().to_owned()))
        .filter(|(_, value)| regex!(r"^[^\x00-\x08\x0a-\x1f\x7f]*$").is_match(value))
        .collect()
}

/// `HTTP/1.1 200 OK`, `HTTP/2 200`, or `GET /path HTTP/1.1`.
fn is_start_line(line: &str) -> bool {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    regex!("^(?:HTTP/[^ ]* [0-9]{3}(?: .*)?|[A-Z]+ [^ ]+ HTTP/.*)$").is_match(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_and_its_response_are_two_blocks() {
        let text =
            "* talk\n> GET / HTTP/1.1\r\n> A: 1\n>\n< HTTP/1.1 200 OK\n< B: 2\n<  3\n<\nbody";
        let blocks = read(text);
        assert_eq!(blocks[0].headers, [("a".to_owned(), "1".to_owned())]);
        assert_eq!(blocks[1].headers, [("b".to_owned(), "2 3".to_owned())]);
        assert_eq!(blocks[1].start_line.as_deref(), Some("HTTP/1.1 200 OK"));
    }
}
