//! Lists of formats of this family, a format of another project, and propagators of others.

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use opentelemetry_autoprop::{builder, Foreign, Propagator};
use opentelemetry_propagator_sentry::SentryPropagator;
use opentelemetry_sdk::propagation as sdk;
use third_party::Acme;

type Headers = HashMap<String, String>;

const T: &str = "27bb7faa48294cf49ae6007d70905468";
const S: &str = "0bcd098a592642e4";
const OTHER: &str = "771a43a4192642f0b136d5159a501700";

fn headers(headers: &[(&str, &str)]) -> Headers {
    let headers = headers.iter();
    headers
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

/// Sends a request through a service, and returns the headers of its outgoing request.
fn next_hop(propagator: &Propagator, request: &Headers) -> Headers {
    let mut sent = Headers::new();
    let cx = propagator.extract_with_context(&Context::new(), request);
    propagator.inject_context(&cx, &mut sent);
    sent
}

/// Returns the members of `baggage`, sorted.
fn members(headers: &Headers) -> Vec<&str> {
    let line = headers.get("baggage").map_or("", String::as_str);
    let mut members: Vec<_> = line
        .split(',')
        .filter(|member| !member.is_empty())
        .collect();
    members.sort_unstable();
    members
}

#[test]
fn registered_format_merges_under_any_name() {
    let request = headers(&[
        ("x-acme", &format!("{T}/{S}")),
        ("x-kontur-trace-id", T),
        ("x-kontur-trace-issampled", "false"),
        ("traceparent", &format!("00-{T}-{S}-03")),
        ("tracestate", "a=1"),
    ]);
    for propagator in [
        builder()
            .with_format(Acme)
            .from_list("acme,kontur,tracecontext"),
        builder()
            .register("other", Acme)
            .from_list("other,kontur,tracecontext"),
    ] {
        let sent = next_hop(&propagator.unwrap(), &request);
        assert_eq!(sent["x-kontur-trace-issampled"], "false");
        assert_eq!(sent["traceparent"], format!("00-{T}-{S}-02"));
        assert_eq!(sent["tracestate"], "a=1");
    }
}

#[test]
fn owned_members_do_not_multiply_over_hops() {
    for (name, list) in [
        ("acme", "acme,baggage,edge-sentry"),
        ("edge", "baggage,edge-sentry,edge"),
        ("edge", "edge-sentry,sentry,baggage,edge"),
    ] {
        let propagator = builder()
            .register(name, Acme)
            .register("edge-sentry", SentryPropagator::new())
            .from_list(list)
            .unwrap();
        let mut request = headers(&[
            ("x-acme", &format!("{T}/{S}")),
            ("sentry-trace", &format!("{T}-{S}-1")),
            ("baggage", "sentry-a=1,acme-b=2,user=3,%61cme-c=4"),
        ]);
        for _hop in 0..4 {
            request = next_hop(&propagator, &request);
            let expected = ["%61cme-c=4", "acme-b=2", "sentry-a=1", "user=3"];
            assert_eq!(members(&request), expected, "{list}");
        }
    }
}

#[test]
fn owned_members_are_dropped_without_their_header() {
    let propagator = builder()
        .with_format(Acme)
        .from_list("baggage,acme,sentry")
        .unwrap();
    let request = headers(&[(
        "baggage",
        "%73entry-public_key=x,acme-b=2,user=3,sentry-a=1",
    )]);
    assert_eq!(members(&next_hop(&propagator, &request)), ["user=3"]);
}

#[test]
fn owned_members_come_first() {
    let propagator = builder()
        .with_format(Acme)
        .from_list("baggage,acme")
        .unwrap();
    let user: Vec<_> = (0..64).map(|i| format!("k{i}=v")).collect();
    let request = headers(&[
        ("x-acme", &format!("{T}/{S}")),
        ("baggage", &format!("{},acme-b=2", user.join(","))),
    ]);
    let sent = next_hop(&propagator, &request);
    assert!(sent["baggage"].starts_with("acme-b=2,"));
    assert_eq!(members(&sent).len(), 64);
}

fn boxed() -> Box<dyn TextMapPropagator + Send + Sync> {
    Box::new(sdk::TraceContextPropagator::new())
}

#[test]
fn foreign_states_what_a_span_context_shows() {
    for foreign in [
        Foreign::new(sdk::TraceContextPropagator::new()),
        Foreign::new(boxed()),
    ] {
        let propagator = builder()
            .register("sdk", foreign)
            .from_list("kontur,sdk")
            .unwrap();
        let request = |trace_id: &str| {
            headers(&[
                ("x-kontur-trace-id", trace_id),
                ("traceparent", &format!("00-{T}-{S}-03")),
                ("tracestate", "a=1"),
            ])
        };
        for trace_id in [T, OTHER] {
            let sent = next_hop(&propagator, &request(trace_id));
            assert_eq!(sent["traceparent"], format!("00-{T}-{S}-01"));
            assert_eq!(sent["tracestate"], "a=1");
        }
    }
}

#[test]
fn foreign_does_not_hide_the_facts_of_later_formats() {
    let propagator = builder()
        .register("sdk", Foreign::new(sdk::TraceContextPropagator::new()))
        .from_list("sdk,tracecontext")
        .unwrap();
    let request = headers(&[("traceparent", &format!("00-{T}-{S}-03"))]);
    assert_eq!(
        next_hop(&propagator, &request)["traceparent"],
        format!("00-{T}-{S}-03")
    );
}

#[test]
fn foreign_baggage_joins_the_shared_header() {
    let propagator = builder()
        .register("sdk", Foreign::new(sdk::BaggagePropagator::new()))
        .from_list("sdk,sentry,baggage")
        .unwrap();
    let request = headers(&[
        ("sentry-trace", &format!("{T}-{S}-1")),
        ("baggage", "sentry-a=1,user=3"),
    ]);
    assert_eq!(
        members(&next_hop(&propagator, &request)),
        ["sentry-a=1", "user=3"]
    );
}

#[test]
fn foreign_alone_leaks_no_owned_member() {
    let propagator = builder()
        .register("sdk", Foreign::new(sdk::BaggagePropagator::new()))
        .extract_only(["sentry"])
        .from_list("sdk,sentry")
        .unwrap();
    let cx = Context::new().with_baggage([KeyValue::new("sentry-a", "1"), KeyValue::new("b", "2")]);
    let mut sent = Headers::new();
    propagator.inject_context(&cx, &mut sent);
    assert_eq!(members(&sent), ["b=2"]);
}

/// A propagator that sets an invalid span, and baggage.
#[derive(Debug)]
struct Wiping;

impl TextMapPropagator for Wiping {
    fn inject_context(&self, _cx: &Context, _injector: &mut dyn Injector) {}

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        cx.with_remote_span_context(SpanContext::NONE)
            .with_baggage([KeyValue::new("tenant", "kontur")])
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}

#[test]
fn foreign_with_an_invalid_span_has_not_spoken() {
    let request = headers(&[("traceparent", &format!("00-{T}-{S}-01"))]);
    for list in ["wiping,tracecontext", "tracecontext,wiping", "wiping"] {
        let propagator = builder()
            .register("wiping", Foreign::new(Wiping))
            .from_list(list)
            .unwrap();
        let before = builder().from_list("tracecontext").unwrap();
        let before = before.extract_with_context(&Context::new(), &request);
        let cx = propagator.extract_with_context(&before, &request);
        assert_eq!(
            cx.span().span_context(),
            before.span().span_context(),
            "{list}"
        );
        assert_eq!(
            cx.baggage().get("tenant").unwrap().as_str(),
            "kontur",
            "{list}"
        );
    }
}

#[test]
fn strict_refusal_keeps_nothing_of_the_request() {
    let sentry = SentryPropagator::builder()
        .org_id("1")
        .strict_trace_continuation(true)
        .build()
        .unwrap();
    let propagator = builder()
        .with_format(sentry)
        .register("sdk", Foreign::new(sdk::TraceContextPropagator::new()))
        .from_list("sdk,baggage,sentry")
        .unwrap();
    let request = headers(&[
        ("traceparent", &format!("00-{T}-{S}-01")),
        ("sentry-trace", &format!("{T}-{S}-1")),
        ("baggage", "sentry-org_id=2,user=3"),
    ]);
    let before = Context::new().with_baggage([KeyValue::new("kept", "1")]);
    let cx = propagator.extract_with_context(&before, &request);
    assert!(!cx.has_active_span());
    assert_eq!(cx.baggage().len(), 1);
    assert!(cx.baggage().get("kept").is_some());
}
