//! Lookups in a list of header lines. Names are compared without case. Lines that are not UTF-8
//! and empty lines are skipped, so that they never hide a readable line of the same name.
//!
//! If a `baggage` line is not UTF-8, only its members that are not UTF-8 are skipped. The other
//! members are returned as if they had arrived on lines of their own (RFC 9110, 5.3). No
//! other header is split: one invalid member makes a whole `tracestate` invalid, and a part of any
//! other value is not that value.

/// One header line: its name and its value.
pub(crate) type Line<'a> = (&'a str, &'a [u8]);

/// Returns the value of the first line with this name. See [`first_of`].
pub(crate) fn first<'a>(lines: impl Iterator<Item = Line<'a>>, key: &str) -> Option<&'a str> {
    let lines = lines.filter(|line| has_name(line, key));
    first_of(lines.map(|(_, value)| value), key)
}

/// Returns the values of all lines with this name, or `None` if there are none. See [`all_of`].
pub(crate) fn all<'a>(lines: impl Iterator<Item = Line<'a>>, key: &str) -> Option<Vec<&'a str>> {
    let lines = lines.filter(|line| has_name(line, key));
    all_of(lines.map(|(_, value)| value), key)
}

/// Returns the first text that is not empty, or an empty one if there is no other.
///
/// Empty elements of a list are ignored (RFC 9110, 5.6.1).
pub(crate) fn first_of<'a>(values: impl Iterator<Item = &'a [u8]>, key: &str) -> Option<&'a str> {
    let (mut empty, mut may_skip) = (None, MAX_SKIPPED);
    for value in values {
        match std::str::from_utf8(value) {
            Ok("") => empty = Some(""),
            Ok(value) => return Some(value),
            Err(_) => {
                let part = ReadableParts::of(key, value, &mut may_skip).next();
                if part.is_some() {
                    return part;
                }
            }
        }
    }
    empty
}

/// Returns the texts that are not empty, or an empty one if there is no other. So thousands of
/// empty lines need no memory.
pub(crate) fn all_of<'a>(
    values: impl Iterator<Item = &'a [u8]>,
    key: &str,
) -> Option<Vec<&'a str>> {
    let (mut empty, mut may_skip) = (None, MAX_SKIPPED);
    // The hint of a `HeaderMap` is 1 if there is one line.
    let mut all = Vec::with_capacity(values.size_hint().0);
    for value in values {
        match std::str::from_utf8(value) {
            Ok("") => empty = Some(""),
            Ok(value) => all.push(value),
            Err(_) => all.extend(ReadableParts::of(key, value, &mut may_skip)),
        }
    }
    match (all.is_empty(), empty) {
        (true, Some(value)) => Some(vec![value]),
        (true, None) => None,
        (false, _) => Some(all),
    }
}

/// Returns the names of all readable lines, in order. A name that repeats is returned repeatedly.
pub(crate) fn names<'a>(lines: impl Iterator<Item = Line<'a>>) -> Vec<&'a str> {
    lines
        .filter(|(name, value)| first_of(std::iter::once(*value), name).is_some())
        .map(|(name, _)| name)
        .collect()
}

/// Whether a line has this name.
fn has_name((name, _): &Line<'_>, key: &str) -> bool {
    name.eq_ignore_ascii_case(key)
}

/// The maximum number of members that are skipped in one lookup. What follows the last one in its
/// line, and later lines that are not UTF-8, are skipped as well. Otherwise a client could make a
/// lookup allocate several times the length of the header.
const MAX_SKIPPED: usize = 64;

/// The parts of a `baggage` line that consist of whole members and are UTF-8.
struct ReadableParts<'a, 'b> {
    rest: &'a [u8],
    may_skip: &'b mut usize,
}

impl<'a, 'b> ReadableParts<'a, 'b> {
    /// Splits a line that is not UTF-8. Any other header has no parts.
    #[cold]
    fn of(key: &str, line: &'a [u8], may_skip: &'b mut usize) -> Self {
        let is_split = *may_skip > 0 && key.eq_ignore_ascii_case("baggage");
        Self {
            rest: if is_split { line } else { &[] },
            may_skip,
        }
    }
}

impl<'a> Iterator for ReadableParts<'a, '_> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while !self.rest.is_empty() {
            let text = std::mem::take(&mut self.rest);
            let part = match std::str::from_utf8(text) {
                Ok(part) => part,
                Err(error) => {
                    // No byte of a longer character is a comma.
                    let is_comma = |byte: &u8| *byte == b',';
                    let (valid, invalid) = text.split_at(error.valid_up_to());
                    *self.may_skip -= 1;
                    if let (Some(end), 1..) = (invalid.iter().position(is_comma), *self.may_skip) {
                        self.rest = &invalid[end + 1..];
                    }
                    let start = valid.iter().rposition(is_comma).unwrap_or(0);
                    std::str::from_utf8(&valid[..start]).unwrap_or_default()
                }
            };
            if !part.is_empty() {
                return Some(part);
            }
        }
        None
    }
}

/// Implements [`Extractor`](opentelemetry::propagation::Extractor) for a type with a method
/// `lines()`.
macro_rules! extract_from_lines {
    ([$($generics:tt)*] $type:ty $(where $($bounds:tt)*)?) => {
        impl<$($generics)*> ::opentelemetry::propagation::Extractor for $type
        $(where $($bounds)*)?
        {
            fn get(&self, key: &str) -> Option<&str> {
                $crate::lines::first(self.lines(), key)
            }

            fn keys(&self) -> Vec<&str> {
                $crate::lines::names(self.lines())
            }

            fn get_all(&self, key: &str) -> Option<Vec<&str>> {
                $crate::lines::all(self.lines(), key)
            }
        }
    };
}
pub(crate) use extract_from_lines;
