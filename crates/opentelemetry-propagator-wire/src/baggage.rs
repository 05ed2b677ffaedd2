//! The members of W3C `baggage` lines, and a list of them within W3C's limits.
//!
//! ```text
//! baggage: userId=42,sentry-release=shop%401.0,tenant=kontur;ttl=30
//!          ^ a member
//! ```
//!
//! A member is handled as it stands on the wire: nobody who only passes it on decodes it.
//! Source: W3C Baggage, sections 3.2 (format) and 3.3 (limits).

use crate::text::{each, leading_blanks, trailing_blanks, trim_blanks};

/// The header's name.
pub const HEADER: &str = "baggage";

/// The greatest number of members that a list holds.
pub const MAX_MEMBERS: usize = 64;

/// The greatest length of a list in bytes, commas included.
pub const MAX_BYTES: usize = 8192;

/// The members of one line, without the blanks around them.
///
/// What has no `=` is no member and is left out; so is a member with a byte that no HTTP header
/// value may hold, since it would make the carrier refuse the whole list.
///
/// ```
/// use opentelemetry_propagator_wire::baggage::members;
///
/// let line = "userId=42 ,\ttenant=kontur;ttl=30,,junk,bad=\r\n";
/// assert!(members(line).eq(["userId=42", "tenant=kontur;ttl=30"]));
/// ```
pub fn members(line: &str) -> impl DoubleEndedIterator<Item = &str> {
    line.split(',')
        .map(trim_blanks)
        .filter(|member| member.contains('=') && member.bytes().all(is_legal))
}

/// Whether a line is visible ASCII and spaces, as nearly all are.
#[inline]
fn is_plain(line: &str) -> bool {
    // No early end: so it is done sixteen bytes at a time.
    let is_plain = |byte| matches!(byte, b' '..=b'~');
    line.bytes()
        .fold(true, |plain, byte| plain & is_plain(byte))
}

/// Whether a byte may stand in an HTTP header value: visible ASCII, space and tab.
const fn is_legal(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~')
}

/// The key of a member, without the blanks around it.
///
/// ```
/// assert_eq!(opentelemetry_propagator_wire::baggage::key("tenant = kontur"), "tenant");
/// ```
pub fn key(member: &str) -> &str {
    let end = member.find('=').unwrap_or(member.len());
    trim_blanks(&member[..end])
}

/// A list that takes whole members as long as W3C's limits permit.
///
/// ```
/// use opentelemetry_propagator_wire::baggage::List;
///
/// let mut list = List::with_capacity(32);
/// assert!(list.push("a=1"));
/// assert!(list.push("b=2"));
/// assert!(!list.push(&format!("c={}", "x".repeat(8192))), "too long, left out whole");
/// assert_eq!(list.into_string(), "a=1,b=2");
/// ```
#[derive(Clone, Debug, Default)]
pub struct List {
    text: String,
    members: usize,
}

impl List {
    /// An empty list, with room for that many bytes (at most [`MAX_BYTES`]).
    pub fn with_capacity(bytes: usize) -> Self {
        List {
            text: String::with_capacity(bytes.min(MAX_BYTES)),
            members: 0,
        }
    }

    /// Adds a member, or leaves it out and returns `false` when it would break a limit.
    pub fn push(&mut self, member: &str) -> bool {
        let comma = usize::from(!self.text.is_empty());
        if self.members == MAX_MEMBERS || self.text.len() + comma + member.len() > MAX_BYTES {
            return false;
        }
        append(&mut self.text, member);
        self.members += 1;
        true
    }

    /// Adds those [`members`] of a line that `keep` chooses, as far as the limits permit.
    ///
    /// ```
    /// use opentelemetry_propagator_wire::baggage::List;
    ///
    /// let mut list = List::default();
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
        // Those that stand side by side are copied at once.
        let mut run = 0..0;
        let mut take = |start: usize, end: usize| {
            let piece = &text[start..end];
            let leading = leading_blanks(piece);
            let member = &piece[leading..piece.len() - trailing_blanks(piece)];
            if room == 0 || !keep(member) {
                return;
            }
            room -= 1;
            let start = start + leading;
            if !run.is_empty() && start == run.end + 1 {
                run.end = start + member.len();
            } else {
                append(&mut self.text, &line[run.clone()]);
                run = start..start + member.len();
            }
        };
        let mut start = 0;
        let mut is_member = false;
        each(
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

    /// Whether it holds no member.
    pub fn is_empty(&self) -> bool {
        self.members == 0
    }

    /// The list as a header value.
    pub fn into_string(self) -> String {
        self.text
    }
}

fn append(list: &mut String, members: &str) {
    if !list.is_empty() && !members.is_empty() {
        list.push(',');
    }
    list.push_str(members);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(members: impl IntoIterator<Item = String>) -> List {
        let mut list = List::default();
        for member in members {
            list.push(&member);
        }
        list
    }

    #[test]
    fn the_members_of_a_line_are_those_that_members_gives() {
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
            let mut by_line = List::default();
            by_line.push_line("a=0", keep);
            by_line.push_line(line, keep);
            let one_by_one = list(
                ["a=0"]
                    .into_iter()
                    .chain(members(line).filter(|m| keep(m.as_bytes())))
                    .map(str::to_owned),
            );
            assert_eq!(by_line.into_string(), one_by_one.into_string(), "{line:?}");

            let mut alone = List::default();
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
    fn a_list_ends_at_64_members() {
        let text = list((0..70).map(|i| format!("k{i}=v"))).into_string();
        assert_eq!(members(&text).count(), MAX_MEMBERS);
        assert!(text.ends_with(",k63=v"));
    }

    #[test]
    fn a_list_is_filled_to_the_last_byte_and_no_member_is_cut() {
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
    fn a_line_is_taken_to_the_last_byte_and_to_the_last_member() {
        let half = MAX_BYTES / 2;
        let a = format!("a={}", "x".repeat(half - 2));
        let fits = format!("b={}", "x".repeat(half - 3));
        for (line, taken) in [
            (fits.clone(), format!("{a},{fits}")),
            (format!("{fits}x"), a.clone()),
            (format!("{fits}x,c=1"), format!("{a},c=1")),
        ] {
            let mut list = List::default();
            list.push_line(&a, |_| true);
            list.push_line(&line, |_| true);
            assert_eq!(list.into_string(), taken);
        }

        let many: Vec<_> = (0..70).map(|i| format!("k{i}=v")).collect();
        let mut list = List::default();
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
    fn members_side_by_side_are_copied_at_once() {
        let longest = format!("a={},b=2", "x".repeat(MAX_BYTES - 1 - "a=,b=2".len()));
        for line in ["a=1,b=2,c=3", &longest] {
            let mut list = List::default();
            list.push_line(line, |_| true);
            let text = list.into_string();
            assert_eq!(text, line);
            assert_eq!(text.capacity(), text.len(), "one allocation");
        }
    }

    #[test]
    fn a_list_has_the_room_that_is_asked_for_within_the_limit() {
        for (asked, room) in [
            (0, 0),
            (7, 7),
            (MAX_BYTES, MAX_BYTES),
            (usize::MAX, MAX_BYTES),
        ] {
            let mut list = List::with_capacity(asked);
            assert_eq!(list.text.capacity(), room);
            assert!(list.is_empty());
            assert!(list.push("a=1"));
        }
    }

    #[test]
    fn a_key_ends_at_the_first_equals_sign() {
        for (member, expected) in [("a=b=c", "a"), ("a", "a"), ("=b", ""), ("\ta =b;c=d", "a")] {
            assert_eq!(key(member), expected, "{member:?}");
        }
    }

    #[test]
    fn members_that_a_header_could_not_carry_are_left_out() {
        let line = "a=1,b=\u{7f},c=д,d=\0,e=\r,f=x y\tz,g=~";
        assert!(members(line).eq(["a=1", "f=x y\tz", "g=~"]));
    }
}
