//! Lookups in a list of header lines. Names are compared without case. Lines that are not UTF-8
//! are skipped, so that they never hide a readable line of the same name.

/// One header line: its name and its value.
pub(crate) type Line<'a> = (&'a str, &'a [u8]);

/// Returns the value of the first line with this name.
pub(crate) fn first<'a>(mut lines: impl Iterator<Item = Line<'a>>, key: &str) -> Option<&'a str> {
    lines.find_map(|line| value_of(line, key))
}

/// Returns the values of all lines with this name, or `None` if there are none.
pub(crate) fn all<'a>(lines: impl Iterator<Item = Line<'a>>, key: &str) -> Option<Vec<&'a str>> {
    let values: Vec<_> = lines.filter_map(|line| value_of(line, key)).collect();
    (!values.is_empty()).then_some(values)
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
