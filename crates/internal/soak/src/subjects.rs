//! The propagators that threads share, and the observable outcome of an input.

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::SpanContext;
use opentelemetry::Context;
use opentelemetry_propagator_kontur::{KonturPropagator, KonturResponsePropagator};
use opentelemetry_propagator_sentry::{
    DynamicSamplingContext, SentryContextExt, SentryPropagator, SentryTrace,
};
use opentelemetry_propagator_vostok::{Entries, VostokContextExt, VostokPropagator};

use propagator_fuzz::carrier::Lines;
use propagator_fuzz::invariants;
use propagator_fuzz::targets::baggage;

/// A propagator that threads share.
pub struct Subject {
    pub(super) name: &'static str,
    pub(super) propagator: Box<dyn TextMapPropagator + Send + Sync>,
}

impl Subject {
    /// Creates a subject with a name for reports.
    pub fn new(
        name: &'static str,
        propagator: impl TextMapPropagator + Send + Sync + 'static,
    ) -> Subject {
        Subject {
            name,
            propagator: Box::new(propagator),
        }
    }
}

/// Returns each format alone and lists of formats, with options that accept more than the defaults.
pub fn all() -> Vec<Subject> {
    let vostok = || {
        VostokPropagator::builder()
            .allow_globals(["vostok.request.priority", "user.global", "имя"])
            .allow_properties(["user.global"])
            .build()
    };
    let list = |list: &str| {
        opentelemetry_autoprop::builder()
            .with_format(vostok())
            .lookup(|variable| {
                let value = match variable {
                    "SENTRY_DSN" => "https://key@o17.ingest.sentry.io/1",
                    "SENTRY_RELEASE" => "shop@1.0",
                    "SENTRY_TRACES_SAMPLE_RATE" => "0.25",
                    _ => return None,
                };
                Some(value.to_owned())
            })
            .from_list(list)
            .expect("known names")
    };
    let sentry = SentryPropagator::builder()
        .org_id("1")
        .strict_trace_continuation(true)
        .build();
    let strict_kontur = KonturPropagator::builder()
        .sample_when_undecided(false)
        .allow_missing_span_id(false)
        .build();
    let mut subjects = vec![
        Subject::new("kontur", KonturPropagator::new()),
        Subject::new("kontur, both ids required", strict_kontur),
        Subject::new("kontur, responses", KonturResponsePropagator::new()),
        Subject::new("vostok, more allowed", vostok()),
        Subject::new("sentry", SentryPropagator::new()),
        Subject::new("sentry, one organization", sentry.expect("valid options")),
    ];
    subjects.extend(
        [
            "baggage",
            "tracecontext,baggage,kontur,vostok,sentry",
            "sentry,vostok,kontur,baggage,tracecontext",
            "b3,b3multi,xray,sentry",
        ]
        .map(|names| Subject::new(names, list(names))),
    );
    subjects
}

/// The observable outcome of extracting an input and injecting the result.
#[derive(Debug, PartialEq)]
pub(super) struct Outcome {
    span_context: SpanContext,
    sentry_trace: Option<SentryTrace>,
    sentry_dsc: Option<DynamicSamplingContext>,
    vostok_globals: Entries,
    vostok_properties: Entries,
    /// Keys, values and properties.
    baggage: Vec<[String; 3]>,
    fields: Vec<String>,
    injected: Lines,
}

impl Outcome {
    pub(super) fn of(subject: &Subject, before: &Context, carrier: &dyn Extractor) -> Outcome {
        let propagator = &subject.propagator;
        let cx = propagator.extract_with_context(before, carrier);
        let mut injected = Lines::default();
        propagator.inject_context(&cx, &mut injected);
        let mut outcome = Outcome {
            span_context: invariants::held(&cx),
            sentry_trace: cx.sentry_trace().copied(),
            sentry_dsc: cx.sentry_dsc().cloned(),
            vostok_globals: cx.vostok_globals().clone(),
            vostok_properties: cx.vostok_properties().clone(),
            baggage: baggage::entries(&cx)
                .into_values()
                .map(|entry| [entry.key, &*entry.value, entry.properties].map(str::to_owned))
                .collect(),
            fields: propagator.fields().map(str::to_owned).collect(),
            injected,
        };
        if outcome.baggage.len() > 1 {
            outcome.forget_order();
        }
        outcome
    }

    /// Whether the context holds a trace.
    pub(super) fn has_trace(&self) -> bool {
        self.span_context.is_valid()
    }

    /// Sorts the members of `baggage`, because OpenTelemetry keeps entries in a map with random
    /// iteration order. If not all members may fit into the header, it is not compared.
    fn forget_order(&mut self) {
        let fits = self.baggage_fits();
        let header = self
            .injected
            .0
            .iter()
            .position(|(name, _)| name == "baggage");
        if let (Some(at), false) = (header, fits) {
            self.injected.0.remove(at);
        } else if let Some(at) = header {
            let value = &mut self.injected.0[at].1;
            let mut members: Vec<&str> = value.split(',').collect();
            members.sort_unstable();
            *value = members.join(",");
        }
    }

    /// Whether all members fit into W3C's limits, even if every byte is percent-encoded.
    fn baggage_fits(&self) -> bool {
        let user = self.baggage.iter().map(|[key, value, properties]| {
            key.len() + 3 * (value.len() + properties.len()) + "=;,".len()
        });
        let (members, bytes) = match &self.sentry_dsc {
            Some(dsc) => (dsc.iter().count(), dsc.as_str().len() + 1),
            // More than the members of a new trace.
            None => (16, 512),
        };
        members + self.baggage.len() <= 64 && bytes + user.sum::<usize>() <= 8192
    }
}
