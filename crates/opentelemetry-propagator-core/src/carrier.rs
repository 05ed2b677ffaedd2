//! Parsing of one header value from a carrier that may contain several lines of that header.

use opentelemetry::propagation::Extractor;

use crate::text::trim_ows;

/// Parses the value of the header `name`.
///
/// Several lines of one name are equivalent to one value joined by commas (RFC 9110, 5.3). The
/// first line usually contains the whole value, so it is tried first. If it is empty or `parse`
/// rejects it, the first non-empty element of all lines is parsed.
///
/// Returns `None` if the header is absent.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry_propagator_core::parse_first;
///
/// let carrier = HashMap::from([("x-count".to_owned(), " , 7, 8".to_owned())]);
/// let count = parse_first(&carrier, "x-count", |value| value.parse::<u8>());
/// assert_eq!(count, Some(Ok(7)));
/// ```
#[inline]
pub fn parse_first<'a, T, E>(
    extractor: &'a dyn Extractor,
    name: &str,
    parse: impl Fn(&'a str) -> Result<T, E>,
) -> Option<Result<T, E>> {
    let first = extractor.get(name)?;
    // Some formats accept an empty value, which must not hide later lines. Lines that begin with
    // whitespace are rare, so they are handled below.
    if !matches!(first.as_bytes(), [] | [b' ' | b'\t', ..]) {
        if let Ok(value) = parse(first) {
            return Some(Ok(value));
        }
    }
    Some(parse_first_element(extractor, name, first, parse))
}

/// Parses `first` if it begins with whitespace. If it does not, or if `parse` rejects it, parses
/// the first non-empty element of all lines, or `first` if all elements are empty.
///
/// Not inlined, so that the compiler inlines `parse` at the call for the first line.
#[cold]
#[inline(never)]
fn parse_first_element<'a, T, E>(
    extractor: &'a dyn Extractor,
    name: &str,
    first: &'a str,
    parse: impl Fn(&'a str) -> Result<T, E>,
) -> Result<T, E> {
    if first.starts_with([' ', '\t']) && !trim_ows(first).is_empty() {
        if let Ok(value) = parse(first) {
            return Ok(value);
        }
    }
    parse(first_element(extractor, name).unwrap_or(first))
}

/// Parses a header that contains a whole trace in one value, of which a carrier may have several.
///
/// Unlike [`parse_first`], it continues with the next element if `parse` rejects one. The elements
/// are those of all lines, separated by commas. If `parse` rejects all of them, the error for the
/// first one is returned. At most 64 elements are parsed, so that the time per byte is limited.
///
/// Returns `None` if the header is absent.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry_propagator_core::parse_any;
///
/// let carrier = HashMap::from([("x-count".to_owned(), "x, 7, 8".to_owned())]);
/// let count = parse_any(&carrier, "x-count", |value| value.parse::<u8>());
/// assert_eq!(count, Some(Ok(7)));
/// ```
#[inline]
pub fn parse_any<'a, T, E>(
    extractor: &'a dyn Extractor,
    name: &str,
    parse: impl Fn(&'a str) -> Result<T, E>,
) -> Option<Result<T, E>> {
    let first = extractor.get(name)?;
    match parse(first) {
        Ok(value) => Some(Ok(value)),
        Err(error) => Some(match parse_any_element(extractor, name, first, parse) {
            Some(Err(later)) if !begins_with_element(first) => Err(later),
            Some(Ok(value)) => Ok(value),
            _ => Err(error),
        }),
    }
}

/// Whether nothing precedes the first element of a line that is not empty.
#[cold]
fn begins_with_element(line: &str) -> bool {
    let first = elements(line, b',').next();
    first.is_some_and(|first| first.as_ptr() == line.as_ptr())
}

/// The maximum number of elements that are parsed until one is valid.
const MAX_PARSED: usize = 64;

/// Parses the first element that `parse` accepts. `parse` has already rejected `first`, which is
/// the first line. Returns `None` if there is no other element that is not empty.
#[cold]
#[inline(never)]
pub fn parse_any_element<'a, T, E>(
    extractor: &'a dyn Extractor,
    name: &str,
    first: &'a str,
    parse: impl Fn(&'a str) -> Result<T, E>,
) -> Option<Result<T, E>> {
    let lines = extractor.get_all(name)?;
    let mut first_error = None;
    let elements = lines.into_iter().flat_map(|line| elements(line, b','));
    // A line without commas is its only element.
    let elements = elements.filter(|element| !std::ptr::eq(*element, first));
    for element in elements.take(MAX_PARSED) {
        match parse(element) {
            Ok(value) => return Some(Ok(value)),
            Err(error) => first_error = first_error.or(Some(Err(error))),
        }
    }
    first_error
}

/// Iterates over the elements of a text that are not empty, without the whitespace around them.
/// `separator` is an ASCII character.
#[inline]
pub fn elements(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        // Separators are skipped byte by byte, because a text may consist of nothing else.
        let is_skipped = |byte: &u8| *byte == separator || matches!(byte, b' ' | b'\t');
        let skipped = rest.bytes().take_while(is_skipped).count();
        let start = &rest[skipped..];
        if start.is_empty() {
            return None;
        }
        // Elements are short, so that a loop over the bytes takes less time than a search.
        let end = start.bytes().position(|byte| byte == separator);
        let end = end.unwrap_or(start.len());
        rest = &start[end..];
        Some(trim_ows(&start[..end]))
    })
}

/// Returns the first non-empty element of all lines.
fn first_element<'a>(extractor: &'a dyn Extractor, name: &str) -> Option<&'a str> {
    extractor
        .get_all(name)?
        .into_iter()
        .flat_map(|line| elements(line, b','))
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Lines(&'static [&'static str]);

    impl Extractor for Lines {
        fn get(&self, _key: &str) -> Option<&str> {
            self.0.first().copied()
        }

        fn keys(&self) -> Vec<&str> {
            vec!["x"]
        }

        fn get_all(&self, _key: &str) -> Option<Vec<&str>> {
            (!self.0.is_empty()).then(|| self.0.to_vec())
        }
    }

    fn parse(lines: &'static [&'static str]) -> Option<Result<u8, ()>> {
        parse_first(&Lines(lines), "x", |value| {
            trim_ows(value).parse().map_err(drop)
        })
    }

    #[test]
    fn parse_first_takes_the_first_nonempty_element() {
        for lines in [
            &["7"][..],
            &["7", "8"],
            &["", "7"],
            &[" \t", " , ", "7,8"],
            &["7,7"],
            &[" 7 , 8"],
        ] {
            assert_eq!(parse(lines), Some(Ok(7)), "{lines:?}");
        }
    }

    #[test]
    fn parse_first_passes_a_whole_line_with_whitespace() {
        // A format may accept values with commas.
        let whole = |value: &str| match value.contains(',') {
            true => Ok::<_, ()>(value.len()),
            false => Err(()),
        };
        for line in ["7,8", " 7,8", "\t7,8 "] {
            let lines: &'static [&'static str] = vec![line].leak();
            let parsed = parse_first(&Lines(lines), "x", whole);
            assert_eq!(parsed, Some(Ok(line.len())), "{line:?}");
        }
        assert_eq!(parse_first(&Lines(&[" 7 "]), "x", whole), Some(Err(())));
    }

    #[test]
    fn parse_first_skips_a_line_of_whitespace() {
        let any = |value: &str| Ok::<_, ()>(value.to_owned());
        let parsed = parse_first(&Lines(&[" \t", "7"]), "x", any);
        assert_eq!(parsed, Some(Ok("7".to_owned())));
    }

    #[test]
    fn parse_any_returns_the_error_of_the_first_element() {
        for (lines, rejected) in [
            (&["x, y"][..], "x, y"),
            (&["x", "y"], "x"),
            (&[" x, y"], "x"),
            (&[",x", "y"], "x"),
            (&["", "x"], "x"),
            (&[""], ""),
            (&[" ", ","], " "),
        ] {
            let error = parse_any(&Lines(lines), "x", |value| Err::<(), _>(value.to_owned()));
            assert_eq!(error, Some(Err(rejected.to_owned())), "{lines:?}");
        }
    }

    #[test]
    fn parse_any_parses_64_elements() {
        let parse_last = |elements: usize| {
            let line = format!("{}7", "x,,".repeat(elements - 1));
            let lines: &'static [&'static str] = vec!["", &*line.leak()].leak();
            parse_any(&Lines(lines), "x", |value| {
                value.parse::<u8>().map_err(drop)
            })
        };
        assert_eq!(parse_last(1), Some(Ok(7)));
        assert_eq!(parse_last(64), Some(Ok(7)));
        assert_eq!(parse_last(65), Some(Err(())));
    }

    #[test]
    fn elements_are_trimmed_and_not_empty() {
        for (text, expected) in [
            ("", &[][..]),
            (" ;\t; ", &[]),
            ("a", &["a"]),
            (";a b\t; c,;;д ", &["a b", "c,", "д"]),
        ] {
            assert!(
                elements(text, b';').eq(expected.iter().copied()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn parse_first_rejects_an_invalid_first_element() {
        for lines in [&["x", "7"][..], &["", "x", "7"], &[""], &["", ","]] {
            assert_eq!(parse(lines), Some(Err(())), "{lines:?}");
        }
        assert_eq!(parse(&[]), None);
    }
}
