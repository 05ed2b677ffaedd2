//! Lists of propagators over arbitrary header maps: order, independence, joined `baggage`.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::SpanContext;
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_sentry::SentryContextExt;
use opentelemetry_propagator_vostok::VostokContextExt;
use propagator_oracle::baggage::{joined, Written};

use super::baggage;
use crate::carrier::{self, Lines};
use crate::case::Case;
use crate::generate::{Format, Grammar};
use crate::laws;

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
        ("held", laws::HELD),
        ("dsn", &["true", "false"]),
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

/// The headers of the propagators under test. Those of others may send on text as it came.
const OURS: [&str; 7] = [
    "baggage",
    "x-kontur-trace-id",
    "x-kontur-trace-spanid",
    "x-kontur-trace-issampled",
    "context-globals",
    "context-properties",
    "sentry-trace",
];

/// Options: `@list`, `@held`, `@user_baggage key=value`, `@dsn true` for a service that is the
/// head of traces.
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
        composite: &composite,
    };
    list.check_extract(&case, &Lines::of(&case));
    list.check_extract(&case, &HeaderExtractor(&carrier::http_headers(&case)));
    list.check_inject(&baggage::initial(&case));
}

fn propagator(case: &Case, list: &str) -> Propagator {
    let dsn = case.flag("dsn", false);
    let lookup = move |variable: &str| {
        let dsn = dsn.then(|| "https://key@o17.ingest.sentry.io/1".to_owned());
        dsn.filter(|_| variable == "SENTRY_DSN")
    };
    opentelemetry_autoprop::builder()
        .lookup(lookup)
        .default_list(list)
        .from_env()
}

/// A composite, and each of its propagators by itself, in its order.
struct List<'a> {
    composite: &'a Propagator,
    members: Vec<(String, Propagator)>,
}

impl List<'_> {
    /// The composite extracts what its propagators extract one after the other, and each finds what it
    /// would have found alone.
    fn check_extract(&self, case: &Case, carrier: &dyn Extractor) {
        let members = &self.members;
        let before = baggage::initial(case);
        // A user's baggage is a map of owned keys and values, of which it has up to 64.
        let has_baggage = members.iter().any(|(name, _)| name == "baggage");
        let allowance = 512 * (members.len() + 64 * usize::from(has_baggage));
        let after = laws::bounded(case.size() * members.len().max(1) + allowance, || {
            self.composite.extract_with_context(&before, carrier)
        });

        let mut expected = laws::held(&before);
        for (name, member) in members {
            let found = laws::extracted(member, carrier);
            let told = laws::held(&found);
            if told.is_valid() && !(is_ours(name) && stays(&expected, &told)) {
                assert!(told.is_remote(), "{name}: {told:?}");
                expected = told;
            }
            match name.as_str() {
                "vostok" => {
                    assert_eq!(after.vostok_globals(), found.vostok_globals());
                    assert_eq!(after.vostok_properties(), found.vostok_properties());
                }
                "sentry" if laws::held(&after).trace_id() == laws::held(&found).trace_id() => {
                    assert_eq!(after.sentry_trace(), found.sentry_trace());
                    assert_eq!(after.sentry_dsc(), found.sentry_dsc());
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
        // X-Ray's propagator may leave an invalid one, where none was before.
        let valid = |held: SpanContext| Some(held).filter(SpanContext::is_valid);
        assert_eq!(valid(laws::held(&after)), valid(expected));
        self.check_inject(&after);
    }

    /// The composite writes the headers that its propagators write one after the other, and a
    /// `baggage` that holds what each of them wrote.
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
                laws::assert_legal(name, value);
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
        let sent = laws::held(cx);
        let states_ids = self.members.iter().any(|(name, _)| name != "baggage");
        let received = laws::held(&laws::extracted(self.composite, injected));
        if states_ids && sent.is_valid() {
            assert_eq!(received.trace_id(), sent.trace_id());
            assert_eq!(received.span_id(), sent.span_id());
        } else {
            assert!(!received.is_valid(), "{received:?}");
        }
    }
}

/// The formats whose propagators leave a remote span context of the same trace as it is.
fn is_ours(name: &str) -> bool {
    matches!(name, "kontur" | "vostok" | "sentry")
}

fn stays(held: &SpanContext, told: &SpanContext) -> bool {
    held.is_valid() && held.is_remote() && held.trace_id() == told.trace_id()
}

fn sorted(lines: Lines) -> Vec<(String, String)> {
    let mut lines = lines.0;
    lines.sort();
    lines
}
