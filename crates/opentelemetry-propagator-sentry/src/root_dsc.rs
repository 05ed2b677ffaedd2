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
