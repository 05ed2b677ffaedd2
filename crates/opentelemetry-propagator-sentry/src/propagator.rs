//! The propagator: carrier → headers → [`Context`], and back.

use std::fmt;
use std::mem::size_of;
use std::sync::OnceLock;

use opentelemetry::otel_debug;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceId};
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::MAX_BYTES;
use opentelemetry_propagator_core::{push_hex, with_remote_trace};

use crate::builder::SentryPropagatorBuilder;
use crate::context::{incoming, Incoming};
use crate::dsc::DynamicSamplingContext;
use crate::header::{SentryTrace, BAGGAGE, SENTRY_TRACE};
use crate::sampling::{push_decimals, sample_rand, SampleRate, DECIMALS};

/// Continues a trace that came with `sentry-trace`, and sends it on with its Dynamic Sampling
/// Context (DSC).
///
/// What is read: `sentry-trace`, and Sentry's members of every `baggage` line. A trace of another
/// organisation is not continued when one is configured. A trace that the context already holds
/// as remote stays as it is (see [`with_remote_trace`]); its DSC is kept all the same.
///
/// What is written, for a valid span context: `sentry-trace` with the flag; in `baggage` the DSC
/// as it came with this trace, or, for a trace that came without Sentry's headers, one built from
/// the options. Without a DSN there is nothing to build it from, and `baggage` is left alone.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_propagator_sentry::SentryPropagator;
///
/// global::set_text_map_propagator(SentryPropagator::new());
/// ```
#[derive(Clone, Debug)]
pub struct SentryPropagator {
    sample_undecided: bool,
    org_id: Option<String>,
    strict: bool,
    head: Option<Head>,
}

impl SentryPropagator {
    /// A propagator with the default options: it passes traces on, and starts none.
    pub fn new() -> Self {
        Self::with_options(true, None, false, None)
    }

    /// Options, each with its default.
    pub fn builder() -> SentryPropagatorBuilder {
        SentryPropagatorBuilder::new()
    }

    pub(crate) fn with_options(
        sample_undecided: bool,
        org_id: Option<String>,
        strict: bool,
        head: Option<Head>,
    ) -> Self {
        SentryPropagator {
            sample_undecided,
            org_id,
            strict,
            head,
        }
    }

    /// Whether a trace with this DSC is continued, by the organisations of both sides.
    ///
    /// Different organisations are never continued. Where only one side names its own, strict
    /// continuation decides.
    ///
    /// ```
    /// use opentelemetry_propagator_sentry::{DynamicSamplingContext, SentryPropagator};
    ///
    /// let propagator = SentryPropagator::builder().org_id("1").build()?;
    /// let of = |line| DynamicSamplingContext::from_baggage([line]);
    /// assert!(propagator.continues(&of("sentry-org_id=1")));
    /// assert!(propagator.continues(&of("")));
    /// assert!(!propagator.continues(&of("sentry-org_id=2")));
    /// # Ok::<(), opentelemetry_propagator_sentry::BuildError>(())
    /// ```
    pub fn continues(&self, dsc: &DynamicSamplingContext) -> bool {
        if self.org_id.is_none() && !self.strict {
            return true;
        }
        let theirs = dsc.get("org_id").filter(|org_id| !org_id.is_empty());
        match (theirs, &self.org_id) {
            (Some(theirs), Some(ours)) => theirs == *ours,
            (None, None) => true,
            _ => !self.strict,
        }
    }

    fn incoming(&self, extractor: &dyn Extractor) -> Option<Incoming> {
        let trace = match extractor.get(SENTRY_TRACE)?.parse::<SentryTrace>() {
            Ok(trace) => trace,
            Err(error) => {
                ignored(&error.to_string());
                return None;
            }
        };
        let lines = extractor.get_all(BAGGAGE).unwrap_or_default();
        let dsc = DynamicSamplingContext::from_baggage(lines);
        if !self.continues(&dsc) {
            ignored("sentry-trace: of another organisation than this service's");
            return None;
        }
        Some(Incoming { trace, dsc })
    }
}

#[cold]
fn ignored(reason: &str) {
    if cfg!(feature = "internal-logs") {
        otel_debug!(name: "SentryPropagator.HeaderIgnored", reason = reason);
    }
}

impl Default for SentryPropagator {
    fn default() -> Self {
        Self::new()
    }
}

impl TextMapPropagator for SentryPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span_context = span.span_context();
        if !span_context.is_valid() {
            return;
        }
        let trace = SentryTrace::encode(
            span_context.trace_id(),
            span_context.span_id(),
            span_context.is_sampled(),
        );
        injector.set(SENTRY_TRACE, trace);
        match (incoming(cx), &self.head) {
            (Some(incoming), _) if incoming.dsc.is_empty() => {}
            (Some(incoming), _) => injector.set(BAGGAGE, incoming.dsc.as_str().to_owned()),
            (None, Some(head)) => injector.set(BAGGAGE, head.baggage(span_context)),
            (None, None) => {}
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let Some(incoming) = self.incoming(extractor) else {
            return cx.clone();
        };
        let SentryTrace {
            trace_id,
            span_id,
            sampled,
        } = incoming.trace;
        let cx = with_remote_trace(
            cx,
            trace_id,
            span_id,
            sampled.unwrap_or(self.sample_undecided),
        );
        #[cfg(feature = "span-processor")]
        let cx = crate::span_processor::with_trace_propagation_context(&cx, &incoming);
        cx.with_value(incoming)
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 2]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| [SENTRY_TRACE, BAGGAGE].map(str::to_owned)))
    }
}

/// What the DSC of a trace that starts here says: the same for every trace but for its id, the
/// decision, and the random number that goes with it.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// The members that never change, each with a comma before it.
    members: String,
    rate: Option<SampleRate>,
    /// The rate's member.
    rate_member: String,
}

impl Head {
    const TRACE_ID: &'static str = "sentry-trace_id=";
    const RAND: &'static str = ",sentry-sample_rand=0.";
    const SAMPLED: &'static str = ",sentry-sampled=";

    pub(crate) fn new(rate: Option<SampleRate>) -> Self {
        let rate_member = rate.map_or_else(String::new, |rate| {
            format!(",sentry-sample_rate={}", rate.get())
        });
        Head {
            members: String::new(),
            rate,
            rate_member,
        }
    }

    /// Adds a member that never changes, or leaves it out and returns `false` when a header would
    /// be too long with it.
    pub(crate) fn push(&mut self, key: &str, value: impl fmt::Display) -> bool {
        let member = format!(",sentry-{key}={value}");
        let fits = self.len(true, "false") + member.len() <= MAX_BYTES;
        if fits {
            self.members += &member;
        }
        fits
    }

    /// The header's length, with or without the two numbers.
    fn len(&self, has_numbers: bool, sampled: &str) -> usize {
        let numbers = if has_numbers {
            self.rate_member.len() + Self::RAND.len() + DECIMALS
        } else {
            0
        };
        let trace_id = Self::TRACE_ID.len() + 2 * size_of::<TraceId>();
        trace_id + self.members.len() + numbers + Self::SAMPLED.len() + sampled.len()
    }

    fn baggage(&self, span_context: &SpanContext) -> String {
        let trace_id = span_context.trace_id();
        let sampled = if span_context.is_sampled() {
            "true"
        } else {
            "false"
        };
        let rand = sample_rand(trace_id, span_context.is_sampled(), self.rate);
        let mut baggage = String::with_capacity(self.len(rand.is_some(), sampled));
        baggage.push_str(Self::TRACE_ID);
        push_hex(&trace_id.to_bytes(), &mut baggage);
        baggage.push_str(&self.members);
        if let Some(rand) = rand {
            baggage.push_str(&self.rate_member);
            baggage.push_str(Self::RAND);
            push_decimals(rand, &mut baggage);
        }
        baggage.push_str(Self::SAMPLED);
        baggage.push_str(sampled);
        baggage
    }
}
