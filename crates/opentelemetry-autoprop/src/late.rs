//! Adds the `baggage` members of formats that may repeat the keys of others.
//!
//! A propagator that is not of this family may write members that a format of this family writes as
//! well.

use std::collections::HashSet;

use opentelemetry_propagator_core::baggage::MemberList;
use opentelemetry_propagator_core::internal::has_prefix;

/// Adds the members of `late` to those of `list`. If a key repeats, its last value is used. Members
/// with one of `prefixes` come first. The others are sorted by key, so that the same ones are left
/// out in every call if they do not fit: the order of OpenTelemetry's baggage varies.
#[cold]
pub(crate) fn merge(list: &MemberList, late: &MemberList, prefixes: &[&str]) -> MemberList {
    let mut seen = HashSet::new();
    let members = [list, late].into_iter().flat_map(MemberList::iter);
    let mut kept: Vec<_> = members.collect();
    kept.reverse();
    kept.retain(|member| seen.insert(member.key));
    kept.reverse();
    let is_owned = |key: &str| prefixes.iter().any(|prefix| has_prefix(key, prefix));
    kept.sort_by_key(|member| (!is_owned(member.key)).then_some(member.key));

    let mut merged = MemberList::default();
    for member in kept {
        merged.push_encoded(member);
    }
    merged
}
