//! Lists of propagators over arbitrary header maps: order, independence, joined `baggage`.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_sentry::SentryContextExt;
use opentelemetry_propagator_vostok::VostokContextExt;
use propagator_oracle::baggage::{joined, Written};

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

/// Options: `@list`, `@held`, `@user_baggage key=value`, `@dsn true` for a service that is the
/// head of traces.
pub fn check(input: &[u8]) {
    let case = Case::parse(input);
    let list = case
        .option("list")
        .unwrap_or("tracecontext,kontur,vostok,sentry,baggage");
    let composite = propagator(&case, list);
    check_extract(&case, &composite, &Lines::of(&case));
    check_extract(
        &case,
        &composite,
        &HeaderExtractor(&carrier::http_headers(&case)),
    );
    check_inject(&case, &composite, &initial(&case));
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

fn initial(case: &Case) -> Context {
    let baggage = case.options("user_baggage").filter_map(|member| {
        let (key, value) = member.split_once('=')?;
        Some(opentelemetry::KeyValue::new(
            key.to_owned(),
            value.to_owned(),
        ))
    });
    laws::initial(case).with_baggage(baggage)
}

/// Each propagator of the composite by itself, in its order.
fn alone(case: &Case, composite: &Propagator) -> Vec<(String, Propagator)> {
    let names = composite.names();
    names
        .map(|name| (name.to_owned(), propagator(case, name)))
        .collect()
}

/// The composite extracts what its propagators extract one after the other, and each finds what it
/// would have found alone.
fn check_extract(case: &Case, composite: &Propagator, carrier: &dyn Extractor) {
    let before = initial(case);
    let members = alone(case, composite);
    // The SDK's baggage makes a map of owned keys and values, of which it has up to 64.
    let has_baggage = members.iter().any(|(name, _)| name == "baggage");
    let allowance = 512 * (members.len() + 64 * usize::from(has_baggage));
    let after = laws::bounded(case.size() * members.len().max(1) + allowance, || {
        composite.extract_with_context(&before, carrier)
    });

    let mut expected = laws::held(&before);
    for (name, member) in &members {
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
            "baggage" if !found.baggage().is_empty() => {
                assert_eq!(user_baggage(&after), user_baggage(&found));
            }
            _ => {}
        }
    }
    assert_eq!(laws::held(&after), expected);
    check_inject(case, composite, &after);
}

/// The formats whose propagators leave a remote span context of the same trace as it is.
fn is_ours(name: &str) -> bool {
    matches!(name, "kontur" | "vostok" | "sentry")
}

fn stays(
    held: &opentelemetry::trace::SpanContext,
    told: &opentelemetry::trace::SpanContext,
) -> bool {
    held.is_valid() && held.is_remote() && held.trace_id() == told.trace_id()
}

fn user_baggage(cx: &Context) -> Vec<String> {
    let mut members: Vec<String> = cx
        .baggage()
        .iter()
        .map(|(key, (value, metadata))| format!("{key}={value};{metadata}"))
        .collect();
    members.sort();
    members
}

/// The composite writes the headers that its propagators write one after the other, and a
/// `baggage` that holds what each of them wrote.
fn check_inject(case: &Case, composite: &Propagator, cx: &Context) {
    let members = alone(case, composite);
    let mut expected = Lines::default();
    let mut baggage = Vec::new();
    for (name, member) in &members {
        let mut written = Lines::default();
        member.inject_context(cx, &mut written);
        for (header, value) in written.0 {
            use opentelemetry::propagation::Injector;
            if header == "baggage" {
                let by_sentry = name == "sentry";
                baggage.push(Written { by_sentry, value });
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
    let joined = match &baggage[..] {
        [only] if writers == 1 => vec![only.value.as_str()],
        _ => joined(&baggage, has_sentry),
    };
    let mut injected = Lines::default();
    composite.inject_context(cx, &mut injected);
    let fields: Vec<&str> = composite.fields().collect();
    for (name, value) in &injected.0 {
        laws::assert_announced(name, &fields);
        // Alone, the SDK's propagator sends on the metadata of members as they came.
        if has_sentry || name != "baggage" {
            laws::assert_legal(name, value);
        }
    }
    let value = injected.get("baggage").map(str::to_owned);
    assert_eq!(value.unwrap_or_default(), joined.join(","));
    injected.0.retain(|(name, _)| name != "baggage");
    assert_eq!(sorted(injected), sorted(expected));
}

fn sorted(lines: Lines) -> Vec<(String, String)> {
    let mut lines = lines.0;
    lines.sort();
    lines
}
