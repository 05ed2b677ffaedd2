//! The members of a `baggage` line, and a list of members up to its limits.
//!
//! - `members` finds the members that the naive parser finds, and `Member::parse` their parts.
//! - `MemberList::push_line` adds the selected members within the limits of 64 members and 8192
//!   bytes.
//!
//! The first byte of the input selects the initial list: `M` leaves room for three members, `B` for
//! 32 bytes, and any other byte selects an empty list.
#![cfg_attr(not(test), no_main)]

use std::sync::LazyLock;

use opentelemetry_propagator_core::baggage::{key, members, Member, MemberList};
use propagator_oracle::baggage as oracle;
use propagator_oracle::trim;

propagator_fuzz::value! {
    typical_len: 64;
    words: ["a=1", "a=1,b=2", ",", ", ", "=", ";", ";p=1", " ", "\t", "M", "B", "ы", "\x7f", "a"];
    fn check(text: &str) {
        let is_kept = |member: &str| !member.starts_with('b');
        let line = text.get(1..).unwrap_or_default();
        let lines = [line];
        let in_line = || oracle::members(&lines);
        assert!(members(line).eq(in_line()));

        let (before, mut list) = match text.as_bytes().first() {
            Some(b'M') => full(&ALMOST_64_MEMBERS),
            Some(b'B') => full(&ALMOST_8192_BYTES),
            _ => (&[][..], MemberList::default()),
        };
        list.push_line(line, |member| !member.starts_with(b"b"));
        let all = || before.iter().copied().chain(in_line().filter(|member| is_kept(member)));
        let expected = || oracle::within_limits(all(), |member| member.len());
        assert!(oracle::is_joined(list.as_str(), expected()), "{}", list.as_str());
        assert_eq!(list.len(), expected().count());
        assert!(list.as_str().len() <= 8192 && list.len() <= 64);

        for member in in_line() {
            assert_eq!(key(member), oracle::key(member));
            // The grammar requires the `=` before the first `;`.
            let (pair, properties) = member.split_once(';').unwrap_or((member, ""));
            let expected = pair.split_once('=');
            let parsed = Member::parse(member);
            let parts = parsed.map(|member| (member.key, member.value));
            assert_eq!(parts, expected.map(|(key, value)| (trim(key), trim(value))));
            assert!(parsed.is_none_or(|member| member.properties == trim(properties)));
        }
    }
}

/// Members, and the list that contains them.
type Full = (Vec<&'static str>, MemberList);

/// Returns the members and a copy of their list.
fn full(full: &'static Full) -> (&'static [&'static str], MemberList) {
    (&full.0, full.1.clone())
}

/// A list with room for three more members.
static ALMOST_64_MEMBERS: LazyLock<Full> = LazyLock::new(|| list(vec!["f=1"; 61]));

/// A list with room for 32 more bytes.
static ALMOST_8192_BYTES: LazyLock<Full> = LazyLock::new(|| {
    let member: &str = String::leak(format!("f={}", "1".repeat(8158)));
    list(vec![member])
});

fn list(members: Vec<&'static str>) -> Full {
    let mut list = MemberList::default();
    assert!(members.iter().all(|member| list.push(member)));
    (members, list)
}
