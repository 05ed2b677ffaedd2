//! Helpers to build and inspect headers.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Returns the members of all `baggage` lines, without whitespace around them.
pub fn members(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all("baggage")
        .iter()
        .flat_map(|line| split(&text(line)))
        .collect()
}

/// Returns the members of one `baggage` value, without whitespace around them.
pub fn split(baggage: &str) -> Vec<String> {
    baggage
        .split(',')
        .map(|member| member.trim().to_owned())
        .filter(|member| !member.is_empty())
        .collect()
}

/// Returns Sentry's members.
pub fn of_sentry(members: &[String]) -> Vec<String> {
    let is_sentrys = |member: &&String| member.starts_with("sentry-");
    members.iter().filter(is_sentrys).cloned().collect()
}

/// Creates headers from lines in their order. Names may repeat.
///
/// # Panics
///
/// If HTTP does not permit a name or a value.
pub fn lines(lines: &[(&'static str, &str)]) -> HeaderMap {
    let line = |&(name, value): &(&'static str, &str)| {
        let bytes = latin1(value);
        let value = HeaderValue::from_bytes(&bytes).expect("a value that HTTP permits");
        (HeaderName::from_static(name), value)
    };
    let mut headers = HeaderMap::new();
    for (name, value) in lines.iter().map(line) {
        headers.append(name, value);
    }
    headers
}

/// Returns a value with each byte as a character, as Python and Node do.
pub fn text(value: &HeaderValue) -> String {
    value
        .as_bytes()
        .iter()
        .map(|&byte| char::from(byte))
        .collect()
}

/// Returns each character as a byte, as Python and Node send values.
fn latin1(text: &str) -> Vec<u8> {
    let byte = |character: char| u8::try_from(character).expect("a character of Latin-1");
    text.chars().map(byte).collect()
}
