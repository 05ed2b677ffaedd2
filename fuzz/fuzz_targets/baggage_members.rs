//! The members of a `baggage` line, and a list of them within its limits.
//!
//! The first byte selects how full the list is before: empty, almost 64 members, almost 8192 bytes.
#![cfg_attr(not(test), no_main)]

use opentelemetry_propagator_core::baggage::{key, members, Member, MemberList};
use propagator_oracle::baggage as oracle;
use propagator_oracle::trim;

propagator_fuzz::value! {
    words: ["a=1", "a=1,b=2", ",", ", ", "=", ";", ";p=1", " ", "\t", "M", "B", "ы", "\x7f", "a"];
    fn check(text: &str) {
        let is_kept = |member: &str| !member.starts_with('b');
        let full = match text.as_bytes().first() {
            Some(b'M') => "f=1,".repeat(61),
            Some(b'B') => format!("f={},", "1".repeat(8160)),
            _ => String::new(),
        };
        let line = text.get(1..).unwrap_or_default();
        let full = full.trim_end_matches(',');
        assert!(members(line).eq(oracle::members([line])));

        let mut list = MemberList::default();
        list.push_line(full, |_| true);
        list.push_line(line, |member| !member.starts_with(b"b"));
        let kept = oracle::members([line]).filter(|member| is_kept(member));
        let expected = oracle::within_limits(oracle::members([full]).chain(kept));
        assert!(list.as_str().split(',').filter(|member| !member.is_empty()).eq(expected.iter().copied()));
        assert_eq!(list.len(), expected.len());
        assert!(list.as_str().len() <= 8192 && list.len() <= 64);

        for member in members(line) {
            assert_eq!(key(member), oracle::key(member));
            // The grammar demands the `=` before the first `;`.
            let (pair, properties) = member.split_once(';').unwrap_or((member, ""));
            let expected = pair.split_once('=');
            let parsed = Member::parse(member);
            let parts = parsed.map(|member| (member.key, member.value));
            assert_eq!(parts, expected.map(|(key, value)| (trim(key), trim(value))));
            assert!(parsed.is_none_or(|member| member.properties == trim(properties)));
        }
    }
}
