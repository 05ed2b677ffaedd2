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

/// Returns the first non-empty element of all lines.
fn first_element<'a>(extractor: &'a dyn Extractor, name: &str) -> Option<&'a str> {
    extractor
        .get_all(name)?
        .into_iter()
        .flat_map(|line| line.split(','))
        .map(trim_ows)
        .find(|element| !element.is_empty())
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
    fn parse_first_rejects_an_invalid_first_element() {
        for lines in [&["x", "7"][..], &["", "x", "7"], &[""], &["", ","]] {
            assert_eq!(parse(lines), Some(Err(())), "{lines:?}");
        }
        assert_eq!(parse(&[]), None);
    }
}
