//! Samplers for traces whose decision the caller left open.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId, TraceState};
#[cfg(opentelemetry_0_31)]
use opentelemetry::trace::{SamplingDecision, SamplingResult};
use opentelemetry::{Context, KeyValue};
use opentelemetry_propagator_core::internal::is_undecided;
use opentelemetry_sdk::trace::{Sampler, ShouldSample};
#[cfg(not(opentelemetry_0_31))]
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult};

use crate::report::report;

/// A sampler that decides about undecided traces, whose headers state no sampling decision.
///
/// Kontur's, Vostok's, Sentry's, B3's and X-Ray's headers can leave the decision open.
/// OpenTelemetry's span context cannot, so the option `sample_when_undecided` of a format decides
/// for it, and a parent-based sampler follows. This sampler asks the inner sampler instead, as for
/// a new trace, but with the incoming trace id. The inner sampler alone decides about all other
/// spans.
///
/// A service whose sampler depends on the trace id alone, such as [`SampleByTraceId`], decides like
/// every other service with the same ratio. Sentry's `sentry-sample_rand` is not used.
///
/// ```
/// use opentelemetry_autoprop::{SampleByTraceId, SampleUndecided};
/// use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
///
/// let ratio = Sampler::ParentBased(Box::new(SampleByTraceId::new(0.1)));
/// let provider = SdkTracerProvider::builder()
///     .with_sampler(SampleUndecided::new(ratio))
///     .build();
/// ```
#[derive(Clone, Debug)]
pub struct SampleUndecided {
    inner: Box<dyn ShouldSample>,
}

impl SampleUndecided {
    /// Wraps the sampler that decides, which may be boxed.
    #[cfg(not(opentelemetry_0_31))]
    pub fn new(inner: impl Into<Box<dyn ShouldSample>>) -> Self {
        SampleUndecided {
            inner: inner.into(),
        }
    }

    /// Wraps the sampler that decides.
    // OpenTelemetry 0.31 does not convert a sampler into a boxed one.
    #[cfg(opentelemetry_0_31)]
    pub fn new(inner: impl ShouldSample + 'static) -> Self {
        SampleUndecided {
            inner: Box::new(inner),
        }
    }

    /// Wraps the sampler that `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` name.
    ///
    /// The samplers are those of OpenTelemetry's specification: `always_on`, `always_off`,
    /// `traceidratio` and the same with `parentbased_` in front. The default is
    /// `parentbased_always_on`. A ratio is taken by [`SampleByTraceId`]. An unknown name or an
    /// invalid ratio is reported once, as [`from_env`](crate::from_env) reports problems, and the
    /// default is used instead.
    pub fn from_env() -> Self {
        let (sampler, problem) = from_variables(|variable| std::env::var(variable).ok());
        if let Some(problem) = problem {
            report(&problem);
        }
        SampleUndecided { inner: sampler }
    }
}

impl ShouldSample for SampleUndecided {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let decide = |parent: Option<&Context>| {
            self.inner
                .should_sample(parent, trace_id, name, span_kind, attributes, links)
        };
        let undecided = parent_context.filter(|cx| is_undecided(cx, cx.span().span_context()));
        let Some(parent) = undecided else {
            return decide(parent_context);
        };
        // Some samplers panic without a parent context.
        let mut result = decide(Some(&Context::new()));
        if result.trace_state == TraceState::NONE {
            result.trace_state = parent.span().span_context().trace_state().clone();
        }
        result
    }
}

/// A sampler that takes a share of all traces, by the low 56 bits of the trace id.
///
/// The SDK's `TraceIdRatioBased` compares the low 64 bits. In a GUID of version 4, which Vostok and
/// Kontur use as a trace id, they begin with two constant bits, so that it samples no trace at a
/// ratio of 0.5 or less. The low 56 bits are random in GUIDs and in OpenTelemetry's own trace ids.
/// A trace is sampled if they are at least (1 − ratio) × 2⁵⁶.
///
/// It compares as the consistent probability sampler of OpenTelemetry's specification does, but it
/// neither reads nor writes that sampler's `tracestate`. It does not ask the parent: wrap it in
/// [`Sampler::ParentBased`].
///
/// ```
/// use opentelemetry::trace::{SpanKind, TraceId};
/// use opentelemetry_autoprop::SampleByTraceId;
/// # #[cfg(opentelemetry_0_31)]
/// # use opentelemetry::trace::SamplingDecision;
/// # #[cfg(not(opentelemetry_0_31))]
/// use opentelemetry_sdk::trace::SamplingDecision;
/// use opentelemetry_sdk::trace::ShouldSample;
///
/// let decide = |ratio: f64, id: u128| {
///     SampleByTraceId::new(ratio)
///         .should_sample(None, TraceId::from(id), "", &SpanKind::Server, &[], &[])
///         .decision
/// };
/// let id = 0x27bb7faa_4829_4cf4_9ae6_007d70905468;
/// assert_eq!(decide(0.2, id), SamplingDecision::RecordAndSample);
/// assert_eq!(decide(0.1, id), SamplingDecision::Drop);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleByTraceId {
    /// The smallest value of the low 56 bits that is sampled.
    threshold: u64,
}

const RANDOM_BITS: u32 = 56;

impl SampleByTraceId {
    /// Creates a sampler for a ratio from 0 to 1. A ratio outside of this range counts as its
    /// nearest end, and `NaN` as 0.
    pub fn new(ratio: f64) -> Self {
        let all = 1_u64 << RANDOM_BITS;
        let sampled = (ratio.clamp(0.0, 1.0) * all as f64) as u64;
        SampleByTraceId {
            threshold: all - sampled,
        }
    }
}

impl ShouldSample for SampleByTraceId {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        _name: &str,
        _span_kind: &SpanKind,
        _attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let [.., a, b, c, d, e, f, g] = trace_id.to_bytes();
        let random = u64::from_be_bytes([0, a, b, c, d, e, f, g]);
        let decision = match random >= self.threshold {
            true => SamplingDecision::RecordAndSample,
            false => SamplingDecision::Drop,
        };
        let trace_state = parent_context.map(|cx| cx.span().span_context().trace_state().clone());
        SamplingResult {
            decision,
            attributes: Vec::new(),
            trace_state: trace_state.unwrap_or_default(),
        }
    }
}

/// Returns the sampler that the variables name, and the problem if they are invalid.
fn from_variables(
    lookup: impl Fn(&str) -> Option<String>,
) -> (Box<dyn ShouldSample>, Option<String>) {
    let name = lookup("OTEL_TRACES_SAMPLER").unwrap_or_default();
    let name = name.trim().to_ascii_lowercase();
    let (root, is_parent_based) = match name.strip_prefix("parentbased_") {
        Some(root) => (root, true),
        None if name.is_empty() => ("always_on", true),
        None => (&*name, false),
    };
    let mut problem = None;
    let root: Box<dyn ShouldSample> = match root {
        "always_on" => Box::new(Sampler::AlwaysOn),
        "always_off" => Box::new(Sampler::AlwaysOff),
        "traceidratio" => {
            let ratio = lookup("OTEL_TRACES_SAMPLER_ARG").unwrap_or_default();
            let parsed = match ratio.trim() {
                "" => Some(1.0),
                ratio => ratio
                    .parse()
                    .ok()
                    .filter(|ratio| (0.0..=1.0).contains(ratio)),
            };
            if parsed.is_none() {
                problem = Some("OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1".to_owned());
            }
            Box::new(SampleByTraceId::new(parsed.unwrap_or(1.0)))
        }
        _ => {
            let known = "always_on, always_off, traceidratio, and the same after parentbased_";
            problem = Some(format!(
                "OTEL_TRACES_SAMPLER: unknown sampler {}; known samplers: {known}",
                crate::error::Quoted::new(&name)
            ));
            let default = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
            return (Box::new(default), problem);
        }
    };
    match is_parent_based {
        true => (Box::new(Sampler::ParentBased(root)), problem),
        false => (root, problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampler(variables: &[(&str, &str)]) -> (String, Option<String>) {
        let (sampler, problem) = from_variables(|variable| {
            let found = variables.iter().find(|(name, _)| *name == variable);
            found.map(|(_, value)| (*value).to_owned())
        });
        (format!("{sampler:?}"), problem)
    }

    #[test]
    fn variables_name_the_samplers_of_the_specification() {
        for (name, expected) in [
            ("", "ParentBased(AlwaysOn)"),
            ("always_on", "AlwaysOn"),
            (" Always_Off ", "AlwaysOff"),
            (
                "traceidratio",
                "SampleByTraceId { threshold: 36028797018963968 }",
            ),
            ("parentbased_always_on", "ParentBased(AlwaysOn)"),
            ("parentbased_always_off", "ParentBased(AlwaysOff)"),
            (
                "parentbased_traceidratio",
                "ParentBased(SampleByTraceId { threshold: 36028797018963968 })",
            ),
        ] {
            let variables = [
                ("OTEL_TRACES_SAMPLER", name),
                ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
            ];
            assert_eq!(sampler(&variables), (expected.to_owned(), None), "{name}");
        }
        assert_eq!(sampler(&[]).0, "ParentBased(AlwaysOn)");
    }

    #[test]
    fn invalid_variables_are_reported() {
        let (default, problem) = sampler(&[("OTEL_TRACES_SAMPLER", "xray")]);
        assert_eq!(default, "ParentBased(AlwaysOn)");
        assert!(problem
            .unwrap()
            .contains("unknown sampler \"xray\"; known samplers: always_on"));
        for ratio in ["often", "1.5", "-1", "nan"] {
            let variables = [
                ("OTEL_TRACES_SAMPLER", "traceidratio"),
                ("OTEL_TRACES_SAMPLER_ARG", ratio),
            ];
            let (all, problem) = sampler(&variables);
            assert_eq!(all, "SampleByTraceId { threshold: 0 }");
            assert!(problem.unwrap().contains("a number from 0 to 1"), "{ratio}");
        }
    }
}
