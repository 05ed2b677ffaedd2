//! The text form of an input, which consists of header lines and of options for the propagator
//! under test.
//!
//! ```text
//! @sample_when_undecided false
//! x-kontur-trace-id: 27bb7faa48294cf49ae6007d70905468
//!  a line that begins with a space continues the value above, after a line break
//! ```
//!
//! In this form, seeds can be written by hand and findings can be read.

/// The options and header lines of one input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// `@name value` lines.
    pub options: Vec<(Vec<u8>, Vec<u8>)>,
    /// `name: value` lines.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Case {
    /// Parses arbitrary bytes. A line of any other form is a header without a value.
    pub fn parse(input: &[u8]) -> Case {
        let mut case = Case::default();
        let lines = input.strip_suffix(b"\n").unwrap_or(input);
        for line in lines.split(|&byte| byte == b'\n') {
            match line {
                [b'@', option @ ..] => {
                    let (name, value) = cut(option, b" ");
                    case.options.push((name.to_vec(), value.to_vec()));
                }
                [b' ', more @ ..] if !case.headers.is_empty() => {
                    let (_, value) = case.headers.last_mut().expect("there is a header");
                    value.push(b'\n');
                    value.extend(more);
                }
                _ => {
                    let (name, value) = cut(line, b": ");
                    case.headers.push((name.to_vec(), value.to_vec()));
                }
            }
        }
        case
    }

    /// Writes the input that is parsed as this case.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.size());
        for (name, value) in &self.options {
            for part in [&b"@"[..], name, b" ", value, b"\n"] {
                bytes.extend(part);
            }
        }
        for (name, value) in &self.headers {
            bytes.extend(name);
            if !value.is_empty() {
                bytes.extend(b": ");
            }
            for line in value.split_inclusive(|byte| *byte == b'\n') {
                bytes.extend(line);
                if line.ends_with(b"\n") {
                    bytes.push(b' ');
                }
            }
            bytes.push(b'\n');
        }
        bytes
    }

    /// Returns the value of an option. If it repeats, the last value wins.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options
            .iter()
            .rfind(|(other, _)| other == name.as_bytes())
            .and_then(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// Returns an option that is `true` or `false`.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        match self.option(name) {
            Some("true") => true,
            Some("false") => false,
            _ => default,
        }
    }

    /// Returns an option that is a list of names.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let list = self.option(name).unwrap_or_default();
        list.split(',').filter(|name| !name.is_empty()).collect()
    }

    /// Returns all values of an option that may repeat.
    pub fn options(&self, name: &str) -> impl Iterator<Item = &str> {
        let name = name.as_bytes().to_vec();
        self.options
            .iter()
            .filter(move |(other, _)| *other == name)
            .filter_map(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// Repeats each value as often as the option `@repeat` states, joined by commas, up to 70 KB for
    /// all headers. A short input can then exceed the limits of every format.
    pub fn repeat_values(&mut self) {
        let times = self.option("repeat").and_then(|times| times.parse().ok());
        let times: usize = times.unwrap_or(1).clamp(1, 70_000);
        let longest = 70_000 / self.headers.len().max(1);
        for (_, value) in &mut self.headers {
            let fit = (longest / (value.len() + 1)).max(1);
            *value = vec![value.as_slice(); times.min(fit)].join(&b","[..]);
        }
    }

    /// Returns the size of the headers as HTTP/2 defines it: names, values, and 32 bytes for each
    /// line. Options are included, because the new context may contain a copy of the values that
    /// they put into the old one.
    pub fn size(&self) -> usize {
        let lines = self.headers.iter().chain(&self.options);
        lines
            .map(|(name, value)| name.len() + value.len() + 32)
            .sum()
    }
}

fn cut<'a>(line: &'a [u8], at: &[u8]) -> (&'a [u8], &'a [u8]) {
    match line.windows(at.len()).position(|window| window == at) {
        Some(found) => (&line[..found], &line[found + at.len()..]),
        None => (line, b""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_reads_back_as_written() {
        let input = b"@strict true\nbaggage: a=1\n  b=2\nBaggage: \xff\nx: \n";
        let case = Case::parse(input);
        assert!(case.flag("strict", false));
        assert_eq!(
            case.headers[0],
            (b"baggage".to_vec(), b"a=1\n b=2".to_vec())
        );
        assert_eq!(case.headers[1], (b"Baggage".to_vec(), b"\xff".to_vec()));
        assert_eq!(case.headers[2], (b"x".to_vec(), b"".to_vec()));
        assert_eq!(Case::parse(&case.to_bytes()), case);
    }

    #[test]
    fn case_repeats_values_up_to_a_limit() {
        let mut case = Case::parse(b"@repeat 3\na: x\nb: ");
        case.repeat_values();
        assert_eq!(case.headers[0].1, b"x,x,x");
        assert_eq!(case.headers[1].1, b",,");
        let mut case = Case::parse(b"@repeat 70000\na: xyz\nb: ");
        case.repeat_values();
        assert_eq!(
            case.headers
                .iter()
                .map(|(_, value)| value.len())
                .sum::<usize>(),
            69_998
        );
    }
}
