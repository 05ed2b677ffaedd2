//! Lists of propagators over arbitrary headers, against [`propagator_oracle::merging`].

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::SpanContext;
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_sentry::{SentryContextExt, SentryPropagator};
use opentelemetry_propagator_vostok::VostokContextExt;
use propagator_oracle as oracle;
use propagator_oracle::baggage::{joined, Written};
use propagator_oracle::merging::{merge, Parent, Statement};

use super::{baggage, kontur, vostok};
use crate::carrier::{self, Lines};
use crate::case::Case;
use crate::generate::{Format, Grammar};
use crate::invariants;

/// What the mutator writes into inputs.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[
        Format::Kontur,
        Format::VostokGlobals,
        Format::VostokProperties,
        Format::Sentry,
        Format::TraceContext,
    ],
    options: &[
        ("held", invariants::HELD),
        ("dsn", &["true", "false"]),
        ("strict", &["true", "false"]),
        (
            "user_baggage",
            &["userId=42", "sentry-release=theirs", "k=ы"],
        ),
        (
            "list",
            &[
                "tracecontext,baggage",
                "tracecontext,kontur,vostok",
                "tracecontext,kontur,vostok,sentry,baggage",
                "baggage,sentry,vostok,kontur,tracecontext",
                "sentry,baggage",
                "b3,b3multi,xray,sentry",
                "vostok,tracecontext",
                "none",
            ],
        ),
    ],
};

/// The headers of the propagators under test. Those of others may send text on unchecked.
const OURS: [&str; 7] = [
    "baggage",
    "x-kontur-trace-id",
    "x-kontur-trace-spanid",
    "x-kontur-trace-issampled",
    "context-globals",
    "context-properties",
    "sentry-trace",
];

/// Options: `@list`; `@held`; `@user_baggage key=value`; `@dsn true` for a service that starts
/// traces; `@strict true` for one that continues those of its own organization alone.
pub fn check(input: &[u8]) {
    let case = Case::parse(input);
    let list = case
        .option("list")
        .unwrap_or("tracecontext,kontur,vostok,sentry,baggage");
    let composite = propagator(&case, list);
    let names = composite.names();
    let list = List {
        members: names
            .map(|name| (name.to_owned(), propagator(&case, name)))
            .collect(),
        is_strict: case.flag("strict", false),
        has_dsn: case.flag("dsn", false),
        composite: &composite,
    };
    list.check_extract(&case, &Lines::of(&case));
    list.check_extract(&case, &HeaderExtractor(&carrier::http_headers(&case)));
    list.check_inject(&baggage::initial(&case));
}

/// The organization of a service with `@strict true`.
const ORG_ID: &str = "1";

fn propagator(case: &Case, list: &str) -> Propagator {
    let dsn = case.flag("dsn", false);
    let lookup = move |variable: &str| {
        let dsn = dsn.then(|| "https://key@o17.ingest.sentry.io/1".to_owned());
        dsn.filter(|_| variable == "SENTRY_DSN")
    };
    let mut builder = opentelemetry_autoprop::builder()
        .lookup(lookup)
        .default_list(list);
    if case.flag("strict", false) {
        let sentry = SentryPropagator::builder()
            .org_id(ORG_ID)
            .strict_trace_continuation(true);
        builder = builder.with_format(sentry.build().expect("valid options"));
    }
    builder.from_env()
}

/// A composite, and each of its propagators by itself, in its order.
struct List<'a> {
    composite: &'a Propagator,
    members: Vec<(String, Propagator)>,
    is_strict: bool,
    has_dsn: bool,
}

impl List<'_> {
    /// The composite extracts the span context that the rule for several formats demands, and
    /// everything else that each of its propagators extracts alone.
    fn check_extract(&self, case: &Case, carrier: &dyn Extractor) {
        let members = &self.members;
        let before = baggage::initial(case);
        // A user's baggage is a map of owned keys and values, of which it has up to 64.
        let has_baggage = members.iter().any(|(name, _)| name == "baggage");
        let allowance = 512 * (members.len() + 64 * usize::from(has_baggage));
        let after = invariants::bounded(case.size() * members.len().max(1) + allowance, || {
            self.composite.extract_with_context(&before, carrier)
        });

        let statements: Vec<Statement> = members
            .iter()
            .filter_map(|(name, member)| self.statement(name, member, carrier))
            .collect();
        let parent = merge(&statements);
        match &parent {
            Some(parent) => assert_parent(&invariants::held(&after), parent),
            None => assert_eq!(invariants::held(&after), invariants::held(&before)),
        }
        for (name, member) in members {
            let found = invariants::extracted(member, carrier);
            match name.as_str() {
                "vostok" => {
                    assert_eq!(after.vostok_globals(), found.vostok_globals());
                    assert_eq!(after.vostok_properties(), found.vostok_properties());
                }
                "sentry" => {
                    let is_same =
                        invariants::held(&after).trace_id() == invariants::held(&found).trace_id();
                    let found = is_same.then_some(&found);
                    assert_eq!(
                        after.sentry_trace(),
                        found.and_then(|found| found.sentry_trace())
                    );
                    assert_eq!(
                        after.sentry_dsc(),
                        found.and_then(|found| found.sentry_dsc())
                    );
                    let is_deferred = found.is_some_and(|found| {
                        found
                            .sentry_trace()
                            .is_some_and(|trace| trace.sampled.is_none())
                    });
                    let is_decided = parent.as_ref().is_none_or(|parent| parent.is_decided);
                    let mut sent = Lines::default();
                    member.inject_context(&after, &mut sent);
                    if let Some(sent) = sent.get("sentry-trace") {
                        let has_flag = sent.len() > "-".len() + 32 + 16;
                        assert_eq!(has_flag, !is_deferred || is_decided, "{sent}");
                    }
                }
                "baggage" => {
                    baggage::check_read(&found, carrier);
                    let nothing_found = found.baggage().is_empty();
                    let expected = if nothing_found { &before } else { &found };
                    assert_eq!(baggage::entries(&after), baggage::entries(expected));
                }
                _ => {}
            }
        }
        self.check_inject(&after);
    }

    /// What the headers of one format state: by the oracle for this family's, and as its
    /// propagator alone reads them for the others.
    fn statement(
        &self,
        name: &str,
        member: &Propagator,
        carrier: &dyn Extractor,
    ) -> Option<Statement> {
        let mut is_refused = false;
        let trace = match name {
            "kontur" => kontur::stated(carrier, true)?,
            "vostok" => {
                let read = |value: &str| oracle::vostok::globals(value, &[], 16 * 1024);
                let globals = carrier::first_value(carrier, "context-globals", read)?;
                vostok::stated(&globals)?
            }
            "sentry" => {
                let read = oracle::sentry::read_trace;
                let trace = carrier::first_value(carrier, "sentry-trace", read)?;
                let lines = carrier.get_all("baggage").unwrap_or_default();
                let theirs = oracle::sentry::get(&oracle::sentry::dsc(lines), "org_id");
                let theirs = theirs.filter(|org_id| !org_id.is_empty());
                is_refused = self.is_strict
                    && !oracle::sentry::is_continued(theirs.as_deref(), Some(ORG_ID), true);
                let is_continued = self.is_strict || self.continues(theirs.as_deref());
                Some(trace).filter(|_| is_continued)?
            }
            _ => return stated_alone(&invariants::held(&invariants::extracted(member, carrier))),
        };
        Some(Statement {
            trace_id: trace.trace_id,
            span_id: trace.span_id,
            sampled: trace.sampled,
            sample_when_undecided: true,
            other_flags: None,
            trace_state: None,
            is_refused,
        })
    }

    /// Whether a service that is not strict continues a trace of this organization.
    fn continues(&self, theirs: Option<&str>) -> bool {
        let own = Some("17").filter(|_| self.has_dsn);
        oracle::sentry::is_continued(theirs, own, false)
    }

    /// The composite writes the headers that its propagators write one after the other, and a
    /// `baggage` with what each of them wrote.
    fn check_inject(&self, cx: &Context) {
        let members = &self.members;
        let mut expected = Lines::default();
        let mut values = Vec::new();
        for (name, member) in members {
            let mut written = Lines::default();
            member.inject_context(cx, &mut written);
            if name == "baggage" {
                baggage::check_written(member, cx, &written);
            }
            for (header, value) in written.0 {
                if header == "baggage" {
                    let by_sentry = name == "sentry";
                    values.push(Written { by_sentry, value });
                } else {
                    expected.set(&header, value);
                }
            }
        }

        let has_sentry = members.iter().any(|(name, _)| name == "sentry");
        let writers = members
            .iter()
            .filter(|(name, _)| matches!(name.as_str(), "sentry" | "baggage"))
            .count();
        let joined = match &values[..] {
            [only] if writers == 1 => vec![only.value.as_str()],
            _ => joined(&values, has_sentry),
        };
        let mut injected = Lines::default();
        self.composite.inject_context(cx, &mut injected);
        let fields: Vec<&str> = self.composite.fields().collect();
        for (name, value) in &injected.0 {
            assert!(fields.contains(&name.as_str()), "{name}: {fields:?}");
            if OURS.contains(&name.as_str()) {
                invariants::assert_legal(name, value);
            }
        }
        self.check_round_trip(cx, &injected);
        let value = injected.get("baggage").map(str::to_owned);
        assert_eq!(value.unwrap_or_default(), joined.join(","));
        injected.0.retain(|(name, _)| name != "baggage");
        assert_eq!(sorted(injected), sorted(expected));
    }

    /// The ids that went out come back, whichever formats took them.
    fn check_round_trip(&self, cx: &Context, injected: &Lines) {
        let sent = invariants::held(cx);
        let states_ids = self.members.iter().any(|(name, _)| name != "baggage");
        let received = invariants::held(&invariants::extracted(self.composite, injected));
        if states_ids && sent.is_valid() {
            assert_eq!(received.trace_id(), sent.trace_id());
            assert_eq!(received.span_id(), sent.span_id());
        } else {
            assert!(!received.is_valid(), "{received:?}");
        }
    }
}

/// A propagator of another kind states every fact, unless its span context is invalid.
fn stated_alone(span_context: &SpanContext) -> Option<Statement> {
    let (trace_id, span_id) = invariants::ids(span_context)?;
    assert!(span_context.is_remote(), "{span_context:?}");
    Some(Statement {
        trace_id,
        span_id: Some(span_id),
        sampled: Some(span_context.is_sampled()),
        sample_when_undecided: true,
        other_flags: Some(span_context.trace_flags().to_u8()),
        trace_state: Some(span_context.trace_state().header()),
        is_refused: false,
    })
}

fn assert_parent(extracted: &SpanContext, expected: &Parent) {
    let ids = invariants::ids(extracted);
    assert_eq!(ids, Some((expected.trace_id, expected.span_id)));
    assert_eq!(extracted.trace_flags().to_u8(), expected.flags);
    assert_eq!(extracted.trace_state().header(), expected.trace_state);
    assert!(extracted.is_remote());
}

fn sorted(lines: Lines) -> Vec<(String, String)> {
    let mut lines = lines.0;
    lines.sort();
    lines
}
