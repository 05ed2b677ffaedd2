//! Joining what several propagators of a list write into `baggage`.

use std::collections::HashSet;

use opentelemetry::propagation::Injector;
use opentelemetry_propagator_core::baggage::{key, members, List, HEADER};

/// What the key of each of Sentry's members begins with.
const SENTRY: &str = "sentry-";

/// A carrier that holds `baggage` back until all propagators of a list have written theirs.
pub(crate) struct Joining<'a> {
    injector: &'a mut dyn Injector,
    written: Vec<Written>,
    /// Whether the propagator that writes now is Sentry's.
    pub(crate) by_sentry: bool,
}

struct Written {
    by_sentry: bool,
    value: String,
}

impl<'a> Joining<'a> {
    pub(crate) fn new(injector: &'a mut dyn Injector) -> Self {
        Joining {
            injector,
            written: Vec::new(),
            by_sentry: false,
        }
    }

    /// Writes what was held back as one value. `sentry` tells whether Sentry's propagator is in
    /// the list: then nobody else's word counts for Sentry's members.
    pub(crate) fn finish(self, sentry: bool) {
        let list = joined(&self.written, sentry);
        if !list.is_empty() {
            self.injector.set(HEADER, list.into_string());
        }
    }
}

impl Injector for Joining<'_> {
    fn set(&mut self, key: &str, value: String) {
        if key.eq_ignore_ascii_case(HEADER) {
            let by_sentry = self.by_sentry;
            self.written.push(Written { by_sentry, value });
        } else {
            self.injector.set(key, value);
        }
    }

    fn reserve(&mut self, additional: usize) {
        self.injector.reserve(additional);
    }
}

/// Every key once, its last value counting, Sentry's members first.
fn joined(written: &[Written], sentry: bool) -> List {
    let mut seen = HashSet::new();
    let mut kept: Vec<&str> = written
        .iter()
        .rev()
        .flat_map(|written| {
            members(&written.value)
                .rev()
                .map(move |member| (written, member))
        })
        .filter(|(written, member)| !sentry || written.by_sentry || !member.starts_with(SENTRY))
        .filter(|(_, member)| seen.insert(key(member)))
        .map(|(_, member)| member)
        .collect();
    kept.reverse();
    kept.sort_by_key(|member| !member.starts_with(SENTRY));

    let mut list = List::with_capacity(written.iter().map(|written| written.value.len() + 1).sum());
    for member in kept {
        list.push(member);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_propagator_core::baggage::{MAX_BYTES, MAX_MEMBERS};

    fn join(sentry: bool, written: &[(bool, &str)]) -> String {
        let written: Vec<_> = written
            .iter()
            .map(|&(by_sentry, value)| Written {
                by_sentry,
                value: value.to_owned(),
            })
            .collect();
        joined(&written, sentry).into_string()
    }

    #[test]
    fn members_of_all_are_joined_with_those_of_sentry_first() {
        for written in [
            [(false, "a=1, b=2;p=3"), (true, "sentry-x=1,sentry-y=2")],
            [(true, "sentry-x=1,sentry-y=2"), (false, "a=1,b=2;p=3")],
        ] {
            assert_eq!(join(true, &written), "sentry-x=1,sentry-y=2,a=1,b=2;p=3");
        }
    }

    #[test]
    fn of_one_key_the_later_propagator_counts() {
        assert_eq!(
            join(false, &[(false, "a=1,b=2"), (false, "c=3,a=4")]),
            "b=2,c=3,a=4"
        );
        assert_eq!(join(false, &[(false, "a=1,a=2")]), "a=2");
    }

    #[test]
    fn members_of_sentry_count_as_its_propagator_wrote_them() {
        let stale = (false, "sentry-x=stale,sentry-z=gone,a=1");
        assert_eq!(join(true, &[stale, (true, "sentry-x=1")]), "sentry-x=1,a=1");
        assert_eq!(join(true, &[(true, "sentry-x=1"), stale]), "sentry-x=1,a=1");
        assert_eq!(join(true, &[stale]), "a=1", "a trace that is not continued");
        assert_eq!(join(false, &[stale]), "sentry-x=stale,sentry-z=gone,a=1");
    }

    #[test]
    fn what_breaks_a_limit_goes_and_sentry_stays() {
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
    fn the_joined_value_is_allocated_once() {
        let written = ["user", "tenant", "region"].map(|key| Written {
            by_sentry: false,
            value: format!("{key}={}", "v".repeat(40)),
        });
        let joined = joined(&written, false).into_string();
        assert_eq!(joined.split(',').count(), written.len());
        assert_eq!(
            joined.capacity(),
            joined.len() + 1,
            "and no comma behind it"
        );
    }

    #[test]
    fn the_carrier_is_told_how_many_headers_come() {
        #[derive(Default)]
        struct Carrier {
            reserved: usize,
        }
        impl Injector for Carrier {
            fn set(&mut self, key: &str, _value: String) {
                panic!("{key} is announced only");
            }
            fn reserve(&mut self, additional: usize) {
                self.reserved += additional;
            }
        }

        let mut carrier = Carrier::default();
        Joining::new(&mut carrier).reserve(3);
        assert_eq!(carrier.reserved, 3);
    }

    #[test]
    fn a_member_that_no_header_could_carry_does_not_spoil_the_others() {
        assert_eq!(
            join(true, &[(false, "a=1;p=\r\n,b=2"), (true, "sentry-x=1")]),
            "sentry-x=1,b=2"
        );
    }
}
