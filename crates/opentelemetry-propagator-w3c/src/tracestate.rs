//! The `tracestate` header.
//!
//! ```text
//! tracestate: rojo=00f067aa0ba902b7,congo@eu=t61rcWkgMzE
//!             ^^^^ key                       ^^^^^^^^^^^ value
//! ```
//!
//! Each tracing system has at most one member, and the most recent member is the first. A list has
//! at most 32 members.
//!
//! Source: W3C Trace Context Level 2, section 3.3.

use std::fmt;
use std::slice;
use std::str::FromStr;

use opentelemetry::propagation::Extractor;
use opentelemetry::trace::TraceState;
use opentelemetry_propagator_core::internal::elements;
use opentelemetry_propagator_core::StatedTraceState;

use crate::error::{ErrorKind, MemberError, ParseError};

/// The name of the header.
pub const TRACESTATE: &str = "tracestate";

/// The maximum number of members in a list.
pub const MAX_MEMBERS: usize = 32;

/// The maximum length of a key, and of a value, in bytes.
const MAX_LEN: usize = 256;

/// A valid `tracestate` list.
///
/// Empty members and the whitespace around members are dropped. One invalid member makes the whole
/// list invalid. Repeated keys are kept.
///
/// OpenTelemetry's [`TraceState`] rejects some valid keys, such as `a@@b`. A list with such a key
/// is kept as text.
///
/// ```
/// use opentelemetry_propagator_w3c::TraceStateList;
///
/// let list: TraceStateList = "rojo=00f067aa0ba902b7 , congo@@eu=t61".parse()?;
/// assert_eq!(list.to_string(), "rojo=00f067aa0ba902b7,congo@@eu=t61");
///
/// let error = "rojo=1,Congo=2".parse::<TraceStateList>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "tracestate: member 2: invalid character 'C' in key"
/// );
/// # Ok::<(), opentelemetry_propagator_w3c::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "tracestate")]
pub struct TraceStateList(StatedTraceState);

impl TraceStateList {
    /// Parses several lines as one list, in their order.
    ///
    /// # Errors
    ///
    /// Returns an error if a member is invalid or if there are more than [`MAX_MEMBERS`].
    ///
    /// ```
    /// use opentelemetry_propagator_w3c::TraceStateList;
    ///
    /// let list = TraceStateList::parse(&["rojo=1", "", "congo=2"])?;
    /// assert_eq!(list.to_string(), "rojo=1,congo=2");
    /// # Ok::<(), opentelemetry_propagator_w3c::ParseError>(())
    /// ```
    pub fn parse(lines: &[&str]) -> Result<Self, ParseError> {
        let mut members = Members::of(lines);
        let trace_state = TraceState::from_key_value(&mut members);
        // If OpenTelemetry rejects a member, it does not read the following ones.
        members.by_ref().for_each(drop);
        if let Some(invalid) = members.invalid {
            return Err(ParseError::new(
                TRACESTATE,
                diagnose(members.count, invalid),
            ));
        }
        Ok(TraceStateList(match trace_state {
            Ok(trace_state) => StatedTraceState::Parsed(trace_state),
            Err(_) => StatedTraceState::Verbatim(join(lines)),
        }))
    }

    /// Reads the header from a carrier.
    ///
    /// Returns `None` if it is missing, empty or invalid. Calls `on_error` if it is invalid.
    #[inline]
    pub fn extract(extractor: &dyn Extractor, on_error: impl Fn(&ParseError)) -> Option<Self> {
        let lines = extractor.get_all(TRACESTATE)?;
        match Self::parse(&lines) {
            Ok(list) => Some(list).filter(|list| !list.is_empty()),
            Err(error) => {
                on_error(&error);
                None
            }
        }
    }

    /// Whether the list has no members.
    pub fn is_empty(&self) -> bool {
        self.0 == StatedTraceState::Parsed(TraceState::NONE)
    }

    /// Returns the list in the form of [`RemoteParent::trace_state`].
    ///
    /// [`RemoteParent::trace_state`]: opentelemetry_propagator_core::RemoteParent::trace_state
    pub fn into_stated(self) -> StatedTraceState {
        self.0
    }
}

impl FromStr for TraceStateList {
    type Err = ParseError;

    fn from_str(line: &str) -> Result<Self, ParseError> {
        Self::parse(&[line])
    }
}

impl fmt::Display for TraceStateList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            StatedTraceState::Parsed(trace_state) => {
                f.write_str(&header_value(trace_state).unwrap_or_default())
            }
            StatedTraceState::Verbatim(list) => f.write_str(list),
        }
    }
}

/// Returns the header value for a list of OpenTelemetry, or `None` if it is empty.
///
/// Applications and samplers can create lists that W3C does not allow. Invalid members are left
/// out, because a receiver would drop the whole list. Members after the 32nd are left out, too.
///
/// ```
/// use opentelemetry::trace::TraceState;
/// use opentelemetry_propagator_w3c::tracestate::header_value;
///
/// let list = TraceState::from_key_value([("rojo", "1"), ("empty", ""), ("congo", "2")]).unwrap();
/// assert_eq!(header_value(&list).as_deref(), Some("rojo=1,congo=2"));
/// assert_eq!(header_value(&TraceState::NONE), None);
/// ```
#[inline]
pub fn header_value(trace_state: &TraceState) -> Option<String> {
    // The list of OpenTelemetry 0.31 is not an iterator.
    #[cfg(opentelemetry_0_31)]
    let text = trace_state.header();
    #[cfg(opentelemetry_0_31)]
    let trace_state: &Vec<_> = &text
        .split(',')
        .filter_map(|it| it.split_once('='))
        .collect();

    // Includes a comma after each member.
    let len: usize = trace_state
        .into_iter()
        .map(|(key, value)| key.len() + value.len() + 2)
        .sum();
    let mut list = String::with_capacity(len.checked_sub(1)?);
    let mut is_valid = true;
    for (key, value) in trace_state {
        push_member(&mut list, key, value);
        is_valid &= !key.is_empty() & value.bytes().next_back().is_some_and(|byte| byte != b' ');
    }
    // OpenTelemetry has already checked the bytes of keys, the lengths, and that values contain no
    // `,` or `=`. No early exit, so that the loop vectorizes.
    let is_printable = |byte| matches!(byte, b' '..=b'~');
    is_valid &= list
        .bytes()
        .fold(true, |valid, byte| valid & is_printable(byte));
    if is_valid && trace_state.into_iter().len() <= MAX_MEMBERS {
        return Some(list);
    }
    list.clear();
    let allowed = trace_state
        .into_iter()
        .filter(|(key, value)| is_key(key) && is_value(value));
    for (key, value) in allowed.take(MAX_MEMBERS) {
        push_member(&mut list, key, value);
    }
    Some(list).filter(|list| !list.is_empty())
}

#[inline]
fn push_member(list: &mut String, key: &str, value: &str) {
    push_separator(list);
    list.push_str(key);
    list.push('=');
    list.push_str(value);
}

fn push_separator(list: &mut String) {
    if !list.is_empty() {
        list.push(',');
    }
}

/// Reads the members of all lines, up to the first invalid one.
struct Members<'a> {
    /// The lines that follow.
    lines: slice::Iter<'a, &'a str>,
    /// The rest of the current line.
    rest: &'a str,
    /// The number of valid members so far.
    count: usize,
    invalid: Option<&'a str>,
}

impl<'a> Members<'a> {
    fn of(lines: &'a [&'a str]) -> Self {
        Members {
            lines: lines.iter(),
            rest: "",
            count: 0,
            invalid: None,
        }
    }

    /// Ends the iteration with the member at the start of the rest.
    #[cold]
    fn refuse(&mut self) {
        self.invalid = elements(self.rest, b',').next();
        (self.lines, self.rest) = ([].iter(), "");
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, &'a str);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.rest.as_bytes() {
                [] => self.rest = self.lines.next()?,
                [b',' | b' ' | b'\t', ..] => self.rest = &self.rest[1..],
                _ => break,
            }
        }
        match read_member(self.rest) {
            Some((key, value, rest)) if self.count < MAX_MEMBERS => {
                (self.count, self.rest) = (self.count + 1, rest);
                Some((key, value))
            }
            _ => {
                self.refuse();
                None
            }
        }
    }
}

/// Reads the member at the start of a text. Returns the key, the value and what follows, which is
/// empty or begins with a comma. Returns `None` if the member is invalid. The error is built
/// separately, off the hot path.
#[inline]
fn read_member(text: &str) -> Option<(&str, &str, &str)> {
    let bytes = text.as_bytes();
    // Members are short, so that a loop over the bytes takes less time than a search.
    let end_of = |start: usize, class: u8| {
        let mut rest = bytes[start..].iter();
        let other = rest.position(|byte| CLASSES[usize::from(*byte)] & class == 0);
        other.map_or(bytes.len(), |at| start + at)
    };
    let equals = end_of(0, KEY);
    if bytes.get(equals) != Some(&b'=') {
        return None;
    }
    let end = end_of(equals + 1, VALUE);
    let (key, value) = (&text[..equals], text[equals + 1..end].trim_end_matches(' '));
    let rest = text[end..].trim_start_matches([' ', '\t']);
    let is_valid = is_first(bytes[0]) && key.len() <= MAX_LEN && is_value_len(value.len());
    (is_valid && matches!(rest.as_bytes(), [] | [b',', ..])).then_some((key, value, rest))
}

/// Joins the members of all lines, verbatim.
#[cold]
fn join(lines: &[&str]) -> String {
    let members = || lines.iter().flat_map(|line| elements(line, b','));
    let len: usize = members().map(|member| member.len() + 1).sum();
    let mut list = String::with_capacity(len.saturating_sub(1));
    for member in members() {
        push_separator(&mut list);
        list.push_str(member);
    }
    list
}

/// The byte may be part of a key.
const KEY: u8 = 1;
/// The byte may be part of a value.
const VALUE: u8 = 2;

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] =
            KEY * is_key_byte(byte as u8) as u8 + VALUE * is_value_byte(byte as u8) as u8;
        byte += 1;
    }
    classes
};

/// Whether a text is a valid key.
fn is_key(key: &str) -> bool {
    key.bytes().next().is_some_and(is_first) && key.len() <= MAX_LEN && key.bytes().all(is_key_byte)
}

/// Whether a key may begin with a byte.
fn is_first(byte: u8) -> bool {
    byte.is_ascii_lowercase() | byte.is_ascii_digit()
}

const fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase()
        | byte.is_ascii_digit()
        | matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@')
}

/// Whether a text is a valid value, which may contain spaces anywhere but at the end.
fn is_value(value: &str) -> bool {
    is_value_len(value.len()) && !value.ends_with(' ') && value.bytes().all(is_value_byte)
}

fn is_value_len(len: usize) -> bool {
    (1..=MAX_LEN).contains(&len)
}

const fn is_value_byte(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') & (byte != b',') & (byte != b'=')
}

/// Returns the reason why a member makes its list invalid.
#[cold]
fn diagnose(index: usize, member: &str) -> ErrorKind {
    if index >= MAX_MEMBERS {
        return ErrorKind::TooManyMembers;
    }
    ErrorKind::Member {
        number: index + 1,
        kind: diagnose_member(member),
    }
}

fn diagnose_member(member: &str) -> MemberError {
    let Some((key, value)) = member.split_once('=') else {
        return MemberError::NoEquals;
    };
    let is = |valid: fn(u8) -> bool| move |c: &char| u8::try_from(*c).is_ok_and(valid);
    let length = |text: &str| Some(text.chars().count()).filter(|len| !(1..=MAX_LEN).contains(len));
    if let Some(found) = length(key) {
        return MemberError::KeyLength(found);
    }
    if let Some(found) = key.chars().find(|c| !is(is_key_byte)(c)) {
        return MemberError::KeyCharacter(found);
    }
    if let Some(found) = key.chars().next().filter(|_| !is_key(key)) {
        return MemberError::KeyStart(found);
    }
    if let Some(found) = value.chars().find(|c| !is(is_value_byte)(c)) {
        return MemberError::ValueCharacter(found);
    }
    MemberError::ValueLength(value.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracestate_error_states_the_invalid_member() {
        let long = "k".repeat(257);
        for (list, message) in [
            ("a=1,b".to_owned(), "member 2: expected key=value"),
            (
                ",,=1".to_owned(),
                "member 1: expected a key of 1 to 256 characters, found 0",
            ),
            (
                format!("{long}=1"),
                "member 1: expected a key of 1 to 256 characters, found 257",
            ),
            (
                "a=1,@b=1".to_owned(),
                "member 2: a key must begin with a lower-case letter or a digit, found '@'",
            ),
            (
                "a\r=1".to_owned(),
                "member 1: invalid character '\\r' in key",
            ),
            (
                "a=1=2".to_owned(),
                "member 1: invalid character '=' in value",
            ),
            ("a=é".to_owned(), "member 1: invalid character 'é' in value"),
            (
                "a= ".to_owned(),
                "member 1: expected a value of 1 to 256 characters, found 0",
            ),
            (
                format!("a={long}"),
                "member 1: expected a value of 1 to 256 characters, found 257",
            ),
            ("a=1,".repeat(33), "expected at most 32 members"),
            ("a=1,".repeat(32) + "B", "expected at most 32 members"),
        ] {
            let error = list.parse::<TraceStateList>().unwrap_err();
            assert_eq!(error.to_string(), format!("tracestate: {message}"));
            assert_eq!(error.header(), TRACESTATE);
        }
    }

    #[test]
    fn header_value_omits_each_kind_of_invalid_member() {
        for invalid in [("b", ""), ("b", "\r\n"), ("b", "é"), ("", "1"), ("b", "1 ")] {
            let alone = TraceState::from_key_value([invalid]).unwrap();
            assert_eq!(header_value(&alone), None, "{invalid:?}");

            let members = [("a", "1"), invalid, ("c", "3")];
            let among_valid = TraceState::from_key_value(members).unwrap();
            let value = header_value(&among_valid);
            assert_eq!(value.as_deref(), Some("a=1,c=3"), "{invalid:?}");
        }
    }

    #[test]
    fn header_value_has_at_most_32_members() {
        for first in [("k", "1"), ("", "1")] {
            let mut list = TraceState::from_key_value([first]).unwrap();
            for i in 0..40 {
                list = list.insert(format!("k{i}"), "1").unwrap();
            }
            let value = header_value(&list).unwrap();
            assert_eq!(value.split(',').count(), MAX_MEMBERS);
            assert!(value.starts_with("k39=1,k38=1"), "{value}");
        }
    }

    #[test]
    fn list_is_written_into_a_string_of_the_exact_size() {
        let list = TraceState::from_key_value([("a", "1"), ("key", "value")]).unwrap();
        let joined = join(&["a@@b=1 , ,c=2", "d=34"]);
        for (text, expected) in [
            (header_value(&list).unwrap(), "a=1,key=value"),
            (joined, "a@@b=1,c=2,d=34"),
        ] {
            assert_eq!(text, expected);
            assert_eq!(text.capacity(), text.len());
        }
    }

    #[test]
    fn empty_list_displays_as_an_empty_string() {
        let list: TraceStateList = " ,".parse().unwrap();
        assert!(list.is_empty());
        assert_eq!(list.to_string(), "");
    }
}
