//! Propagators that only extract or only inject.

mod quiet;

use std::collections::{BTreeMap, HashMap};

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_autoprop::{
    from_list, known_formats, Builder, Propagator, OTEL_PROPAGATORS, OTEL_RUST_PROPAGATORS_EXTRACT,
    OTEL_RUST_PROPAGATORS_INJECT,
};
use opentelemetry_propagator_sentry::{SentryContextExt, SentryTrace};
use opentelemetry_propagator_vostok::header::TRACING_CONTEXT;
use opentelemetry_propagator_vostok::{Entries, RequestPriority, VostokContextExt};
use opentelemetry_sdk::propagation::BaggagePropagator;
use proptest::prelude::*;
use proptest::sample::subsequence;

use quiet::Quiet;

/// The formats of this family, and all formats that are enabled.
const OURS: [&str; 5] = ["tracecontext", "baggage", "kontur", "vostok", "sentry"];
const ALL: &str = "tracecontext,baggage,kontur,vostok,sentry";

type Headers = HashMap<String, String>;

fn enabled() -> Vec<&'static str> {
    let enabled = known_formats().iter().filter(|format| format.is_enabled());
    enabled.map(|format| format.name).collect()
}

fn environment(variables: &[(&'static str, &str)]) -> Builder {
    let variables: HashMap<_, _> = variables
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    opentelemetry_autoprop::builder().lookup(move |variable| variables.get(variable).cloned())
}

fn directed(extract: &str, inject: &str) -> Propagator {
    environment(&[
        (OTEL_PROPAGATORS, "not,asked"),
        (OTEL_RUST_PROPAGATORS_EXTRACT, extract),
        (OTEL_RUST_PROPAGATORS_INJECT, inject),
    ])
    .try_from_env()
    .unwrap()
}

/// Returns the list of these names, or `none` if there are none.
fn list(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.join(","),
    }
}

/// Returns the headers of these formats. Each format states a different trace id, counted up from
/// `trace_id`.
fn request(formats: &[&str], trace_id: u128) -> Headers {
    let trace = |offset| TraceId::from(trace_id.wrapping_add(offset).max(1));
    let span = SpanId::from(trace_id as u64 | 1);
    let mut headers = Headers::new();
    let mut members = Vec::new();
    for format in formats {
        let lines: Vec<(&str, String)> = match *format {
            "tracecontext" => vec![
                ("traceparent", format!("00-{}-{span}-03", trace(1))),
                ("tracestate", "vendor=opaque".to_owned()),
            ],
            "baggage" => {
                members.push("user=7".to_owned());
                vec![]
            }
            "kontur" => vec![
                ("x-kontur-trace-id", trace(2).to_string()),
                ("x-kontur-trace-spanid", span.to_string()),
                ("x-kontur-trace-issampled", "false".to_owned()),
            ],
            "vostok" => {
                let mut globals = Entries::new();
                let ids = format!("{};{span}0000000000000000", trace(3));
                globals.insert(TRACING_CONTEXT, ids).unwrap();
                vec![
                    ("context-globals", globals.encode()),
                    ("request-priority", "Critical".to_owned()),
                ]
            }
            "sentry" => {
                members.push("sentry-public_key=abc".to_owned());
                vec![("sentry-trace", format!("{}-{span}-1", trace(4)))]
            }
            // Both `b3` and `b3multi` read both forms.
            "b3" | "b3multi" => vec![
                ("b3", format!("{}-{span}-1", trace(5))),
                ("x-b3-traceid", trace(5).to_string()),
                ("x-b3-spanid", span.to_string()),
                ("x-b3-sampled", "1".to_owned()),
            ],
            "xray" | "xray-lambda" => {
                let trace = trace(7).to_string();
                let (epoch, unique) = trace.split_at(8);
                let value = format!("Root=1-{epoch}-{unique};Parent={span};Sampled=1");
                vec![("x-amzn-trace-id", value)]
            }
            "jaeger" => vec![
                ("uber-trace-id", format!("{}:{span}:0:1", trace(8))),
                ("uberctx-user", "7".to_owned()),
            ],
            "ottrace" => vec![
                ("ot-tracer-traceid", trace(9).to_string()),
                ("ot-tracer-spanid", span.to_string()),
                ("ot-tracer-sampled", "true".to_owned()),
                ("ot-baggage-user", "7".to_owned()),
            ],
            other => panic!("no headers for {other}"),
        };
        headers.extend(
            lines
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
    }
    if !members.is_empty() {
        headers.insert("baggage".to_owned(), members.join(","));
    }
    headers
}

/// Everything that a format may store in a context.
#[derive(Debug, PartialEq)]
struct Extracted {
    span_context: SpanContext,
    baggage: BTreeMap<String, String>,
    priority: Option<RequestPriority>,
    sentry_trace: Option<SentryTrace>,
    dsc: Option<String>,
    /// The headers that all formats inject.
    injected: BTreeMap<String, String>,
}

fn extracted(cx: &Context) -> Extracted {
    let baggage = cx.baggage().iter();
    Extracted {
        span_context: cx.span().span_context().clone(),
        baggage: baggage
            .map(|(key, (value, _))| (key.to_string(), value.to_string()))
            .collect(),
        priority: cx.vostok_request_priority(),
        sentry_trace: cx.sentry_trace().cloned(),
        dsc: cx.sentry_dsc().map(|dsc| dsc.as_str().to_owned()),
        injected: inject(&from_list(ALL).unwrap(), cx).into_iter().collect(),
    }
}

fn extract(propagator: &Propagator, headers: &Headers) -> Context {
    propagator.extract_with_context(&Context::new(), headers)
}

fn inject(propagator: &Propagator, cx: &Context) -> Headers {
    let mut headers = Headers::new();
    propagator.inject_context(cx, &mut headers);
    headers
}

/// Returns a context for which every format injects headers.
fn local(trace_id: u128) -> Context {
    let cx = extract(&from_list(ALL).unwrap(), &request(&OURS, trace_id));
    assert!(cx.sentry_dsc().is_some_and(|dsc| !dsc.is_empty()));
    // Sentry's members in the application's baggage must not be sent if `sentry` does not inject.
    cx.with_baggage([
        KeyValue::new("user", "7"),
        KeyValue::new("sentry-copied", "1"),
    ])
    .with_vostok_request_priority(RequestPriority::Critical)
}

/// Checks the invariants of a pair of lists.
fn check(extract_names: &[&str], inject_names: &[&str], trace_id: u128) {
    let propagator = directed(&list(extract_names), &list(inject_names));
    let pair = format!("{propagator:?}");
    let everything = request(&enabled(), trace_id);

    let found = extracted(&extract(&propagator, &everything));
    let uses_sentry = extract_names.contains(&"sentry") || inject_names.contains(&"sentry");
    let mut own_headers = request(extract_names, trace_id);
    if extract_names.contains(&"baggage") && !uses_sentry {
        // Without `sentry`, its members are ordinary ones.
        own_headers.insert("baggage".to_owned(), everything["baggage"].clone());
    }
    let alone = extracted(&extract(&propagator, &own_headers));
    assert_eq!(found, alone, "{pair}: another format changed the context");
    let plain = extract(&from_list(&list(extract_names)).unwrap(), &own_headers);
    assert_eq!(found, extracted(&plain), "{pair}");

    let cx = local(trace_id);
    let sent = inject(&propagator, &cx);
    let may_write = |header: &String| {
        let mut formats = known_formats()
            .iter()
            .filter(|format| inject_names.contains(&format.name));
        formats.any(|format| {
            let mut prefixes = format.header_prefixes.iter();
            format.headers.contains(&&**header) || prefixes.any(|it| header.starts_with(it))
        })
    };
    assert!(sent.keys().all(may_write), "{pair}: {sent:?}");
    let members = sent.get("baggage").map_or("", |baggage| baggage);
    for (format, member) in [("baggage", "user=7"), ("sentry", "sentry-public_key=abc")] {
        let is_sent = members.split(',').any(|sent| sent == member);
        assert_eq!(is_sent, inject_names.contains(&format), "{pair}: {members}");
    }
    let copies = inject_names.contains(&"baggage") && !uses_sentry;
    assert_eq!(
        members.contains("sentry-copied"),
        copies,
        "{pair}: {members}"
    );
    let mut plain = inject(&from_list(&list(inject_names)).unwrap(), &cx);
    let mut sent = sent;
    // The order of the application's baggage is not specified.
    sent.remove("baggage");
    plain.remove("baggage");
    if uses_sentry {
        // The list of only one direction does not reserve Sentry's members.
        plain.retain(|header, _| !header.ends_with("-sentry-copied"));
    }
    assert_eq!(sent, plain, "{pair}");
}

#[test]
fn pairs_of_lists_keep_to_their_directions() {
    let subset = |bits: usize| -> Vec<&str> {
        let is_in = |i: &usize| bits >> i & 1 == 1;
        (0..OURS.len()).filter(is_in).map(|i| OURS[i]).collect()
    };
    for extract_bits in 0..1 << OURS.len() {
        for inject_bits in 0..1 << OURS.len() {
            check(&subset(extract_bits), &subset(inject_bits), 0x7000);
        }
    }
}

fn lists() -> impl Strategy<Value = Vec<&'static str>> {
    let names = enabled();
    let len = names.len();
    let lists = subsequence(names, 0..=len).prop_shuffle();
    lists.prop_map(|mut names| {
        // Of these two, only `xray-lambda` would be used.
        if names.contains(&"xray-lambda") {
            names.retain(|name| *name != "xray");
        }
        names
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn lists_in_any_order_keep_to_their_directions(
        extract in lists(),
        inject in lists(),
        trace_id: u128,
    ) {
        check(&extract, &inject, trace_id);
    }
}

#[test]
fn direction_variable_replaces_the_list() {
    for (extract, inject, expected) in [
        ("", " , ", "Propagator(kontur, vostok)"),
        (
            " TraceContext,KONTUR,kontur",
            "",
            "Propagator { extract: [tracecontext, kontur], inject: [kontur, vostok] }",
        ),
        (
            "",
            "tracecontext",
            "Propagator { extract: [kontur, vostok], inject: [tracecontext] }",
        ),
        ("none", "none", "Propagator(none)"),
        (
            "vostok,none",
            "kontur",
            "Propagator { extract: [], inject: [kontur] }",
        ),
        (
            "vostok,kontur",
            "",
            "Propagator { extract: [vostok, kontur], inject: [kontur, vostok] }",
        ),
        ("baggage", "baggage", "Propagator(baggage)"),
    ] {
        let builder = || {
            environment(&[
                (OTEL_PROPAGATORS, "kontur,vostok"),
                (OTEL_RUST_PROPAGATORS_EXTRACT, extract),
                (OTEL_RUST_PROPAGATORS_INJECT, inject),
            ])
        };
        let propagator = builder().set_up_quietly();
        assert_eq!(format!("{propagator:?}"), expected);
        assert_eq!(format!("{:?}", builder().try_from_env().unwrap()), expected);
    }
}

#[test]
fn error_names_the_direction_variable() {
    let cases: [(&str, &str, &str, &str); 4] = [
        (
            "knotur",
            "tracecontext",
            "Propagator { extract: [kontur], inject: [tracecontext] }",
            "OTEL_RUST_PROPAGATORS_EXTRACT: unknown propagator \"knotur\"; did you mean \"kontur\"? \
             known names: ",
        ),
        (
            "",
            "yaeger,kontur",
            "Propagator(kontur)",
            "OTEL_RUST_PROPAGATORS_INJECT: unknown propagator \"yaeger\"",
        ),
        (
            "first,second",
            "third",
            "Propagator(kontur)",
            "OTEL_RUST_PROPAGATORS_EXTRACT: unknown propagator \"first\"; unknown propagator \"second\"; \
             OTEL_RUST_PROPAGATORS_INJECT: unknown propagator \"third\"; known names: ",
        ),
        (
            "\u{1b}[31m",
            "",
            "Propagator(kontur)",
            "OTEL_RUST_PROPAGATORS_EXTRACT: unknown propagator \"\\u{1b}[31m\"; ",
        ),
    ];
    for (extract, inject, expected, message) in cases {
        let builder = || {
            environment(&[
                (OTEL_PROPAGATORS, "kontur"),
                (OTEL_RUST_PROPAGATORS_EXTRACT, extract),
                (OTEL_RUST_PROPAGATORS_INJECT, inject),
            ])
        };
        assert_eq!(format!("{:?}", builder().set_up_quietly()), expected);
        let error = builder().try_from_env().unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn error_lists_the_main_variable_first() {
    let builder = environment(&[
        (OTEL_PROPAGATORS, "list"),
        (OTEL_RUST_PROPAGATORS_INJECT, "direction"),
    ]);
    let error = builder.default_list("default").try_from_env().unwrap_err();
    let expected = "OTEL_PROPAGATORS: unknown propagator \"list\"; \
                    OTEL_RUST_PROPAGATORS_INJECT: unknown propagator \"direction\"; \
                    builder().default_list(…): unknown propagator \"default\"; known names: ";
    assert!(error.to_string().starts_with(expected), "{error}");
    assert!(error.unknown_names().eq(["list", "default", "direction"]));
}

#[test]
fn problems_of_all_variables_are_counted() {
    let names = |count: usize| -> &'static str {
        let names: String = (0..count).map(|i| format!("name{i},")).collect();
        names.leak()
    };
    let (list, direction) = (names(13), names(24));
    let builder = environment(&[
        (OTEL_PROPAGATORS, list),
        (OTEL_RUST_PROPAGATORS_INJECT, direction),
    ]);
    let error = builder.try_from_env().unwrap_err();
    assert_eq!(error.unknown_names().count(), 8);
    assert!(error.to_string().contains("; and 29 more; "), "{error}");
    assert!(error.known_names().any(|name| name == "kontur"));
    let known: Vec<_> = error.known_names().collect();
    let listed = format!("known names: {}", known.join(", "));
    assert!(error.to_string().ends_with(&listed), "{error}");
}

#[test]
fn from_list_does_not_read_the_directions() {
    let builder = environment(&[(OTEL_RUST_PROPAGATORS_EXTRACT, "vostok")]);
    let propagator = builder.from_list("kontur").unwrap();
    assert_eq!(format!("{propagator:?}"), "Propagator(kontur)");
}

#[test]
fn builder_limits_names_to_a_direction() {
    let builder = |variables: &[(&'static str, &str)]| {
        environment(variables)
            .default_list("tracecontext,kontur,vostok")
            .extract_only([" Kontur "])
            .inject_only(["vostok".to_owned()])
    };
    let limited = "Propagator { extract: [tracecontext, kontur], inject: [tracecontext, vostok] }";
    let propagator = builder(&[]).try_from_env().unwrap();
    assert_eq!(format!("{propagator:?}"), limited);
    assert!(propagator.names().eq(["tracecontext", "kontur", "vostok"]));
    assert!(propagator.extract_names().eq(["tracecontext", "kontur"]));
    assert!(propagator.inject_names().eq(["tracecontext", "vostok"]));
    let fields: Vec<_> = propagator.fields().collect();
    for field in ["traceparent", "x-kontur-trace-id", "context-globals"] {
        assert!(fields.contains(&field), "{fields:?}");
    }
    let from_list = builder(&[])
        .from_list("vostok,tracecontext,kontur")
        .unwrap();
    assert_eq!(
        format!("{from_list:?}"),
        "Propagator { extract: [tracecontext, kontur], inject: [vostok, tracecontext] }"
    );
    let other = builder(&[(OTEL_PROPAGATORS, "baggage")])
        .try_from_env()
        .unwrap();
    assert_eq!(format!("{other:?}"), "Propagator(baggage)");
    let chosen = builder(&[(OTEL_RUST_PROPAGATORS_INJECT, "kontur")]);
    assert_eq!(
        format!("{:?}", chosen.try_from_env().unwrap()),
        "Propagator { extract: [tracecontext, kontur], inject: [kontur] }"
    );
}

#[test]
fn builder_reports_invalid_directions() {
    let builder = || {
        environment(&[])
            .extract_only(["bagage", "baggage"])
            .inject_only(["Baggage", "yaeger"])
    };
    let error = builder().try_from_env().unwrap_err().to_string();
    for message in [
        "builder().extract_only(…): unknown propagator \"bagage\"; did you mean \"baggage\"? ",
        "builder().inject_only(…): unknown propagator \"yaeger\"",
        "builder().extract_only(…): \"baggage\" is also passed to inject_only(…), \
         so it is used in neither direction; ",
    ] {
        assert!(error.contains(message), "{error}");
    }
    assert_eq!(
        format!("{:?}", builder().set_up_quietly()),
        "Propagator(tracecontext)"
    );
    assert!(builder().from_list("tracecontext").is_err());
}

#[test]
fn foreign_writer_omits_members_owned_by_a_format() {
    let propagator = environment(&[(OTEL_RUST_PROPAGATORS_INJECT, "sdk")])
        .register(
            "sdk",
            opentelemetry_autoprop::Foreign::new(BaggagePropagator::new()),
        )
        .default_list("tracecontext,sentry")
        .try_from_env()
        .unwrap();
    let sent = inject(&propagator, &local(7));
    assert_eq!(sent["baggage"], "user=7");
}

#[test]
fn inject_only_foreign_propagator_does_not_extract() {
    let propagator = opentelemetry_autoprop::builder()
        .register(
            "sdk",
            opentelemetry_autoprop::Foreign::new(BaggagePropagator::new()),
        )
        .inject_only(["sdk"])
        .from_list("tracecontext,sdk")
        .unwrap();
    let cx = extract(&propagator, &request(&["tracecontext", "baggage"], 7));
    assert!(cx.span().span_context().is_valid());
    assert!(cx.baggage().is_empty());
}

#[test]
fn explain_covers_extracting_propagators() {
    let propagator = directed("kontur,tracecontext", "vostok");
    let request = request(&["tracecontext", "vostok"], 7);
    let explanation = propagator.explain(&Context::new(), &request);
    let names: Vec<_> = explanation
        .statements
        .iter()
        .map(|statement| &*statement.propagator)
        .collect();
    assert_eq!(names, ["kontur", "tracecontext"]);
    assert_eq!(explanation.parent.unwrap().trace_id_from, "tracecontext");
}

#[test]
fn gateway_converts_one_format_to_another() {
    let cx = Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(7),
        SpanId::from(1),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    ));
    let request = inject(&from_list("kontur").unwrap(), &cx);
    let gateway = directed("kontur", "tracecontext");
    let sent = inject(&gateway, &extract(&gateway, &request));
    assert_eq!(
        sent,
        HashMap::from([(
            "traceparent".to_owned(),
            "00-00000000000000000000000000000007-0000000000000001-01".to_owned()
        )])
    );
}
