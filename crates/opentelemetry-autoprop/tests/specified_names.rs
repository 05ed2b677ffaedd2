//! B3, X-Ray, Jaeger and OT trace in lists with other formats: what arrives is what is sent on.

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TraceFlags, Tracer, TracerProvider};
use opentelemetry::Context;
use opentelemetry_autoprop::{PropagationContextExt, Propagator};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// The names of the specification whose headers contain a trace, except `tracecontext`.
const NAMES: [&str; 6] = ["b3", "b3multi", "xray", "xray-lambda", "jaeger", "ottrace"];

type Headers = HashMap<String, String>;

fn owned(headers: &[(&str, &str)]) -> Headers {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    headers.iter().map(owned).collect()
}

/// Returns the headers of a format. The decision is that of `b3`: `1`, `0`, `d`, or empty.
fn headers_of(name: &str, decision: &str) -> Headers {
    let dashed = |decision: &str| if decision.is_empty() { "" } else { "-" }.to_owned() + decision;
    let b3 = format!("{TRACE}-{SPAN}{}", dashed(decision));
    let (time, random) = TRACE.split_at(8);
    let sampled = match decision {
        "" => String::new(),
        decision => format!(";Sampled={}", u8::from(decision != "0")),
    };
    let xray = format!("Root=1-{time}-{random};Parent={SPAN}{sampled}");
    let flags = match decision {
        "d" => "3",
        decision => decision,
    };
    let jaeger = format!("{TRACE}:{SPAN}:0:{flags}");
    match (name, decision) {
        ("b3", _) => owned(&[("b3", &b3)]),
        ("b3multi", "") => owned(&[("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)]),
        ("b3multi", "d") => owned(&[
            ("x-b3-traceid", TRACE),
            ("x-b3-spanid", SPAN),
            ("x-b3-flags", "1"),
        ]),
        ("b3multi", decision) => owned(&[
            ("x-b3-traceid", TRACE),
            ("x-b3-spanid", SPAN),
            ("x-b3-sampled", decision),
        ]),
        ("xray" | "xray-lambda", _) => owned(&[("x-amzn-trace-id", &xray)]),
        ("jaeger", _) => owned(&[("uber-trace-id", &jaeger)]),
        ("ottrace", "") => owned(&[
            ("ot-tracer-traceid", &TRACE[16..]),
            ("ot-tracer-spanid", SPAN),
        ]),
        ("ottrace", decision) => owned(&[
            ("ot-tracer-traceid", &TRACE[16..]),
            ("ot-tracer-spanid", SPAN),
            (
                "ot-tracer-sampled",
                if decision == "0" { "false" } else { "true" },
            ),
        ]),
        other => panic!("no headers for {other:?}"),
    }
}

/// Returns the decision in the headers of a format, as [`headers_of`] takes it.
fn decision_of(name: &str, sent: &Headers) -> &'static str {
    let found = ["", "0", "1", "d"].into_iter().find(|decision| {
        let mut expected = headers_of(name, decision);
        // A local span has another span id.
        let mask = |headers: &mut Headers| {
            for value in headers.values_mut() {
                let at = match (&**value, value.len()) {
                    (_, 16) if *value != TRACE[16..] => Some(0),
                    (text, len) if len > 32 => match text.find("Parent=") {
                        Some(at) => Some(at + 7),
                        None => Some(33),
                    },
                    _ => None,
                };
                if let Some(at) = at {
                    value.replace_range(at..at + 16, SPAN);
                }
            }
        };
        let mut found: Headers = expected
            .keys()
            .filter_map(|header| Some((header.clone(), sent.get(header)?.clone())))
            .collect();
        mask(&mut found);
        mask(&mut expected);
        let more = |header: &str| sent.contains_key(header) && !expected.contains_key(header);
        found == expected
            && !(name == "b3multi" && (more("x-b3-sampled") || more("x-b3-flags")))
            && !(name == "ottrace" && more("ot-tracer-sampled"))
    });
    found.unwrap_or_else(|| panic!("{name}: {sent:?}"))
}

/// Returns both orders of two names.
fn orders<'a>(a: &'a str, b: &'a str) -> [String; 2] {
    [format!("{a},{b}"), format!("{b},{a}")]
}

fn propagator(list: &str) -> Propagator {
    let builder = opentelemetry_autoprop::builder().lookup(|_| None);
    builder.from_list(list).unwrap()
}

fn extract(list: &str, headers: &[Headers]) -> Context {
    let all = headers.iter().flatten();
    let all: Headers = all
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    propagator(list).extract(&all)
}

fn inject(list: &str, cx: &Context) -> Headers {
    let mut headers = Headers::new();
    propagator(list).inject_context(cx, &mut headers);
    headers
}

fn traceparent(flags: &str) -> Headers {
    owned(&[
        ("traceparent", &format!("00-{TRACE}-{SPAN}-{flags}")),
        ("tracestate", "a=1"),
    ])
}

/// Returns the context itself, and one with a local span that follows the decision of its parent.
fn with_and_without_span(cx: &Context) -> [Context; 2] {
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
    let span = provider.tracer("test").start_with_context("span", cx);
    [cx.clone(), cx.with_span(span)]
}

fn trace_id(cx: &Context) -> String {
    cx.span().span_context().trace_id().to_string()
}

#[test]
fn random_flag_is_not_a_decision() {
    for name in NAMES {
        for list in orders("tracecontext", name) {
            for (flags, decision) in [("00", "0"), ("01", "1"), ("02", "0"), ("03", "1")] {
                let cx = extract(&list, &[traceparent(flags)]);
                for cx in with_and_without_span(&cx) {
                    let sent = inject(&list, &cx);
                    assert!(
                        sent["traceparent"].ends_with(flags),
                        "{list} {flags}: {sent:?}"
                    );
                    assert_eq!(decision_of(name, &sent), decision, "{list} {flags}");
                }
            }
        }
    }
}

#[test]
fn traceparent_completes_the_trace_at_any_place() {
    for name in NAMES {
        for list in orders("tracecontext", name) {
            for (flags, decision) in [("00", "0"), ("01", "1"), ("02", "0"), ("03", "1")] {
                for stated in [decision, ""] {
                    let headers = [headers_of(name, stated), traceparent(flags)];
                    let cx = extract(&list, &headers);
                    assert_eq!(trace_id(&cx), TRACE, "{list}");
                    for cx in with_and_without_span(&cx) {
                        let sent = inject(&list, &cx);
                        assert_eq!(sent["tracestate"], "a=1", "{list}");
                        assert!(
                            sent["traceparent"].ends_with(flags),
                            "{list} {flags}: {sent:?}"
                        );
                        assert_eq!(decision_of(name, &sent), decision, "{list} {flags}");
                    }
                }
            }
        }
    }
}

#[test]
fn deferred_decision_is_taken_from_kontur() {
    for name in NAMES {
        for list in orders("kontur", name) {
            for sampled in ["true", "false"] {
                let kontur = owned(&[
                    ("x-kontur-trace-id", TRACE),
                    ("x-kontur-trace-spanid", SPAN),
                    ("x-kontur-trace-issampled", sampled),
                ]);
                let cx = extract(&list, &[headers_of(name, ""), kontur]);
                for cx in with_and_without_span(&cx) {
                    let sent = inject(&list, &cx);
                    assert_eq!(sent["x-kontur-trace-issampled"], sampled, "{list}");
                    let decision = if sampled == "true" { "1" } else { "0" };
                    assert_eq!(decision_of(name, &sent), decision, "{list}");
                }
            }
        }
    }
}

#[test]
fn deferred_decision_is_no_random_flag() {
    for name in NAMES {
        for list in orders("tracecontext", name) {
            let cx = extract(&list, &[headers_of(name, "")]);
            assert_eq!(
                cx.span().span_context().trace_flags(),
                TraceFlags::default(),
                "{list}"
            );
            let sent = inject(&list, &cx);
            assert!(sent["traceparent"].ends_with("-00"), "{list}: {sent:?}");
            // Jaeger and OT trace cannot defer.
            let can_defer = !matches!(name, "jaeger" | "ottrace");
            assert_eq!(
                decision_of(name, &sent),
                if can_defer { "" } else { "0" },
                "{list}"
            );
        }
    }
}

#[test]
fn debug_is_written_only_by_its_own_format() {
    for name in ["b3", "b3multi", "jaeger"] {
        for other in NAMES.into_iter().filter(|other| *other != name) {
            for list in orders(name, other) {
                let cx = extract(&list, &[headers_of(name, "d")]);
                assert_eq!(cx.span().span_context().trace_flags(), TraceFlags::SAMPLED);
                for cx in with_and_without_span(&cx) {
                    let sent = inject(&list, &cx);
                    assert_eq!(decision_of(name, &sent), "d", "{list}");
                    let is_b3 = |name: &str| name.starts_with("b3");
                    let both_b3 = is_b3(name) && is_b3(other);
                    assert_eq!(
                        decision_of(other, &sent),
                        if both_b3 { "d" } else { "1" },
                        "{list}"
                    );
                }
            }
        }
    }
}

#[test]
fn debug_of_b3_beats_an_earlier_no() {
    for name in ["b3", "b3multi"] {
        for list in orders("tracecontext", name) {
            let cx = extract(&list, &[headers_of(name, "d"), traceparent("00")]);
            for cx in with_and_without_span(&cx) {
                let sent = inject(&list, &cx);
                assert!(sent["traceparent"].ends_with("-01"), "{list}: {sent:?}");
                assert_eq!(decision_of(name, &sent), "d", "{list}");
            }
        }
    }
}

#[test]
fn shortened_id_continues_the_longer_trace() {
    let short = format!("{}-{SPAN}-d", &TRACE[16..]);
    for (name, headers) in [
        ("ottrace", headers_of("ottrace", "1")),
        ("b3", owned(&[("b3", &short)])),
        (
            "jaeger",
            owned(&[("uber-trace-id", &format!("{}:{SPAN}:0:3", &TRACE[16..]))]),
        ),
    ] {
        for list in orders("tracecontext", name) {
            let cx = extract(&list, &[headers.clone(), traceparent("01")]);
            for cx in with_and_without_span(&cx) {
                assert_eq!(trace_id(&cx), TRACE, "{list}");
                let decision = if name == "ottrace" { "1" } else { "d" };
                assert_eq!(decision_of(name, &inject(&list, &cx)), decision, "{list}");
            }
        }
    }
}

#[test]
fn lineage_is_kept_with_the_longer_trace() {
    let mut headers = headers_of("xray", "1");
    let value = headers.get_mut("x-amzn-trace-id").unwrap();
    value.push_str(";Lineage=1:e65a2c4d:0");
    for list in orders("ottrace", "xray") {
        let cx = extract(&list, &[headers.clone(), headers_of("ottrace", "1")]);
        assert_eq!(trace_id(&cx), TRACE, "{list}");
        let sent = inject(&list, &cx);
        assert!(
            sent["x-amzn-trace-id"].ends_with(";Lineage=1:e65a2c4d:0"),
            "{list}: {sent:?}"
        );
        assert!(cx.baggage().is_empty());
    }
}

#[test]
fn nothing_of_tracestate_gets_into_other_headers() {
    for name in NAMES {
        for list in orders("tracecontext", name) {
            for tracestate in ["root=1-aaaa,sampled=1", "parent=bad", "xray=1", "b3=x"] {
                let mut headers = traceparent("01");
                headers.insert("tracestate".to_owned(), tracestate.to_owned());
                let sent = inject(&list, &extract(&list, &[headers]));
                assert_eq!(sent["tracestate"], tracestate, "{list}");
                assert_eq!(decision_of(name, &sent), "1", "{list}");
            }
        }
    }
}

#[test]
fn other_trace_later_in_the_list_wins() {
    let other = "463ac35c9f6413ad48485a3953bb6124";
    let traceparent = owned(&[("traceparent", &format!("00-{other}-{SPAN}-00"))]);
    for name in NAMES {
        let last = if name == "ottrace" {
            format!("{:0>32}", &TRACE[16..])
        } else {
            TRACE.to_owned()
        };
        for (list, expected) in orders("tracecontext", name).iter().zip([&*last, other]) {
            let cx = extract(list, &[headers_of(name, "d"), traceparent.clone()]);
            assert_eq!(trace_id(&cx), expected, "{list}");
            let sent = inject(list, &cx);
            if expected == other && name != "ottrace" {
                // Debug belongs to the trace that lost.
                assert!(
                    !sent.values().any(|value| value.ends_with("-d")),
                    "{list}: {sent:?}"
                );
                assert!(
                    !sent.values().any(|value| value.ends_with(":3")),
                    "{list}: {sent:?}"
                );
            }
        }
    }
}

#[test]
fn baggage_of_all_headers_fills_one_baggage() {
    let headers = [
        owned(&[
            ("baggage", "a=1,both=baggage;p=1"),
            ("traceparent", &format!("00-{TRACE}-{SPAN}-01")),
        ]),
        headers_of("jaeger", "1"),
        owned(&[("uberctx-b", "2"), ("uberctx-both", "jaeger")]),
        headers_of("ottrace", "1"),
        owned(&[("ot-baggage-c", "3")]),
    ];
    let names = ["tracecontext", "baggage", "jaeger", "ottrace"];
    for (list, both) in [
        ("tracecontext,baggage,jaeger,ottrace", "jaeger"),
        ("jaeger,ottrace,baggage,tracecontext", "baggage"),
        ("ottrace,baggage,jaeger", "jaeger"),
    ] {
        let cx = extract(list, &headers);
        for (key, value) in [("a", "1"), ("b", "2"), ("c", "3"), ("both", both)] {
            let found = cx.baggage().get(key).map(|value| value.to_string());
            assert_eq!(found.as_deref(), Some(value), "{list}: {key}");
        }
        let sent = inject(&names.join(","), &cx);
        assert_eq!(sent["baggage"].split(',').count(), 4, "{sent:?}");
        for prefix in ["uberctx-", "ot-baggage-"] {
            assert_eq!(
                sent.keys().filter(|name| name.starts_with(prefix)).count(),
                4,
                "{sent:?}"
            );
            assert_eq!(sent[&format!("{prefix}c")], "3");
        }
    }
}

#[test]
fn members_of_sentry_do_not_travel_in_other_baggage() {
    let jaeger = owned(&[
        ("uberctx-sentry-release", "1"),
        ("uberctx-%73entry-x", "1"),
        ("uberctx-a", "1"),
    ]);
    let ottrace = owned(&[("ot-baggage-sentry-release", "1"), ("ot-baggage-a", "1")]);
    for (name, baggage) in [("jaeger", jaeger), ("ottrace", ottrace)] {
        for list in orders("sentry", name) {
            let cx = extract(&list, &[headers_of(name, "1"), baggage.clone()]);
            assert_eq!(cx.baggage().len(), 1, "{list}");
        }
    }
}

#[test]
fn suppressed_propagation_writes_nothing() {
    let list = "b3,xray-lambda,jaeger,ottrace";
    let cx = extract(list, &[headers_of("b3", "1")]).with_propagation_suppressed();
    assert!(inject(list, &cx).is_empty());
}

#[test]
fn public_endpoint_drops_debug_and_lineage() {
    let mut headers = headers_of("xray", "1");
    headers
        .get_mut("x-amzn-trace-id")
        .unwrap()
        .push_str(";Lineage=1:e65a2c4d:0");
    headers.extend(headers_of("b3", "d"));
    let list = "b3,xray,jaeger";
    let builder = opentelemetry_autoprop::builder().public_endpoint();
    let cx = builder.from_list(list).unwrap().extract(&headers);
    // The service starts a trace, by chance with the same id.
    let parent = extract(list, &[headers]);
    let cx = cx.with_remote_span_context(parent.span().span_context().clone());
    let sent = inject(list, &cx);
    assert!(sent["b3"].ends_with("-1"), "{sent:?}");
    assert!(sent["x-amzn-trace-id"].ends_with(";Sampled=1"), "{sent:?}");
}
