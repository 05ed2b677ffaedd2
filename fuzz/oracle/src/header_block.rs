//! Blocks of HTTP headers as people have them, naively.

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
    if !text
        .split('\n')
        .any(|line| line.starts_with("< ") || line.starts_with("> "))
    {
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
    let is_name = |name: &str| {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        !name.is_empty() && name.chars().all(is_token)
    };
    let is_value = |value: &str| !value.contains(|c: char| c.is_ascii_control() && c != '\t');
    unfolded
        .iter()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| is_name(name))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .filter(|(_, value)| is_value(value))
        .collect()
}

/// `HTTP/1.1 200 OK`, `HTTP/2 200`, or `GET /path HTTP/1.1`.
fn is_start_line(line: &str) -> bool {
    let words: Vec<&str> = line.split_ascii_whitespace().take(3).collect();
    match words[..] {
        [version, status, ..] if version.starts_with("HTTP/") => {
            status.len() == 3 && status.chars().all(|c| c.is_ascii_digit())
        }
        [method, _, version] => {
            version.starts_with("HTTP/") && method.chars().all(|c| c.is_ascii_uppercase())
        }
        _ => false,
    }
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
