//! Splitting of W3C `baggage` into members.
//!
//! Every reader of `baggage` uses this scanner, so that all of them agree on what a member is.

use super::grammar::{
    are_properties, class, encoded_len, has_prefix, is_percent_encoded, is_token, is_value, Class,
};
use super::list::{MemberList, MAX_BYTES, MAX_MEMBERS};
use super::member::Member;
use crate::text::{for_each_match, trailing_ows, trim_ows};

/// The number of invalid members after which the rest of the header is not read.
const MAX_INVALID: usize = 128;

/// The number of lines after which the rest of the header is not read. Servers accept fewer.
const MAX_LINES: u16 = 1024;

/// The members of all `baggage` lines of a request, split but not decoded.
///
/// A member is left out if it has no `=` before its first `;`, if its key is not a token, if it
/// contains a control character or a character outside ASCII, or if it exceeds a limit. Each owner
/// of members has its own limits of 64 members and 8192 bytes, without optional whitespace. An
/// owner is a format with a [prefix](crate::Format::baggage_prefix); the members without such a
/// prefix share one more set of limits.
///
/// ```
/// use opentelemetry_propagator_core::baggage::Members;
///
/// let members = Members::parse(vec!["userId=42, acme-a=1", "junk,%61cme-b=2"], &["acme-"]);
/// let keys = |prefix| members.of(prefix).map(|member| member.key).collect::<Vec<_>>();
/// assert_eq!(keys(None), ["userId"]);
/// assert_eq!(keys(Some("acme-")), ["acme-a", "%61cme-b"]);
/// assert_eq!(members.left_out(), 1);
/// assert!(!members.are_all_owned());
/// ```
#[derive(Clone, Debug)]
pub struct Members<'a> {
    lines: Vec<&'a str>,
    owners: &'a [&'static str],
    /// The prefix of the only owner, if it can be compared as one word.
    only_owner: Option<Prefix>,
    positions: Vec<Position>,
    rooms: Rooms,
    left_out: usize,
    /// The number of elements that are not members.
    invalid: usize,
}

/// Where a member begins and ends in its line, without the whitespace around it.
#[derive(Clone, Copy, Debug)]
struct Position {
    start: u32,
    equals: u32,
    end: u32,
    line: u16,
    /// 0 if no format owns the member, and otherwise the index of its owner plus 1.
    owner: u8,
    flags: u8,
}

/// The key contains a percent sign.
const ENCODED_KEY: u8 = 1;
/// There is whitespace between the first and the last character.
const SPACES: u8 = 2;
/// There is a `;` after the value.
const PROPERTIES: u8 = 4;
/// The member contains something that must be encoded or left out before it is sent.
const UNCLEAN: u8 = 8;
/// The member is invalid.
const INVALID: u8 = 16;
/// There is a percent sign after the key.
const ENCODED: u8 = 32;

/// The numbers of members and bytes that an owner may still have.
#[derive(Clone, Copy, Debug)]
struct Room {
    members: usize,
    /// Includes a comma after each member.
    bytes: usize,
}

const EMPTY: Room = Room {
    members: MAX_MEMBERS,
    bytes: MAX_BYTES + 1,
};

impl Room {
    /// Subtracts a member. Returns `false` if it does not fit.
    #[inline]
    fn take(&mut self, len: usize) -> bool {
        let fits = self.members > 0 && len < self.bytes;
        if fits {
            self.members -= 1;
            self.bytes -= len + 1;
        }
        fits
    }
}

/// The rooms of all owners, by their numbers. Lists with more than one owner are rare.
#[derive(Clone, Debug)]
struct Rooms {
    first: [Room; 2],
    others: Vec<Room>,
}

impl Rooms {
    #[inline]
    fn new(owners: usize) -> Self {
        Rooms {
            first: [EMPTY; 2],
            others: vec![EMPTY; owners.saturating_sub(1)],
        }
    }

    /// Returns the length of the members of an owner that were added, joined by commas.
    #[inline]
    fn used(&self, owner: u8) -> usize {
        let owner = usize::from(owner);
        let room = self
            .first
            .get(owner)
            .unwrap_or_else(|| &self.others[owner - 2]);
        MAX_BYTES.saturating_sub(room.bytes)
    }

    #[inline]
    fn of(&mut self, owner: u8) -> &mut Room {
        match owner {
            0 | 1 => &mut self.first[usize::from(owner)],
            owner => &mut self.others[usize::from(owner) - 2],
        }
    }
}

/// A prefix of at most eight bytes, which is compared as one word.
#[derive(Clone, Copy, Debug)]
struct Prefix {
    word: u64,
    mask: u64,
}

impl Prefix {
    /// Returns `None` for a prefix that is too long.
    #[inline]
    fn new(prefix: &str) -> Option<Self> {
        let mut word = [0; 8];
        word.get_mut(..prefix.len())?
            .copy_from_slice(prefix.as_bytes());
        Some(Prefix {
            word: u64::from_le_bytes(word),
            mask: u64::MAX.checked_shr(64 - 8 * prefix.len() as u32)?,
        })
    }
}

/// Whether a byte needs no attention, wherever it is in a member: letters, digits and `_-.`.
#[inline]
fn is_ordinary(byte: u8) -> bool {
    // Vector instructions of every x86-64 processor compare signed bytes only.
    let is_in = |byte: u8, first: u8, count: u8| {
        (byte.wrapping_sub(first).wrapping_add(0x80) as i8) < count.wrapping_add(0x80) as i8
    };
    is_in(byte | 0x20, b'a', 26) | is_in(byte, b'0', 10) | is_in(byte, b'-', 2) | (byte == b'_')
}

/// The element of a line that is being read.
#[derive(Clone, Copy)]
struct Element {
    start: usize,
    /// The position of the first `=`, or [`NONE`].
    equals: usize,
    flags: u8,
}

const NONE: usize = usize::MAX;

impl<'a> Members<'a> {
    /// Splits the lines of one header. `owners` are the prefixes of the keys that formats own.
    pub fn parse(lines: Vec<&'a str>, owners: &'a [&'static str]) -> Self {
        let len: usize = lines.iter().map(|line| line.len()).sum();
        let mut members = Members {
            lines: Vec::new(),
            owners,
            only_owner: match owners {
                [prefix] => Prefix::new(prefix),
                _ => None,
            },
            // Most members are longer than twelve bytes.
            positions: Vec::with_capacity((len / 12).min(MAX_MEMBERS)),
            rooms: Rooms::new(owners.len()),
            left_out: lines.len().saturating_sub(usize::from(MAX_LINES)),
            invalid: 0,
        };
        // A longer line cannot be addressed, and no server accepts it.
        let is_addressable = |line: &str| u32::try_from(line.len()).is_ok();
        let numbered = (0..MAX_LINES).zip(&lines);
        for (number, line) in numbered.filter(|(_, line)| is_addressable(line)) {
            members.scan_line(line, number);
            if members.invalid == MAX_INVALID {
                break;
            }
        }
        members.lines = lines;
        members
    }

    /// Iterates over the members whose keys begin with the prefix of an owner, or over those that
    /// have no owner.
    pub fn of(&self, owner: Option<&str>) -> impl Iterator<Item = Member<'a>> + '_ {
        let owner = self.number_of(owner);
        let positions = self.positions.iter();
        let positions = positions.filter(move |position| Some(position.owner) == owner);
        positions.map(|position| position.member(self.lines[usize::from(position.line)]))
    }

    /// Adds the members of an owner to a list, or those that have no owner. They are copied
    /// verbatim, except that what a header must not contain is encoded or left out.
    #[inline]
    pub fn push_to(&self, owner: Option<&str>, list: &mut MemberList) {
        let Some(owner) = self.number_of(owner) else {
            return;
        };
        list.reserve(self.rooms.used(owner));
        let mut rest = &self.positions[..];
        while let [first, after @ ..] = rest {
            rest = after;
            if first.owner != owner {
                continue;
            }
            let line = self.lines[usize::from(first.line)];
            if first.has(UNCLEAN) {
                list.push_encoded(first.member(line));
                continue;
            }
            // Adjacent members are copied together.
            let (mut last, mut count) = (first, 1);
            while let [next, after @ ..] = rest {
                if !next.is_run_after(last) {
                    break;
                }
                (last, count, rest) = (next, count + 1, after);
            }
            list.push_members(&line[first.start as usize..last.end as usize], count);
        }
    }

    /// Returns the number of elements that are not members or exceed a limit. Empty elements do not
    /// count.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Whether every member has an owner.
    #[inline]
    pub fn are_all_owned(&self) -> bool {
        self.rooms.first[0].members == MAX_MEMBERS
    }

    /// Whether the members that have no owner may be longer by a number of bytes.
    ///
    /// A reader asks this if its decoded values take more bytes when they are encoded again.
    /// Otherwise a client could send a header that is within the limits and exceeds them from here
    /// on.
    pub fn has_room(&self, bytes: usize) -> bool {
        bytes <= self.rooms.first[0].bytes
    }

    /// Returns the number of an owner, or `None` if the prefix is not that of an owner.
    #[inline]
    fn number_of(&self, owner: Option<&str>) -> Option<u8> {
        match owner {
            None => Some(0),
            Some(prefix) => {
                let at = self.owners.iter().position(|owner| *owner == prefix);
                at.map(|at| at as u8 + 1)
            }
        }
    }

    /// Scans one line.
    fn scan_line(&mut self, line: &str, number: u16) {
        let text = line.as_bytes();
        let new = |start| Element {
            start,
            equals: NONE,
            flags: 0,
        };
        let mut element = new(0);
        for_each_match(
            text,
            |byte| !is_ordinary(byte),
            |at| {
                let byte = text[at];
                let is_key = element.equals == NONE;
                if byte == b'=' {
                    element.equals = element.equals.min(at);
                    return true;
                }
                if byte == b',' {
                    let ended = element;
                    element = new(at + 1);
                    return ended.start == at || self.end(line, number, ended, at);
                }
                match class(byte) {
                    // Whitespace before an element is skipped at once, because a line may consist
                    // of nothing else.
                    Class::Space if at == element.start => element.start = at + 1,
                    Class::Percent if is_key => element.flags |= ENCODED_KEY,
                    Class::Percent if is_percent_encoded(&text[at..]) => element.flags |= ENCODED,
                    Class::Percent => element.flags |= ENCODED | UNCLEAN,
                    // A flag suffices in keys too, because only the keys of usual elements are not
                    // checked again.
                    Class::Space => element.flags |= SPACES,
                    Class::Semicolon => element.flags |= PROPERTIES,
                    Class::Printable => element.flags |= UNCLEAN,
                    Class::Octet if !is_key => {}
                    Class::Octet | Class::Illegal => element.flags |= INVALID,
                    Class::Token | Class::Comma => {}
                }
                true
            },
        );
        if self.invalid < MAX_INVALID && element.start < text.len() {
            self.end(line, number, element, text.len());
        }
    }

    /// Adds an element that ends at `end`, if it is a member. It is not empty and does not begin with
    /// whitespace. Returns `false` if there have been too many invalid elements.
    #[inline(always)]
    fn end(&mut self, line: &str, number: u16, element: Element, end: usize) -> bool {
        let Element {
            start,
            equals,
            flags,
        } = element;
        // Without `=`, or with one at the start, the difference wraps around.
        let has_key = equals.wrapping_sub(start).wrapping_sub(1) < end - start;
        if flags & !ENCODED == 0 && has_key {
            let position = Position {
                start: start as u32,
                equals: equals as u32,
                end: end as u32,
                line: number,
                owner: 0,
                flags,
            };
            self.add(line, position, end - start);
            true
        } else {
            self.end_unusual(line, number, element, end);
            self.invalid < MAX_INVALID
        }
    }

    /// Adds an element with whitespace or properties, or with something invalid.
    #[inline(never)]
    fn end_unusual(&mut self, line: &str, number: u16, element: Element, end: usize) {
        if element.equals == NONE || element.flags & INVALID != 0 {
            return self.leave_out();
        }
        let text = &line.as_bytes()[element.start..end];
        let mut position = Position {
            start: element.start as u32,
            equals: element.equals as u32,
            end: (end - trailing_ows(text)) as u32,
            line: number,
            owner: 0,
            flags: element.flags,
        };
        let member = position.member(line);
        if !is_token(member.key) {
            return self.leave_out();
        }
        let has_properties = position.has(PROPERTIES);
        if !is_value(member.value) || has_properties && !are_properties(member.properties) {
            position.flags |= UNCLEAN;
        }
        let len = match position.has(UNCLEAN) {
            true => encoded_len(&member),
            false => member.len(),
        };
        self.add(line, position, len);
    }

    /// Adds a member, if it fits.
    #[inline(always)]
    fn add(&mut self, line: &str, mut position: Position, len: usize) {
        position.owner = self.owner(line, position);
        if self.rooms.of(position.owner).take(len) {
            self.positions.push(position);
        } else {
            self.left_out += 1;
        }
    }

    #[cold]
    fn leave_out(&mut self) {
        self.left_out += 1;
        self.invalid += 1;
    }

    /// Returns the number of the owner of a member.
    #[inline]
    fn owner(&self, line: &str, position: Position) -> u8 {
        if self.owners.is_empty() {
            return 0;
        }
        let start = position.start as usize;
        if let (Some(Prefix { word, mask }), false) = (self.only_owner, position.has(ENCODED_KEY)) {
            if let Some(first) = line.as_bytes().get(start..start + 8) {
                let first = u64::from_le_bytes(first.try_into().expect("these are eight bytes"));
                return u8::from(first & mask == word);
            }
        }
        let key = trim_ows(&line[start..position.equals as usize]);
        self.find_owner(key)
    }

    #[cold]
    fn find_owner(&self, key: &str) -> u8 {
        let at = self
            .owners
            .iter()
            .position(|prefix| has_prefix(key, prefix));
        at.map_or(0, |at| at as u8 + 1)
    }
}

impl Position {
    #[inline]
    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether the member can be copied together with the one before it, with the comma between
    /// them.
    #[inline]
    fn is_run_after(&self, before: &Position) -> bool {
        let is_adjacent = self.line == before.line && self.start == before.end + 1;
        is_adjacent && self.owner == before.owner && !self.has(UNCLEAN)
    }

    #[inline]
    fn member<'a>(&self, line: &'a str) -> Member<'a> {
        let (equals, end) = (self.equals as usize, self.end as usize);
        let (mut value, mut properties) = (&line[equals + 1..end], "");
        if self.has(PROPERTIES) {
            (value, properties) = value.split_once(';').unwrap_or((value, ""));
        }
        let member = Member {
            key: &line[self.start as usize..equals],
            value,
            properties,
            may_be_encoded: self.has(ENCODED),
        };
        match self.has(SPACES) {
            true => member.trimmed(),
            false => member,
        }
    }
}

impl MemberList {
    /// Adds a member, of which illegal bytes of the value and the properties are percent-encoded.
    ///
    /// Returns `false` and leaves it out if it is invalid, would exceed a limit, or is not one
    /// member but several.
    pub fn push(&mut self, member: &str) -> bool {
        let before = self.len();
        let members = Members::parse(vec![member], &[]);
        if members.left_out() == 0 && members.of(None).count() == 1 {
            members.push_to(None, self);
        }
        self.len() > before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_and_some_punctuation_are_ordinary() {
        for byte in 0..=u8::MAX {
            let expected = byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            assert_eq!(is_ordinary(byte), expected, "{byte:#x}");
        }
    }
}
