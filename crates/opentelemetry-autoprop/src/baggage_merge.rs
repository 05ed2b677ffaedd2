//! Merges the `baggage` values that the propagators of a list write.
//!
//! This is only needed for lists with a foreign propagator. The formats of this family write into
//! one member list.

use std::collections::HashSet;

use opentelemetry::propagation::Injector;
use opentelemetry_propagator_core::baggage::{key, members, MemberList, HEADER};

/// A carrier that collects `baggage` values until all propagators of a list have written theirs.
pub(crate) struct BaggageMerger<'a> {
    pub(crate) injector: &'a mut dyn Injector,
    written: Vec<Written>,
    /// The prefix of the members that the currently writing propagator owns.
    pub(crate) owned_prefix: Option<&'static str>,
}

/// A value of `baggage` that one propagator wrote.
struct Written {
    owned_prefix: Option<&'static str>,
    value: String,
}

impl Written {
    fn owns(&self, prefix: &str) -> bool {
        self.owned_prefix == Some(prefix)
    }
}

impl<'a> BaggageMerger<'a> {
    pub(crate) fn new(injector: &'a mut dyn Injector) -> Self {
        BaggageMerger {
            injector,
            written: Vec::new(),
            owned_prefix: None,
        }
    }

    /// Adds a value of the currently writing propagator.
    pub(crate) fn push(&mut self, value: String) {
        self.written.push(Written {
            owned_prefix: self.owned_prefix,
            value,
        });
    }

    /// Writes the collected values as one value. Members with one of `prefixes` are dropped unless
    /// their owner wrote them.
    pub(crate) fn finish(self, prefixes: &[&str]) {
        merged(&self.written, prefixes).inject(self.injector);
    }
}

impl Injector for BaggageMerger<'_> {
    fn set(&mut self, key: &str, value: String) {
        if key.eq_ignore_ascii_case(HEADER) {
            self.push(value);
        } else {
            self.injector.set(key, value);
        }
    }

    fn reserve(&mut self, additional: usize) {
        self.injector.reserve(additional);
    }
}

/// Merges the values into one list. If a key repeats, its last value is used. Owned members come
/// first.
fn merged(written: &[Written], prefixes: &[&str]) -> MemberList {
    let prefix_of = |member: &str| {
        let mut prefixes = prefixes.iter();
        prefixes.find(|prefix| member.starts_with(**prefix))
    };
    let mut seen = HashSet::new();
    let mut kept: Vec<(bool, &str)> = written
        .iter()
        .rev()
        .flat_map(|written| {
            members(&written.value)
                .rev()
                .map(move |member| (written, member))
        })
        .filter_map(|(written, member)| match prefix_of(member) {
            Some(prefix) => written.owns(prefix).then_some((true, member)),
            None => Some((false, member)),
        })
        .filter(|(_, member)| seen.insert(key(member)))
        .collect();
    kept.reverse();
    kept.sort_by_key(|(is_owned, _)| !is_owned);

    let len = kept
        .iter()
        .map(|(_, member)| member.len() + 1)
        .sum::<usize>();
    let mut list = MemberList::with_capacity(len.saturating_sub(1));
    for (_, member) in kept {
        list.push(member);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_propagator_core::baggage::{MAX_BYTES, MAX_MEMBERS};

    const SENTRY: &str = "sentry-";

    fn prefixes(is_listed: bool) -> &'static [&'static str] {
        if is_listed {
            &[SENTRY]
        } else {
            &[]
        }
    }

    fn join(sentry: bool, written: &[(bool, &str)]) -> String {
        let written: Vec<_> = written
            .iter()
            .map(|&(by_sentry, value)| Written {
                owned_prefix: by_sentry.then_some(SENTRY),
                value: value.to_owned(),
            })
            .collect();
        merged(&written, prefixes(sentry)).into_string()
    }

    #[test]
    fn merged_puts_owned_members_first() {
        for written in [
            [(false, "a=1, b=2;p=3"), (true, "sentry-x=1,sentry-y=2")],
            [(true, "sentry-x=1,sentry-y=2"), (false, "a=1,b=2;p=3")],
        ] {
            assert_eq!(join(true, &written), "sentry-x=1,sentry-y=2,a=1,b=2;p=3");
        }
    }

    #[test]
    fn merged_keeps_the_last_value_of_a_key() {
        assert_eq!(
            join(false, &[(false, "a=1,b=2"), (false, "c=3,a=4")]),
            "b=2,c=3,a=4"
        );
        assert_eq!(join(false, &[(false, "a=1,a=2")]), "a=2");
    }

    #[test]
    fn merged_takes_owned_members_from_their_owner() {
        let stale = (false, "sentry-x=stale,sentry-z=gone,a=1");
        assert_eq!(join(true, &[stale, (true, "sentry-x=1")]), "sentry-x=1,a=1");
        assert_eq!(join(true, &[(true, "sentry-x=1"), stale]), "sentry-x=1,a=1");
        assert_eq!(join(true, &[stale]), "a=1", "the owner wrote nothing");
        assert_eq!(join(false, &[stale]), "sentry-x=stale,sentry-z=gone,a=1");
    }

    #[test]
    fn merged_drops_unowned_members_first() {
        let others: Vec<_> = (0..MAX_MEMBERS).map(|i| format!("k{i}=v")).collect();
        let joined = join(
            true,
            &[(false, &others.join(",")), (true, "sentry-x=1,sentry-y=2")],
        );
        assert!(joined.starts_with("sentry-x=1,sentry-y=2,k0=v,"));
        assert_eq!(joined.split(',').count(), MAX_MEMBERS);

        let room = MAX_BYTES - "sentry-x=1,,a=1".len();
        let fits = format!("b={}", "v".repeat(room - 2));
        let joined = |b: &str| join(true, &[(false, &format!("{b},a=1")), (true, "sentry-x=1")]);
        assert_eq!(joined(&fits).len(), MAX_BYTES);
        assert_eq!(
            joined(&format!("{fits}v")).len(),
            MAX_BYTES - ",a=1".len() + 1
        );
        assert_eq!(joined(&format!("{fits}vvvvv")), "sentry-x=1,a=1");
    }

    #[test]
    fn merged_allocates_its_value_once() {
        let written = ["user", "tenant", "region"].map(|key| Written {
            owned_prefix: None,
            value: format!("{key}={}", "v".repeat(40)),
        });
        let joined = merged(&written, &[]).into_string();
        assert_eq!(joined.split(',').count(), written.len());
        assert_eq!(joined.capacity(), joined.len());
    }

    #[test]
    fn reserve_is_forwarded_to_the_carrier() {
        #[derive(Default)]
        struct Carrier {
            reserved: usize,
        }
        impl Injector for Carrier {
            fn set(&mut self, key: &str, _value: String) {
                panic!("reserve must not write {key}");
            }
            fn reserve(&mut self, additional: usize) {
                self.reserved += additional;
            }
        }

        let mut carrier = Carrier::default();
        BaggageMerger::new(&mut carrier).reserve(3);
        assert_eq!(carrier.reserved, 3);
    }

    #[test]
    fn merged_drops_members_with_control_characters() {
        assert_eq!(
            join(true, &[(false, "a=1;p=\r\n,b=2"), (true, "sentry-x=1")]),
            "sentry-x=1,b=2"
        );
    }
}
