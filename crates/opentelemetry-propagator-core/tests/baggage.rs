//! Tests of the scanner of `baggage` and of member lists.

use opentelemetry_propagator_core::baggage::{Member, MemberList, Members, MAX_BYTES, MAX_MEMBERS};
use proptest::prelude::*;

const OWNERS: &[&str] = &["s-", "acme."];

/// Returns the members that no format owns, joined by commas.
fn unowned(line: &str) -> String {
    pushed(line, None)
}

fn pushed(line: &str, owner: Option<&str>) -> String {
    let mut list = MemberList::default();
    Members::parse(vec![line], OWNERS).push_to(owner, &mut list);
    list.into_string()
}

#[test]
fn members_are_forwarded_verbatim() {
    for line in [
        "a=1",
        "a=1,b=2",
        "a=",
        "a=b=c",
        "a=%20",
        "a = 1",
        "a=1;p",
        "a = 1 ; p = 2 ;q,b=2",
        "!#$&'*+^`|~%=(/:<>?@[]{}",
    ] {
        assert_eq!(unowned(line), line);
    }
}

#[test]
fn whitespace_and_empty_elements_are_dropped() {
    for (line, members) in [
        ("", ""),
        (",", ""),
        (" ,\t, ", ""),
        (",a=1", "a=1"),
        (",,a=1,", "a=1"),
        (" ", ""),
        ("a=1, \t", "a=1"),
        ("a=1,  ,b=2", "a=1,b=2"),
        (" a=1 ,\tb=2", "a=1,b=2"),
        ("a=1, b=2,c=3", "a=1,b=2,c=3"),
    ] {
        let scanned = Members::parse(vec![line], &[]);
        assert_eq!(scanned.left_out(), 0, "{line:?}");
        assert_eq!(unowned(line), members, "{line:?}");
    }
}

#[test]
fn parts_of_a_member_are_trimmed() {
    let scanned = Members::parse(vec![" a\t=  1 ;\tp = 2 ; q , b=%20"], &[]);
    let parts = |member: Member<'static>| (member.key, member.value, member.properties);
    let parts: Vec<_> = scanned.of(None).map(parts).collect();
    assert_eq!(parts, [("a", "1", "p = 2 ; q"), ("b", "%20", "")]);
}

#[test]
fn key_is_a_token_and_a_value_is_encoded() {
    for byte in (b'!'..=b'~').filter(|byte| !b",;=".contains(byte)) {
        let character = char::from(byte);
        let is_token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let key = format!("a{character}b=1");
        assert_eq!(unowned(&key), if is_token { &*key } else { "" });
        let value = match byte {
            b'"' | b'\\' | b'%' => format!("%{byte:02X}"),
            _ => character.to_string(),
        };
        assert_eq!(unowned(&format!("a={character}z")), format!("a={value}z"));
    }
}

#[test]
fn invalid_member_costs_only_itself() {
    for element in [
        "junk",
        "=1",
        " = 1",
        "a;p=1",
        "a b=1",
        "(=1",
        "\"x\"=1",
        "a\u{e9}=1",
        "a=\u{e9}",
        "a=\u{0}",
        "a=1\r\n",
        "a=1;p=\u{7f}",
        "a\t b=1",
        ";",
        "=",
    ] {
        let line = format!("x=1,{element},y=2");
        let scanned = Members::parse(vec![&line], OWNERS);
        assert_eq!(scanned.left_out(), 1, "{element:?}");
        assert_eq!(unowned(&line), "x=1,y=2", "{element:?}");
    }
}

#[test]
fn what_is_illegal_in_a_value_is_encoded() {
    for (member, sent) in [
        ("a=x y", "a=x%20y"),
        ("a=\"x\"", "a=%22x%22"),
        ("a=x\\", "a=x%5C"),
        ("a=%", "a=%25"),
        ("a=%4", "a=%254"),
        ("a=%zz%41", "a=%25zz%41"),
        ("a=1;p=val%", "a=1;p=val%25"),
        ("a=1;p=x y", "a=1;p=x%20y"),
    ] {
        assert_eq!(unowned(member), sent);
    }
}

#[test]
fn property_without_a_valid_key_is_left_out() {
    for (member, sent) in [
        ("a=1;", "a=1"),
        ("a=1;;", "a=1"),
        ("a=1;=x", "a=1"),
        ("a=1;p q", "a=1"),
        ("a=1;=x;p=2;;q", "a=1;p=2;q"),
        ("a=1;(=1", "a=1"),
    ] {
        assert_eq!(unowned(member), sent);
    }
}

#[test]
fn owner_is_found_by_its_prefix() {
    let line = "s-a=1,b=2,acme.c=3,s=4,S-d=5,s-=6";
    assert_eq!(unowned(line), "b=2,s=4,S-d=5");
    assert_eq!(pushed(line, Some("s-")), "s-a=1,s-=6");
    assert_eq!(pushed(line, Some("acme.")), "acme.c=3");
    assert_eq!(pushed(line, Some("other-")), "");
}

#[test]
fn only_owner_is_found_in_each_place() {
    for line in ["s-a=1,b=2,%73-c=3,s=4", "b=2,s=4,s-a=1,%73-c=3"] {
        let scanned = Members::parse(vec![line], &["s-"]);
        let keys = |owner| -> Vec<_> { scanned.of(owner).map(|member| member.key).collect() };
        assert_eq!(keys(Some("s-")), ["s-a", "%73-c"], "{line}");
        assert_eq!(keys(None), ["b", "s"], "{line}");
    }
}

#[test]
fn owner_is_found_by_a_long_prefix() {
    let scanned = Members::parse(vec!["long-prefix.a=1,long-prefix=2,b=3"], &["long-prefix."]);
    let keys = |owner| {
        scanned
            .of(owner)
            .map(|member| member.key)
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(Some("long-prefix.")), ["long-prefix.a"]);
    assert_eq!(keys(None), ["long-prefix", "b"]);
}

#[test]
fn known_members_are_added_together_or_not_at_all() {
    let mut list = MemberList::default();
    assert!(list.push("a=1"));
    list.push_members_with(2, 7, |text| text.push_str("b=2,c=3"));
    list.push_members_with(62, 7, |_| panic!("64 members at most"));
    list.push_members_with(1, MAX_BYTES, |_| panic!("8192 bytes at most"));
    assert_eq!((list.as_str(), list.len()), ("a=1,b=2,c=3", 3));
}

#[test]
fn owner_is_found_by_an_encoded_key() {
    for key in ["%73-a", "%73%2da", "s%2Da", "s-%61", "%73-%"] {
        let line = format!("{key}=1");
        assert_eq!(pushed(&line, Some("s-")), line);
        assert_eq!(unowned(&line), "");
    }
    for key in ["%53-a", "%73", "%7", "%-a", "a%73-a"] {
        let line = format!("{key}=1");
        assert_eq!(unowned(&line), line);
    }
}

#[test]
fn invalid_percent_encoding_is_part_of_the_key() {
    // Of `%7z`, only the first digit is one, and 0x70 is the letter p.
    for key in ["%7z-a", "%z0-a", "%7"] {
        let line = format!("{key}=1");
        let scanned = Members::parse(vec![&line], &["p-"]);
        assert_eq!(scanned.of(Some("p-")).count(), 0, "{key}");
        assert_eq!(scanned.of(None).count(), 1, "{key}");
    }
}

#[test]
fn each_owner_has_its_own_limits() {
    let many = (0..70).map(|i| format!("s-{i}=v,k{i}=v,acme.{i}=v"));
    let line = many.collect::<Vec<_>>().join(",");
    let scanned = Members::parse(vec![&line], OWNERS);
    for owner in [None, Some("s-"), Some("acme.")] {
        assert_eq!(scanned.of(owner).count(), MAX_MEMBERS);
    }
    assert_eq!(scanned.left_out(), 3 * 6);
}

#[test]
fn encoded_length_counts_towards_the_limit() {
    let spaces = |count: usize| format!("a=x{}x,b=1", " ".repeat(count));
    let most = (MAX_BYTES - "a=xx".len()) / 3;
    for (count, left_out) in [(most, 1), (most + 1, 1), (most - 2, 0)] {
        let line = spaces(count);
        let scanned = Members::parse(vec![&line], &[]);
        assert_eq!(scanned.left_out(), left_out, "{count}");
        let first = scanned.of(None).next().unwrap().key;
        assert_eq!(first, if count <= most { "a" } else { "b" });
    }
}

#[test]
fn encoded_length_counts_each_illegal_character() {
    let line = |count: usize| format!("a={}", "\"".repeat(count));
    let most = (MAX_BYTES - "a=".len()) / 3;
    for (count, left_out) in [(most, 0), (most + 1, 1)] {
        let line = line(count);
        let scanned = Members::parse(vec![&line], &[]);
        assert_eq!(scanned.left_out(), left_out, "{count}");
    }
    assert_eq!(unowned("a=1,b=\",c=3"), "a=1,b=%22,c=3");
}

#[test]
fn has_room_up_to_the_last_byte() {
    for line in ["a=1", "a=1,b=2"] {
        let members = Members::parse(vec![line], &[]);
        assert!(members.has_room(MAX_BYTES - line.len()), "{line}");
        assert!(!members.has_room(MAX_BYTES - line.len() + 1), "{line}");
    }
}

#[test]
fn member_is_within_the_limits_or_left_out() {
    for len in [
        MAX_BYTES - 1,
        MAX_BYTES,
        MAX_BYTES + 1,
        1 << 16,
        (1 << 16) + 2,
    ] {
        for member in [
            format!("a={}", "x".repeat(len - 2)),
            format!("a={};p", "x".repeat(len - 4)),
            format!("{}=1", "k".repeat(len - 2)),
        ] {
            let fits = len <= MAX_BYTES;
            let expected = if fits { &*member } else { "" };
            assert_eq!(unowned(&member), expected, "{len}");
            assert_eq!(
                unowned(&format!("{member},b=1")).ends_with("b=1"),
                !fits || len + 4 <= MAX_BYTES
            );
        }
    }
}

#[test]
fn scan_stops_after_128_invalid_elements() {
    let line = |invalid: usize| format!("{}a=1", "x,".repeat(invalid));
    assert_eq!(unowned(&line(127)), "a=1");
    assert_eq!(unowned(&line(128)), "");
    assert_eq!(unowned(&format!("{},b=2", line(128))), "");
    assert_eq!(Members::parse(vec![&line(128)], &[]).left_out(), 128);
    let lines: Vec<_> = std::iter::repeat("x").take(128).chain(["a=1"]).collect();
    let scanned = Members::parse(lines, &[]);
    assert_eq!((scanned.left_out(), scanned.of(None).count()), (128, 0));
}

#[test]
fn lines_are_one_list() {
    let mut list = MemberList::default();
    Members::parse(vec!["a=1", "", "b=2,a=3", "x"], &[]).push_to(None, &mut list);
    assert_eq!(list.as_str(), "a=1,b=2,a=3");
    assert_eq!(list.len(), 3);

    // The second member begins where a next one of the first line would begin.
    let mut list = MemberList::default();
    Members::parse(vec!["a=1", "    b=2"], &[]).push_to(None, &mut list);
    assert_eq!(list.as_str(), "a=1,b=2");
}

#[test]
fn push_to_allocates_a_new_list_once() {
    for line in ["a=1,b=2,c=3", "a=1,s-b=2,c=3", " a=1 , b=2"] {
        let mut list = MemberList::default();
        Members::parse(vec![line], OWNERS).push_to(None, &mut list);
        let text = list.into_string();
        assert_eq!(text.capacity(), text.len(), "{line}");
    }
}

#[test]
fn push_stops_at_64_members() {
    let mut list = MemberList::default();
    for i in 0..MAX_MEMBERS {
        assert!(list.push(&format!("k{i}=v")));
    }
    assert!(!list.push("one=more"));
    assert_eq!(list.len(), MAX_MEMBERS);
    assert!(list.as_str().ends_with(",k63=v"));
}

#[test]
fn push_to_stops_at_64_members() {
    for before in 1..3 {
        let mut list = MemberList::default();
        (0..before).for_each(|_| assert!(list.push("a=1")));
        let line = vec!["b=2"; MAX_MEMBERS].join(",");
        Members::parse(vec![&line], &[]).push_to(None, &mut list);
        assert_eq!(list.iter().count(), MAX_MEMBERS);
        assert_eq!(list.len(), MAX_MEMBERS);
    }
}

#[test]
fn push_fills_the_list_to_the_last_byte() {
    let half = MAX_BYTES / 2;
    let mut list = MemberList::default();
    assert!(list.push(&format!("a={}", "x".repeat(half - 2))));
    assert!(
        !list.push(&format!("c={}", "x".repeat(half - 2))),
        "too long"
    );
    assert!(list.push(&format!("b={}", "x".repeat(half - 3))));
    assert!(!list.push("") && !list.push("d="));
    assert_eq!(list.as_str().len(), MAX_BYTES);
}

#[test]
fn push_rejects_what_is_not_one_member() {
    for member in [
        "", ",", "junk", "=1", "a=\r\n", "a b=1", "a=1,b=2", "a=1,junk",
    ] {
        let mut list = MemberList::default();
        assert!(!list.push(member), "{member:?}");
        assert!(list.is_empty());
    }
}

/// The grammar of a member, read element by element.
fn naive(line: &str) -> Vec<(String, String, Vec<String>)> {
    let is_token = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
    };
    let trim = |text: &str| text.trim_matches([' ', '\t']).to_owned();
    let is_header = |text: &str| text.chars().all(|c| c == '\t' || (' '..='~').contains(&c));
    let elements = line.split(',').filter(|element| is_header(element));
    elements
        .filter_map(|element| {
            let mut parts = element.split(';');
            let (key, value) = parts.next()?.split_once('=')?;
            let properties = parts.map(trim).collect();
            let key = trim(key);
            is_token(&key).then(|| (key, trim(value), properties))
        })
        .collect()
}

proptest! {
    #[test]
    fn scanner_agrees_with_the_grammar(line in "([as%4-]{0,3}[ \t]?=?[ \t=;%x\"(\u{e9}]{0,5},?){0,12}") {
        let scanned = Members::parse(vec![&line], &[]);
        let members: Vec<_> = scanned
            .of(None)
            .map(|Member { key, value, properties, .. }| (key.to_owned(), value.to_owned(), properties.to_owned()))
            .collect();
        let expected: Vec<_> = naive(&line)
            .into_iter()
            .map(|(key, value, properties)| (key, value, properties.join(";")))
            .collect();
        let squeeze = |properties: &str| {
            properties.split(';').map(|it| it.trim_matches([' ', '\t'])).collect::<Vec<_>>().join(";")
        };
        let members: Vec<_> = members.into_iter().map(|(k, v, p)| (k, v, squeeze(&p))).collect();
        prop_assert_eq!(members, expected);
    }

    #[test]
    fn list_is_valid_whatever_is_read(
        lines in prop::collection::vec("([as-]{0,2}=?[ \t=;,%x4\"\\\\\u{e9}\u{0}]{0,6}){0,8}", 0..4),
    ) {
        let mut list = MemberList::default();
        let scanned = Members::parse(lines.iter().map(String::as_str).collect(), OWNERS);
        for owner in [Some("s-"), None] {
            scanned.push_to(owner, &mut list);
        }
        let again = Members::parse(vec![list.as_str()], OWNERS);
        prop_assert_eq!(again.left_out(), 0);
        let mut copy = MemberList::default();
        for owner in [Some("s-"), None] {
            again.push_to(owner, &mut copy);
        }
        prop_assert_eq!(&copy, &list);
        prop_assert_eq!(list.iter().count(), list.len());
        for member in list.as_str().split(',').filter(|member| !member.is_empty()) {
            let is_octet = |c: char| ('!'..='~').contains(&c) && !"\",\\".contains(c);
            prop_assert!(member.chars().all(|c| is_octet(c) || c == ' ' || c == '\t'), "{}", member);
        }
    }
}
