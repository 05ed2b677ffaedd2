//! Headers as the tests look at them.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The members of all `baggage` lines, without the blanks around them.
pub fn members(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all("baggage")
        .iter()
        .flat_map(|line| split(&text(line)))
        .collect()
}

/// The members of one `baggage` value, without the blanks around them.
pub fn split(baggage: &str) -> Vec<String> {
    baggage
        .split(',')
        .map(|member| member.trim().to_owned())
        .filter(|member| !member.is_empty())
        .collect()
}

/// Those of the members that are Sentry's.
pub fn of_sentry(members: &[String]) -> Vec<String> {
    let is_sentrys = |member: &&String| member.starts_with("sentry-");
    members.iter().filter(is_sentrys).cloned().collect()
}

/// Header lines in their order, several of one name included.
///
/// # Panics
///
/// When HTTP has no room for a name or a value.
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

/// A value's bytes as characters, the way in which Python and Node give them to a program.
pub fn text(value: &HeaderValue) -> String {
    value
        .as_bytes()
        .iter()
        .map(|&byte| char::from(byte))
        .collect()
}

/// The other way round: Python and Node send a character as the byte of its number.
fn latin1(text: &str) -> Vec<u8> {
    let byte = |character: char| u8::try_from(character).expect("a character of Latin-1");
    text.chars().map(byte).collect()
}
