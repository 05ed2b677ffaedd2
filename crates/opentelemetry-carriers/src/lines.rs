//! Lookups in a list of header lines. Names are compared without case. Lines that are not UTF-8
//! and empty lines are skipped, so that they never hide a readable line of the same name.

/// One header line: its name and its value.
pub(crate) type Line<'a> = (&'a str, &'a [u8]);

/// Returns the value of the first line with this name. See [`first_of`].
pub(crate) fn first<'a>(lines: impl Iterator<Item = Line<'a>>, key: &str) -> Option<&'a str> {
    first_of(lines.filter_map(|line| value_of(line, key)))
}

/// Returns the values of all lines with this name, or `None` if there are none. See [`all_of`].
pub(crate) fn all<'a>(lines: impl Iterator<Item = Line<'a>>, key: &str) -> Option<Vec<&'a str>> {
    all_of(lines.filter_map(|line| value_of(line, key)))
}

/// Returns the first value that is not empty, or an empty one if there is no other.
///
/// Empty elements of a list are ignored (RFC 9110, 5.6.1).
pub(crate) fn first_of<'a>(values: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut empty = None;
    for value in values {
        if !value.is_empty() {
            return Some(value);
        }
        empty = Some(value);
    }
    empty
}

/// Returns the values that are not empty, or an empty one if there is no other. So thousands of
/// empty lines need no memory.
pub(crate) fn all_of<'a>(values: impl Iterator<Item = &'a str>) -> Option<Vec<&'a str>> {
    let mut empty = None;
    let mut all = vec![];
    for value in values {
        if value.is_empty() {
            empty = Some(value);
        } else {
            all.push(value);
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
        .filter(|(_, value)| std::str::from_utf8(value).is_ok())
        .map(|(name, _)| name)
        .collect()
}

fn value_of<'a>((name, value): Line<'a>, key: &str) -> Option<&'a str> {
    if !name.eq_ignore_ascii_case(key) {
        return None;
    }
    std::str::from_utf8(value).ok()
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
