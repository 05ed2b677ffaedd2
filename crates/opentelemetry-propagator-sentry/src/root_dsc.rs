//! The Dynamic Sampling Context of a trace that starts in this service.

use std::fmt;
use std::mem::size_of;

use opentelemetry::trace::{SpanContext, TraceId};
use opentelemetry_propagator_core::baggage::{MemberList, MAX_BYTES};
use opentelemetry_propagator_core::internal::push_hex;

use crate::sampling::{push_decimals, sample_rand, SampleRate, DECIMALS};

/// The members that are common to all traces that start in this service. The trace id, the decision
/// and the random number that matches it are added per trace.
#[derive(Clone, Debug)]
pub(crate) struct RootDsc {
    /// The common members, each after a comma.
    members: String,
    count: usize,
    rate: Option<SampleRate>,
    /// The member with the rate, after a comma.
    rate_member: String,
}

impl RootDsc {
    const TRACE_ID: &'static str = "sentry-trace_id=";
    const RAND: &'static str = ",sentry-sample_rand=0.";
    const SAMPLED: &'static str = ",sentry-sampled=";

    pub(crate) fn new(rate: Option<SampleRate>) -> Self {
        let rate_member = rate.map_or_else(String::new, |rate| {
            format!(",sentry-sample_rate={}", rate.get())
        });
        RootDsc {
            members: String::new(),
            count: 0,
            rate,
            rate_member,
        }
    }

    /// Adds a common member. Returns `false` and leaves it out if the header would become too long.
    pub(crate) fn push(&mut self, key: &str, value: impl fmt::Display) -> bool {
        let member = format!(",sentry-{key}={value}");
        let fits = self.encoded_len(true, "false") + member.len() <= MAX_BYTES;
        if fits {
            self.members += &member;
            self.count += 1;
        }
        fits
    }

    /// Returns the length of the encoded members, with or without the rate and the random number.
    fn encoded_len(&self, has_numbers: bool, sampled: &str) -> usize {
        let numbers = if has_numbers {
            self.rate_member.len() + Self::RAND.len() + DECIMALS
        } else {
            0
        };
        let trace_id = Self::TRACE_ID.len() + 2 * size_of::<TraceId>();
        trace_id + self.members.len() + numbers + Self::SAMPLED.len() + sampled.len()
    }

    /// Adds all members for a trace, or none if the list would exceed its limits.
    pub(crate) fn write(&self, span_context: &SpanContext, list: &mut MemberList) {
        let (trace_id, is_sampled) = (span_context.trace_id(), span_context.is_sampled());
        let rand = sample_rand(trace_id, is_sampled, self.rate);
        let numbers = match rand {
            Some(_) => 1 + usize::from(self.rate.is_some()),
            None => 0,
        };
        let sampled = bool_str(is_sampled);
        let len = self.encoded_len(rand.is_some(), sampled);
        list.push_members_with(self.count + numbers + 2, len, |baggage| {
            baggage.push_str(Self::TRACE_ID);
            push_hex(&trace_id.to_bytes(), baggage);
            baggage.push_str(&self.members);
            if let Some(rand) = rand {
                baggage.push_str(&self.rate_member);
                baggage.push_str(Self::RAND);
                push_decimals(rand, baggage);
            }
            baggage.push_str(Self::SAMPLED);
            baggage.push_str(sampled);
        });
    }
}

/// Adds the random number of a trace whose `sentry-trace` arrived without a DSC. Every service of the
/// trace then compares the same number with its rate.
pub(crate) fn write_sample_rand(span_context: &SpanContext, list: &mut MemberList) {
    let (trace_id, is_sampled) = (span_context.trace_id(), span_context.is_sampled());
    if let Some(rand) = sample_rand(trace_id, is_sampled, None) {
        let member = &RootDsc::RAND[1..];
        list.push_members_with(1, member.len() + DECIMALS, |baggage| {
            baggage.push_str(member);
            push_decimals(rand, baggage);
        });
    }
}

fn bool_str(value: bool) -> &'static str {
    if value {
        "true"
    } else {
        "false"
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceFlags, TraceState};
    use opentelemetry_propagator_core::baggage::MAX_MEMBERS;

    use super::*;

    fn sampled() -> SpanContext {
        let (trace_id, span_id) = (TraceId::from(7), SpanId::from(1));
        SpanContext::new(
            trace_id,
            span_id,
            TraceFlags::SAMPLED,
            true,
            TraceState::NONE,
        )
    }

    /// Checks that members are added as a whole, up to each limit and not beyond it.
    fn check_limits(write: impl Fn(&mut MemberList)) {
        let mut alone = MemberList::default();
        write(&mut alone);
        assert_eq!(alone.len(), alone.iter().count());

        let with_members = |members: usize| {
            let mut list = MemberList::default();
            (0..members).for_each(|_| assert!(list.push_member("k=v")));
            write(&mut list);
            list.len()
        };
        let most = MAX_MEMBERS - alone.len();
        assert_eq!(with_members(most), MAX_MEMBERS);
        assert_eq!(with_members(most + 1), most + 1);

        let with_bytes = |bytes: usize| {
            let mut list = MemberList::default();
            assert!(list.push_member(&format!("k={}", "v".repeat(bytes - 2))));
            write(&mut list);
            list.as_str().len()
        };
        let most = MAX_BYTES - ",".len() - alone.as_str().len();
        assert_eq!(with_bytes(most), MAX_BYTES);
        assert_eq!(with_bytes(most + 1), most + 1);
    }

    #[test]
    fn members_are_written_up_to_each_limit() {
        for rate in [None, SampleRate::new(0.25)] {
            let mut root_dsc = RootDsc::new(rate);
            assert!(root_dsc.push("release", "shop"));
            assert!(root_dsc.push("environment", "production"));
            check_limits(|list| root_dsc.write(&sampled(), list));
        }
        check_limits(|list| write_sample_rand(&sampled(), list));
    }
}
