//! All lines of a header in an `http::HeaderMap`.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Returns the first line of a header that is UTF-8.
pub(crate) fn first<'a>(headers: &'a HeaderMap, key: &str) -> Option<&'a str> {
    headers.get_all(key).iter().find_map(readable)
}

/// Returns all lines of a header that are UTF-8, or `None` if there are none.
pub(crate) fn all<'a>(headers: &'a HeaderMap, key: &str) -> Option<Vec<&'a str>> {
    let lines: Vec<_> = headers.get_all(key).iter().filter_map(readable).collect();
    (!lines.is_empty()).then_some(lines)
}

/// Returns the names of the headers, each once.
pub(crate) fn names(headers: &HeaderMap) -> Vec<&str> {
    headers.keys().map(HeaderName::as_str).collect()
}

/// Replaces all lines of a header. A name or value that HTTP does not permit is left out.
pub(crate) fn set(headers: &mut HeaderMap, key: &str, value: String) {
    if let Some((name, value)) = parse(key, value) {
        // Fails only for the 32,769th header, which is left out too.
        let _ = headers.try_insert(name, value);
    }
}

/// Returns the name and value of a header, or `None` if HTTP does not permit them.
pub(crate) fn parse(key: &str, value: String) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(key.as_bytes()).ok()?;
    Some((name, HeaderValue::try_from(value).ok()?))
}

/// Returns a value that is UTF-8, not only visible ASCII, so that every value of `set` can be read.
fn readable(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}
