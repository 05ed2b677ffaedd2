//! All lines of a header in an `http::HeaderMap`.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{known_names, lines};

/// Returns the first line of a header, as [`lines::first`] does.
pub(crate) fn first<'a>(headers: &'a HeaderMap, key: &str) -> Option<&'a str> {
    let first = match known_names::find(key) {
        Some(name) => headers.get(name),
        None => headers.get(key),
    };
    // Almost every header has one line, for which no iterator is needed.
    match readable(first?) {
        Some(value) if !value.is_empty() => Some(value),
        _ => first_of_all(headers, key),
    }
}

#[cold]
#[inline(never)]
fn first_of_all<'a>(headers: &'a HeaderMap, key: &str) -> Option<&'a str> {
    lines::first_of(values(headers, key), key)
}

/// Returns all lines of a header, as [`lines::all`] does.
pub(crate) fn all<'a>(headers: &'a HeaderMap, key: &str) -> Option<Vec<&'a str>> {
    lines::all_of(values(headers, key), key)
}

fn values<'a>(headers: &'a HeaderMap, key: &str) -> impl Iterator<Item = &'a [u8]> {
    let values = match known_names::find(key) {
        Some(name) => headers.get_all(name),
        None => headers.get_all(key),
    };
    values.into_iter().map(HeaderValue::as_bytes)
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

/// Removes all lines of a header.
pub(crate) fn remove(headers: &mut HeaderMap, key: &str) {
    match known_names::find(key) {
        Some(name) => headers.remove(name),
        None => headers.remove(key),
    };
}

/// Removes every header whose name fulfills the condition.
pub(crate) fn remove_where(headers: &mut HeaderMap, is_removed: impl Fn(&str) -> bool) {
    let names = headers.keys().filter(|it| is_removed(it.as_str()));
    for name in names.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
}

/// Returns the name and value of a header, or `None` if HTTP does not permit them.
pub(crate) fn parse(key: &str, value: String) -> Option<(HeaderName, HeaderValue)> {
    let name = match known_names::find(key) {
        Some(name) => name.clone(),
        None => HeaderName::from_bytes(key.as_bytes()).ok()?,
    };
    Some((name, HeaderValue::try_from(value).ok()?))
}

/// Returns a value that is UTF-8, not only visible ASCII, so that every value of `set` can be read.
fn readable(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}
