//! The scanner of `baggage`, and a list of members up to its limits. Each line of the input is one
//! header.
//!
//! - `Members` finds the members of each owner that the naive parser finds, within the limits of
//!   each owner, and leaves out as many elements.
//! - `Members::push_to` adds them to a list in their outgoing form, and what it writes is read
//!   again completely and unchanged.
//! - `MemberList::push` accepts exactly what is one member.
//!
//! The first byte of the input selects the initial list: `M` leaves room for three members, `B` for
//! 32 bytes, and any other byte selects an empty list. `L` repeats the lines up to the limits of the
//! scanner.
#![cfg_attr(not(test), no_main)]

use std::iter;
use std::sync::LazyLock;

use opentelemetry_propagator_core::baggage::{MemberList, Members};
use propagator_oracle::baggage as oracle;

/// The prefixes of owners. One consists of more bytes than a word.
const OWNERS: &[&str] = &["s-", "acme-corp."];

propagator_fuzz::value! {
    typical_len: 64;
    max_len: 1024;
    words: [
        "a=1", "a=1,b=2", ",", ", ", "=", ";", ";p=1", " ", "\t", "M", "B", "L", "\n", "ы", "\x7f", "a",
        "s-a=1", "%73-", "acme-corp.", "acme%2Dcorp.", ";;", ";=x", ";p q", "%", "\"", "\\", "(=1", "junk,"
    ];
    fn check(text: &str) {
        let mut lines: Vec<&str> = text.get(1..).unwrap_or_default().split('\n').collect();
        if text.starts_with('L') {
            lines = iter::repeat_n(lines, 70).flatten().collect();
        }
        let members = Members::parse(lines.clone(), OWNERS);
        let expected = oracle::scan(&lines, OWNERS);
        assert_eq!(members.left_out(), expected.left_out);
        for owner in [None, Some("s-"), Some("acme-corp."), Some("other-")] {
            let found = members.of(owner).map(|it| (it.key, it.value, it.properties));
            let parts = expected.of(owner).map(|it| (it.key, it.value, it.properties));
            assert!(found.eq(parts), "{owner:?}");

            let (before, mut list) = match text.as_bytes().first() {
                Some(b'M') => full(&ALMOST_64_MEMBERS),
                Some(b'B') => full(&ALMOST_8192_BYTES),
                _ => (&[][..], MemberList::default()),
            };
            members.push_to(owner, &mut list);
            check_list(&list, before.iter().copied().chain(expected.of(owner).map(|it| &*it.sent)));
        }
        for element in lines.iter().take(3) {
            let mut list = MemberList::default();
            let is_one = list.push(element);
            let scan = oracle::scan(&[element], &[]);
            let fits = |it: &oracle::Member<'_>| it.sent.len() <= 8192;
            let is_expected = scan.left_out == 0 && scan.of(None).filter(|it| fits(it)).count() == 1;
            assert_eq!(is_one, is_expected && scan.of(None).count() == 1, "{element:?}");
            assert_eq!(list.is_empty(), !is_one, "{element:?}");
        }
    }
}

/// Checks that a list consists of the members that fit, and that nothing of it is left out or changed
/// by the next service.
fn check_list<'a>(list: &MemberList, members: impl Iterator<Item = &'a str>) {
    let expected: Vec<&str> = oracle::within_limits(members, |it| it.len()).collect();
    assert_eq!(list.as_str(), expected.join(","));
    assert_eq!(
        (list.len(), list.iter().count()),
        (expected.len(), expected.len())
    );
    assert!(list.as_str().len() <= 8192 && list.len() <= 64);
    let again = Members::parse(vec![list.as_str()], &[]);
    assert_eq!(again.left_out(), 0);
    let mut copy = MemberList::default();
    again.push_to(None, &mut copy);
    assert_eq!(&copy, list);
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
