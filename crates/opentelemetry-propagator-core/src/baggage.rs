//! Members of W3C `baggage`, and lists of them within W3C's limits.
//!
//! ```text
//! baggage: userId=42,sentry-release=shop%401.0,tenant=kontur;ttl=30
//!          ^^^^^^^^^ a member              key ^^^^^^ ^^^^^^ value ^^^^^^ properties
//! ```
//!
//! Members are split but not decoded, so that they can be forwarded verbatim.
//!
//! Source: W3C Baggage, sections 3.2 (format) and 3.3 (limits).

use std::ops::Range;

use opentelemetry::propagation::Injector;

use crate::text::{for_each_match, leading_ows, trailing_ows, trim_ows};

/// The name of the header.
pub const HEADER: &str = "baggage";

/// The maximum number of members in a list.
pub const MAX_MEMBERS: usize = 64;

/// The maximum length of a list in bytes, including commas.
pub const MAX_BYTES: usize = 8192;

/// Iterates over the members of one line, without the whitespace around them.
///
/// Skips elements without `=`. Also skips members with a byte that an HTTP header value must not
/// contain, because a carrier would reject the whole list.
///
/// ```
/// use opentelemetry_propagator_core::baggage::members;
///
/// let line = "userId=42 ,\ttenant=kontur;ttl=30,,junk,bad=\r\n";
/// assert!(members(line).eq(["userId=42", "tenant=kontur;ttl=30"]));
/// ```
pub fn members(line: &str) -> impl DoubleEndedIterator<Item = &str> {
    // The members need not be checked one by one if the whole line is valid, which is the usual
    // case.
    let is_plain = is_plain(line);
    line.split(',')
        .map(trim_ows)
        .filter(move |member| member.contains('=') && (is_plain || member.bytes().all(is_legal)))
}

/// Whether a line consists of visible ASCII and spaces, as nearly all lines do.
#[inline]
fn is_plain(line: &str) -> bool {
    // No early exit, so that the loop vectorizes. Control characters wrap around.
    let highest = line
        .bytes()
        .fold(0, |highest: u8, byte| highest.max(byte.wrapping_sub(b' ')));
    highest <= b'~' - b' '
}

/// Whether an HTTP header value may contain a byte, which is visible ASCII, a space or a tab.
const fn is_legal(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~')
}

/// Returns the key of a member, without the whitespace around it.
///
/// ```
/// assert_eq!(opentelemetry_propagator_core::baggage::key("tenant = kontur"), "tenant");
/// ```
pub fn key(member: &str) -> &str {
    let end = member.find('=').unwrap_or(member.len());
    trim_ows(&member[..end])
}

/// The parts of a member, verbatim except for the whitespace around them.
///
/// ```
/// use opentelemetry_propagator_core::baggage::Member;
///
/// let member = Member::parse("tenant = kontur ; ttl=30;secure").unwrap();
/// assert_eq!(member.key, "tenant");
/// assert_eq!(member.value, "kontur");
/// assert_eq!(member.properties, "ttl=30;secure");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member<'a> {
    /// The key.
    pub key: &'a str,
    /// The value, percent-encoded.
    pub value: &'a str,
    /// The properties after the first `;`, percent-encoded.
    pub properties: &'a str,
}

impl<'a> Member<'a> {
    /// Splits a member according to the grammar `key = value *( ; property )`.
    ///
    /// Returns `None` if there is no `=` before the first `;`.
    #[inline]
    pub fn parse(member: &'a str) -> Option<Self> {
        let (key_value, properties) = member.split_once(';').unwrap_or((member, ""));
        // Keys are short: a search optimized for longer texts takes more time.
        let equals = key_value.bytes().position(|byte| byte == b'=')?;
        Some(Member {
            key: trim_ows(&key_value[..equals]),
            value: trim_ows(&key_value[equals + 1..]),
            properties: trim_ows(properties),
        })
    }

    /// Returns the length of the member in bytes, without optional whitespace.
    #[allow(clippy::len_without_is_empty)]
    #[inline]
    pub fn len(&self) -> usize {
        let separators = 1 + usize::from(!self.properties.is_empty());
        self.key.len() + self.value.len() + self.properties.len() + separators
    }
}

/// Calls `visit` with each of the [`members`] of a line that has a `=` before its first `;`.
///
/// It scans the whole line once for all separators.
///
/// ```
/// use opentelemetry_propagator_core::baggage::for_each_member;
///
/// let mut keys = Vec::new();
/// for_each_member("userId=42 ,\ttenant=kontur;ttl=30,,junk,bad=\r\n", |member| {
///     keys.push(member.key);
/// });
/// assert_eq!(keys, ["userId", "tenant"]);
/// ```
#[inline]
pub fn for_each_member<'a>(line: &'a str, mut visit: impl FnMut(Member<'a>)) {
    let is_plain = is_plain(line);
    let text = line.as_bytes();
    // The positions of the first `=` and of the first `;` of the current element.
    let (mut start, mut equals, mut semicolon) = (0, None, None);
    let mut end_at = |start: usize, equals: Option<usize>, semicolon: Option<usize>, end: usize| {
        let Some(equals) = equals else {
            return;
        };
        let (value_end, properties) = match semicolon {
            Some(at) if at < equals => return,
            Some(at) => (at, &line[at + 1..end]),
            None => (end, ""),
        };
        if is_plain || line[start..end].bytes().all(is_legal) {
            visit(Member {
                key: trim_ows(&line[start..equals]),
                value: trim_ows(&line[equals + 1..value_end]),
                properties: trim_ows(properties),
            });
        }
    };
    for_each_match(
        text,
        |byte| (byte == b',') | (byte == b'=') | (byte == b';'),
        |at| match text[at] {
            b'=' => equals = equals.or(Some(at)),
            b';' => semicolon = semicolon.or(Some(at)),
            _ => {
                end_at(start, equals, semicolon, at);
                (start, equals, semicolon) = (at + 1, None, None);
            }
        },
    );
    end_at(start, equals, semicolon, text.len());
}

/// A list of members within W3C's limits.
///
/// A member that would exceed a limit is left out as a whole.
///
/// ```
/// use opentelemetry_propagator_core::baggage::MemberList;
///
/// let mut list = MemberList::with_capacity(32);
/// assert!(list.push("a=1"));
/// assert!(list.push("b=2"));
/// assert!(!list.push(&format!("c={}", "x".repeat(8192))), "too long");
/// assert_eq!(list.as_str(), "a=1,b=2");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberList {
    text: String,
    members: usize,
}

impl MemberList {
    /// Creates an empty list with a capacity of `bytes` bytes, but at most [`MAX_BYTES`].
    pub fn with_capacity(bytes: usize) -> Self {
        MemberList {
            text: String::with_capacity(bytes.min(MAX_BYTES)),
            members: 0,
        }
    }

    /// Allocates exactly `bytes` bytes, but at most [`MAX_BYTES`]. Does nothing if the list is
    /// already allocated.
    ///
    /// A format that knows the length of its members calls this before it adds them. A list that
    /// only contains these members is then allocated once, at its exact size.
    #[inline]
    pub fn reserve(&mut self, bytes: usize) {
        if self.text.capacity() == 0 {
            self.text.reserve_exact(bytes.min(MAX_BYTES));
        }
    }

    /// Adds a member. Returns `false` and leaves it out if it is empty or would exceed a limit.
    pub fn push(&mut self, member: &str) -> bool {
        let fits = (1..=self.room()).contains(&member.len());
        if fits {
            append(&mut self.text, member);
            self.members += 1;
        }
        fits
    }

    /// Adds the members that `write` appends to the text, one for each item of `members`. Returns
    /// `false` and adds none of them if they would exceed a limit.
    ///
    /// ```
    /// use opentelemetry_propagator_core::baggage::MemberList;
    ///
    /// let mut list = MemberList::default();
    /// assert!(list.push_all_with(["a=1", "b=2"], |member, text| text.push_str(member)));
    /// assert!(!list.push_all_with(["c=3"; 63], |member, text| text.push_str(member)));
    /// assert_eq!(list.as_str(), "a=1,b=2");
    /// ```
    #[inline]
    pub fn push_all_with<T>(
        &mut self,
        members: impl IntoIterator<Item = T>,
        write: impl Fn(T, &mut String),
    ) -> bool {
        let (len, count) = (self.text.len(), self.members);
        for member in members {
            if !self.text.is_empty() {
                self.text.push(',');
            }
            write(member, &mut self.text);
            self.members += 1;
            if self.members > MAX_MEMBERS || self.text.len() > MAX_BYTES {
                self.text.truncate(len);
                self.members = count;
                return false;
            }
        }
        true
    }

    /// Adds the members of another list. Those that would exceed a limit are left out.
    #[inline]
    pub fn append(&mut self, other: &MemberList) {
        if self.members + other.members <= MAX_MEMBERS && other.text.len() <= self.room() {
            self.reserve(other.text.len());
            append(&mut self.text, &other.text);
            self.members += other.members;
        } else {
            for member in other.text.split(',') {
                self.push(member);
            }
        }
    }

    /// Adds the members that `write` appends to the text. `members` is their number, and `len` is
    /// their length in bytes, including the commas between them. Returns `false` without calling
    /// `write` if they would exceed a limit.
    #[inline]
    pub fn push_members_with(
        &mut self,
        members: usize,
        len: usize,
        write: impl FnOnce(&mut String),
    ) -> bool {
        let fits = self.members + members <= MAX_MEMBERS && len <= self.room();
        if fits {
            self.reserve(len);
            if !self.text.is_empty() {
                self.text.push(',');
            }
            write(&mut self.text);
            self.members += members;
        }
        fits
    }

    /// Returns the maximum length in bytes of the next member, which is 0 if the list is full.
    #[inline]
    pub fn room(&self) -> usize {
        let comma = usize::from(!self.text.is_empty());
        if self.members == MAX_MEMBERS {
            return 0;
        }
        MAX_BYTES.saturating_sub(self.text.len() + comma)
    }

    /// Adds those [`members`] of a line for which `keep` returns `true`. Members that would exceed
    /// a limit are left out.
    ///
    /// ```
    /// use opentelemetry_propagator_core::baggage::MemberList;
    ///
    /// let mut list = MemberList::default();
    /// list.push_line("a=1,b=2, tenant=kontur,a=3", |member| member.starts_with(b"a="));
    /// assert_eq!(list.into_string(), "a=1,a=3");
    /// ```
    #[inline]
    pub fn push_line(&mut self, line: &str, keep: impl Fn(&[u8]) -> bool) {
        if !is_plain(line) || self.text.len() + 1 + line.len() > MAX_BYTES {
            for member in members(line).filter(|member| keep(member.as_bytes())) {
                self.push(member);
            }
            return;
        }
        let text = line.as_bytes();
        let mut room = MAX_MEMBERS - self.members;
        // `run` is a contiguous range of accepted members not yet copied. Adjacent members are
        // copied together.
        let mut run = 0..0;
        let mut take = |start: usize, end: usize| {
            let mut member = start..end;
            if let [b' ', ..] | [.., b' '] = text[start..end] {
                member = trimmed(text, member);
            }
            if room == 0 || !keep(&text[member.clone()]) {
                return;
            }
            room -= 1;
            if !run.is_empty() && member.start == run.end + 1 {
                run.end = member.end;
            } else {
                append(&mut self.text, &line[run.clone()]);
                run = member;
            }
        };
        let mut start = 0;
        let mut is_member = false;
        for_each_match(
            text,
            |byte| (byte == b',') | (byte == b'='),
            |at| {
                if text[at] == b'=' {
                    is_member = true;
                    return;
                }
                if is_member {
                    take(start, at);
                }
                start = at + 1;
                is_member = false;
            },
        );
        if is_member {
            take(start, text.len());
        }
        append(&mut self.text, &line[run]);
        self.members = MAX_MEMBERS - room;
    }

    /// Returns the last member that `matches` selects.
    ///
    /// ```
    /// use opentelemetry_propagator_core::baggage::MemberList;
    ///
    /// let mut list = MemberList::default();
    /// list.push_line("a=1,b=2,a=3", |_| true);
    /// assert_eq!(list.rfind(|member| member.starts_with("a=")), Some("a=3"));
    /// assert_eq!(list.rfind(|member| member.starts_with("c=")), None);
    /// ```
    #[inline]
    pub fn rfind(&self, matches: impl Fn(&str) -> bool) -> Option<&str> {
        let text = &*self.text;
        let mut last = None;
        let mut start = 0;
        let mut visit = |end: usize| {
            let member = &text[start..end];
            if matches(member) {
                last = Some(member);
            }
            start = end + 1;
        };
        for_each_match(text.as_bytes(), |byte| byte == b',', &mut visit);
        visit(text.len());
        last
    }

    /// Whether the list has no members.
    pub fn is_empty(&self) -> bool {
        self.members == 0
    }

    /// Returns the number of members.
    pub fn len(&self) -> usize {
        self.members
    }

    /// Returns the list as a header value.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the list as an owned header value.
    pub fn into_string(self) -> String {
        self.text
    }

    /// Writes the list to the `baggage` header, unless it is empty.
    pub fn inject(self, injector: &mut dyn Injector) {
        if !self.is_empty() {
            injector.set(HEADER, self.text);
        }
    }
}

/// Leaves out the spaces and tabs at both ends of a range.
#[cold]
fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let start = range.start + leading_ows(&text[range.clone()]);
    start..range.end - trailing_ows(&text[start..range.end])
}

/// Appends members after a comma, which is omitted if either side is empty.
fn append(list: &mut String, members: &str) {
    if !list.is_empty() && !members.is_empty() {
        list.push(',');
    }
    list.push_str(members);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(members: impl IntoIterator<Item = String>) -> MemberList {
        let mut list = MemberList::default();
        for member in members {
            list.push(&member);
        }
        list
    }

    #[test]
    fn push_line_adds_what_members_returns() {
        for line in [
            "",
            ",",
            ",a=1",
            ",,a=1,",
            "a=1,,a=2",
            "b=1,a=1",
            "a=1,b=1,a=2,a=3",
            " a=1 ,\ta=2",
            " a=1 ,  a=2 ,b=1 ",
            "a=1, a=2,a=3",
            "a,a=1",
            "a=\0,a=1",
            "=,a=",
            "a=1,a=\u{434},a=2",
            ",\t, a=1",
        ] {
            let keep = |member: &[u8]| member.starts_with(b"a");
            let mut by_line = MemberList::default();
            by_line.push_line("a=0", keep);
            by_line.push_line(line, keep);
            let one_by_one = list(
                ["a=0"]
                    .into_iter()
                    .chain(members(line).filter(|m| keep(m.as_bytes())))
                    .map(str::to_owned),
            );
            assert_eq!(by_line.into_string(), one_by_one.into_string(), "{line:?}");

            let mut alone = MemberList::default();
            alone.push_line(line, keep);
            let one_by_one = list(
                members(line)
                    .filter(|m| keep(m.as_bytes()))
                    .map(str::to_owned),
            );
            assert_eq!(alone.into_string(), one_by_one.into_string(), "{line:?}");
        }
    }

    #[test]
    fn for_each_member_agrees_with_parse() {
        for line in [
            "",
            ",",
            "a=1",
            " a = 1 ; p = 2 ;q,\tb=2;;=;, ;=,c;d=1,e",
            "a==;b,=1,a=1;",
            "a=\0,b=\t1\t,c=\u{434};\u{7f},d=1;\r",
        ] {
            let mut visited = Vec::new();
            for_each_member(line, |member| visited.push(member));
            let expected: Vec<_> = line
                .split(',')
                .filter(|element| trim_ows(element).bytes().all(is_legal))
                .filter_map(|element| Member::parse(trim_ows(element)))
                .collect();
            assert_eq!(visited, expected, "{line:?}");
        }
    }

    #[test]
    fn push_stops_at_64_members() {
        let text = list((0..70).map(|i| format!("k{i}=v"))).into_string();
        assert_eq!(members(&text).count(), MAX_MEMBERS);
        assert!(text.ends_with(",k63=v"));
    }

    #[test]
    fn push_fills_the_list_to_the_last_byte() {
        let half = MAX_BYTES / 2;
        let a = format!("a={}", "x".repeat(half - 2));
        let fits = format!("b={}", "x".repeat(half - 3));
        let too_long = format!("c={}", "x".repeat(half - 2));

        let mut list = list([a.clone()]);
        assert!(!list.push(&too_long));
        assert!(list.push(&fits));
        assert!(!list.push(""));
        let text = list.into_string();
        assert_eq!(text.len(), MAX_BYTES);
        assert_eq!(text, format!("{a},{fits}"));
    }

    #[test]
    fn push_line_stops_at_both_limits() {
        let half = MAX_BYTES / 2;
        let a = format!("a={}", "x".repeat(half - 2));
        let fits = format!("b={}", "x".repeat(half - 3));
        for (line, expected) in [
            (fits.clone(), format!("{a},{fits}")),
            (format!("{fits}x"), a.clone()),
            (format!("{fits}x,c=1"), format!("{a},c=1")),
        ] {
            let mut list = MemberList::default();
            list.push_line(&a, |_| true);
            list.push_line(&line, |_| true);
            assert_eq!(list.into_string(), expected);
        }

        let many: Vec<_> = (0..70).map(|i| format!("k{i}=v")).collect();
        let mut list = MemberList::default();
        assert!(list.is_empty());
        list.push_line("a=1,b=2,c=3", |member| member != b"b=2");
        assert!(!list.is_empty());
        list.push_line(&many.join(","), |_| true);
        list.push_line("one=more", |_| true);
        assert!(!list.push("one=more"));
        let text = list.into_string();
        assert_eq!(
            text,
            format!("a=1,c=3,{}", many[..MAX_MEMBERS - 2].join(","))
        );
    }

    #[test]
    fn push_line_copies_adjacent_members_at_once() {
        let longest = format!("a={},b=2", "x".repeat(MAX_BYTES - 1 - "a=,b=2".len()));
        for line in ["a=1,b=2,c=3", &longest] {
            let mut list = MemberList::default();
            list.push_line(line, |_| true);
            let text = list.into_string();
            assert_eq!(text, line);
            assert_eq!(text.capacity(), text.len(), "one allocation");
        }
    }

    #[test]
    fn with_capacity_allocates_at_most_the_limit() {
        for (requested, capacity) in [
            (0, 0),
            (7, 7),
            (MAX_BYTES, MAX_BYTES),
            (usize::MAX, MAX_BYTES),
        ] {
            let mut list = MemberList::with_capacity(requested);
            assert_eq!(list.text.capacity(), capacity);
            assert!(list.is_empty());
            assert!(list.push("a=1"));
        }
    }

    #[test]
    fn key_ends_at_the_first_equals_sign() {
        for (member, expected) in [("a=b=c", "a"), ("a", "a"), ("=b", ""), ("\ta =b;c=d", "a")] {
            assert_eq!(key(member), expected, "{member:?}");
        }
    }

    #[test]
    fn members_skips_bytes_invalid_in_a_header() {
        let line = "a=1,b=\u{7f},c=д,d=\0,e=\r,f=x y\tz,g=~";
        assert!(members(line).eq(["a=1", "f=x y\tz", "g=~"]));
    }
}
