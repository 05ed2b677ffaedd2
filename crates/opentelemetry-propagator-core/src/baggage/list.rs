//! Lists of members within W3C's limits.

use opentelemetry::propagation::Injector;

use super::grammar::encode_member;
use super::member::Member;
use crate::text::for_each_match;

/// The name of the header.
pub const HEADER: &str = "baggage";

/// The maximum number of members in a list.
pub const MAX_MEMBERS: usize = 64;

/// The maximum length of a list in bytes, including commas.
pub const MAX_BYTES: usize = 8192;

/// The smallest capacity in bytes of an outgoing list, in which most lists fit.
const CAPACITY: usize = 512;

/// A list of valid members within W3C's limits.
///
/// A member that would exceed a limit is left out as a whole.
///
/// ```
/// use opentelemetry_propagator_core::baggage::MemberList;
///
/// let mut list = MemberList::default();
/// assert!(list.push("a=1"));
/// assert!(list.push("b = x y"), "encoded");
/// assert!(!list.push("c"), "invalid");
/// assert!(!list.push(&format!("d={}", "x".repeat(8192))), "too long");
/// assert_eq!(list.as_str(), "a=1,b=x%20y");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberList {
    text: String,
    members: usize,
}

impl MemberList {
    /// Iterates over the members.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Member<'_>> {
        let members = self.text.split(',').filter(|member| !member.is_empty());
        members.map(Member::split)
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

    /// Returns the maximum length in bytes of the next member, which is 0 if the list is full.
    #[inline]
    fn room(&self) -> usize {
        let comma = usize::from(!self.text.is_empty());
        if self.members == MAX_MEMBERS {
            return 0;
        }
        MAX_BYTES.saturating_sub(self.text.len() + comma)
    }
}

/// What the formats of this family add without a second scan. They only add valid members.
#[doc(hidden)]
impl MemberList {
    /// Allocates exactly `bytes` bytes, but at most [`MAX_BYTES`]. Does nothing if the list is
    /// already allocated.
    #[inline]
    pub fn reserve(&mut self, bytes: usize) {
        if self.text.capacity() == 0 {
            self.text = String::with_capacity(bytes.min(MAX_BYTES));
        }
    }

    /// Adds `count` members that are joined by commas. Those that would exceed a limit are left out.
    #[inline]
    pub fn push_members(&mut self, members: &str, count: usize) {
        if self.members + count <= MAX_MEMBERS && members.len() <= self.room() {
            if !self.text.is_empty() && !members.is_empty() {
                self.text.push(',');
            }
            self.text.push_str(members);
            self.members += count;
        } else {
            for member in members.split(',') {
                self.push_member(member);
            }
        }
    }

    /// Adds a member. Returns `false` and leaves it out if it would exceed a limit.
    pub fn push_member(&mut self, member: &str) -> bool {
        let fits = (1..=self.room()).contains(&member.len());
        if fits {
            self.push_members(member, 1);
        }
        fits
    }

    /// Adds a member, and encodes what it must not contain.
    #[cold]
    pub fn push_encoded(&mut self, member: Member<'_>) {
        let mut text = String::new();
        encode_member(&member, &mut |part| text.push_str(part));
        self.push_member(&text);
    }

    /// Adds the members that `write` appends to the text, one for each item of `members`. Returns
    /// `false` and adds none of them if they would exceed a limit.
    #[inline]
    pub fn push_all_with<T>(
        &mut self,
        members: impl IntoIterator<Item = T>,
        write: impl Fn(T, &mut String),
    ) -> bool {
        self.reserve(CAPACITY);
        let (len, count) = (self.text.len(), self.members);
        // A hash map iterates in fewer instructions than a loop over its iterator.
        members.into_iter().for_each(|member| {
            if !self.text.is_empty() {
                self.text.push(',');
            }
            write(member, &mut self.text);
            self.members += 1;
        });
        let fit = self.members <= MAX_MEMBERS && self.text.len() <= MAX_BYTES;
        if !fit {
            self.text.truncate(len);
            self.members = count;
        }
        fit
    }

    /// Adds the members that `write` appends to the text. `members` is their number, and `len` is
    /// their length in bytes, including the commas between them. Adds none of them if they would
    /// exceed a limit.
    #[inline]
    pub fn push_members_with(
        &mut self,
        members: usize,
        len: usize,
        write: impl FnOnce(&mut String),
    ) {
        if self.members + members <= MAX_MEMBERS && len <= self.room() {
            self.reserve(len.max(CAPACITY));
            if !self.text.is_empty() {
                self.text.push(',');
            }
            write(&mut self.text);
            self.members += members;
        }
    }

    /// Adds the members of another list. Those that would exceed a limit are left out.
    #[inline]
    pub fn append(&mut self, other: &MemberList) {
        self.reserve(other.text.len().max(CAPACITY));
        self.push_members(&other.text, other.members);
    }

    /// Returns the last member that `matches` selects.
    #[inline]
    pub fn rfind(&self, matches: impl Fn(&str) -> bool) -> Option<Member<'_>> {
        let text = &*self.text;
        let mut last = None;
        let mut start = 0;
        let mut visit = |end: usize| {
            let member = &text[start..end];
            if matches(member) {
                last = Some(member);
            }
            start = end + 1;
            true
        };
        for_each_match(text.as_bytes(), |byte| byte == b',', &mut visit);
        visit(text.len());
        last.map(Member::split)
    }
}
