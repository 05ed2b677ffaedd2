//! Tests of the propagators through carriers: continuation and outgoing headers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use http::HeaderMap;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_core::{Format, ParentMerger, RemoteParent, Request};
use opentelemetry_propagator_xray::{XrayLambdaPropagator, XrayPropagator, XrayTrace};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use proptest::prelude::*;

const HEADER: &str = "x-amzn-trace-id";
const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";
const IDS: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8";
const TRACE: &str = "5759e988bd862e3fe1be46a994272793";
const OTHER: &str = "Root=1-00000001-000000000000000000000001;Parent=0000000000000001;Sampled=1";

fn extract_into(cx: &Context, propagator: &dyn TextMapPropagator, lines: &[&str]) -> Context {
    let mut map = HeaderMap::new();
    for line in lines {
        map.append(HEADER, line.parse().unwrap());
    }
    propagator.extract_with_context(cx, &HeaderExtractor(&map))
}

fn extract(propagator: &dyn TextMapPropagator, lines: &[&str]) -> Context {
    extract_into(&Context::new(), propagator, lines)
}

fn sent(propagator: &dyn TextMapPropagator, cx: &Context) -> Option<String> {
    let mut headers = HashMap::new();
    propagator.inject_context(cx, &mut headers);
    headers.remove(HEADER)
}

fn trace_id(cx: &Context) -> String {
    cx.span().span_context().trace_id().to_string()
}

/// Returns a context with an SDK span as the child of the current span.
fn with_span(cx: &Context, sampler: Sampler) -> Context {
    let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
    let span = provider.tracer("test").start_with_context("span", cx);
    cx.with_span(span)
}

fn lambda(variable: Option<&str>) -> XrayLambdaPropagator {
    let variable = variable.map(str::to_owned);
    XrayLambdaPropagator::builder()
        .lookup(move |_| variable.clone())
        .build()
}

#[test]
fn extract_reads_ids_and_decision() {
    for (rest, sampled) in [
        (";Sampled=1", true),
        (";Sampled=0", false),
        (";Sampled=?", false),
    ] {
        let cx = extract(&XrayPropagator::new(), &[&format!("{IDS}{rest}")]);
        let expected = SpanContext::new(
            TraceId::from_hex(TRACE).unwrap(),
            SpanId::from(0x53995c3f42cd8ad8),
            TraceFlags::default().with_sampled(sampled),
            true,
            TraceState::NONE,
        );
        assert_eq!(cx.span().span_context(), &expected, "{rest}");
    }
}

#[test]
fn extract_takes_the_first_element_with_a_trace() {
    let good = format!("{IDS};Sampled=1");
    let joined = format!("{ROOT}, {good},{OTHER}");
    for lines in [
        &[&*good, OTHER][..],
        &["", &good],
        &["garbage", &good, OTHER],
        &[ROOT, &good, OTHER],
        &[&joined],
    ] {
        let cx = extract(&XrayPropagator::new(), lines);
        assert_eq!(trace_id(&cx), TRACE, "{lines:?}");
        assert!(cx.span().span_context().is_sampled(), "{lines:?}");
    }
    let mixed = format!("{ROOT};Self=x,Parent=53995c3f42cd8ad8;Sampled=1");
    assert!(!extract(&XrayPropagator::new(), &[&mixed]).has_active_span());
}

#[test]
fn header_without_a_parent_is_ignored_by_default() {
    for rest in [
        "",
        ";Sampled=1",
        ";Parent=;Sampled=1",
        ";Parent=x",
        ";Parent=0000000000000000",
    ] {
        let value = format!("{ROOT}{rest}");
        assert!(
            !extract(&XrayPropagator::new(), &[&value]).has_active_span(),
            "{rest}"
        );

        let builder = XrayPropagator::builder().allow_missing_span_id(true);
        let cx = extract(&builder.build(), &[&value]);
        assert_eq!(trace_id(&cx), TRACE, "{rest}");
        let span = cx.span();
        assert_eq!(span.span_context().span_id().to_string(), TRACE[..16]);
        assert_eq!(span.span_context().is_sampled(), rest.contains("Sampled=1"));
    }
}

#[test]
fn allow_missing_span_id_prefers_a_header_with_a_parent() {
    let propagator = XrayPropagator::builder()
        .allow_missing_span_id(true)
        .build();
    let cx = extract(
        &propagator,
        &["Root=1-00000001-000000000000000000000001", IDS],
    );
    assert_eq!(trace_id(&cx), TRACE);
}

#[test]
fn deferred_decision_is_sent_without_sampled() {
    for undecided in ["", ";Sampled=?", ";Sampled=2"] {
        for sampled in [false, true] {
            let builder = XrayPropagator::builder().sample_when_undecided(sampled);
            let propagator = builder.build();
            let cx = extract(&propagator, &[&format!("{IDS}{undecided}")]);
            assert_eq!(cx.span().span_context().is_sampled(), sampled);
            assert_eq!(sent(&propagator, &cx).as_deref(), Some(IDS));
            let decided = with_span(&cx, Sampler::AlwaysOn);
            assert!(sent(&propagator, &decided).unwrap().ends_with(";Sampled=1"));
        }
    }
}

#[test]
fn lineage_is_sent_on_with_its_trace() {
    let propagator = XrayPropagator::new();
    let value = format!("{IDS};Sampled=1;Lineage=32767:e65a2c4d:255");
    let cx = extract(&propagator, &[&value]);
    assert!(cx.baggage().is_empty());
    assert_eq!(sent(&propagator, &cx).as_deref(), Some(&*value));
    let local = with_span(&cx, Sampler::AlwaysOff);
    assert!(sent(&propagator, &local)
        .unwrap()
        .ends_with(";Sampled=0;Lineage=32767:e65a2c4d:255"));

    let later = extract_into(&cx, &propagator, &[&format!("{IDS};Sampled=1")]);
    assert_eq!(sent(&propagator, &later), Some(format!("{IDS};Sampled=1")));
    let other = extract_into(&cx, &propagator, &[OTHER]);
    assert_eq!(sent(&propagator, &other).as_deref(), Some(OTHER));

    for invalid in [
        "1:badc0de:13",
        "32768:e65a2c4d:0",
        "1:e65a2c4d:256",
        "12326a9d:0",
        "x\\",
    ] {
        let cx = extract(
            &propagator,
            &[&format!("{IDS};Sampled=1;Lineage={invalid}")],
        );
        assert_eq!(
            sent(&propagator, &cx),
            Some(format!("{IDS};Sampled=1")),
            "{invalid}"
        );
    }
    let without = XrayPropagator::builder().forward_lineage(false).build();
    let cx = extract(&without, &[&value]);
    assert_eq!(sent(&without, &cx), Some(format!("{IDS};Sampled=1")));
}

#[test]
fn unknown_fields_and_tracestate_are_not_sent() {
    let propagator = XrayPropagator::new();
    let cx = extract(
        &propagator,
        &[&format!("Self=1-0-x;{IDS};Sampled=1;Called=a=b")],
    );
    assert_eq!(sent(&propagator, &cx), Some(format!("{IDS};Sampled=1")));

    let span = cx.span();
    let parent = span.span_context();
    let cx = Context::new().with_remote_span_context(SpanContext::new(
        parent.trace_id(),
        parent.span_id(),
        TraceFlags::new(3),
        true,
        "root=x".parse().unwrap(),
    ));
    assert_eq!(sent(&propagator, &cx), Some(format!("{IDS};Sampled=1")));
    assert_eq!(sent(&propagator, &Context::new()), None);
}

#[test]
fn lambda_prefers_the_variable_to_the_header() {
    let variable = format!("{IDS};Sampled=0;Lineage=1:e65a2c4d:0");
    let propagator = lambda(Some(&variable));
    for lines in [&[][..], &[OTHER]] {
        let cx = extract(&propagator, lines);
        assert_eq!(sent(&propagator, &cx).as_deref(), Some(&*variable));
    }
    for variable in [None, Some(""), Some("x"), Some(ROOT)] {
        let cx = extract(&lambda(variable), &[OTHER]);
        assert_eq!(
            sent(&propagator, &cx).as_deref(),
            Some(OTHER),
            "{variable:?}"
        );
        assert!(!extract(&lambda(variable), &[]).has_active_span());
    }
}

#[test]
fn lambda_reads_the_variable_at_each_extraction() {
    let variable = Arc::new(Mutex::new(None));
    let shared = Arc::clone(&variable);
    let builder = XrayLambdaPropagator::builder();
    let propagator = builder
        .lookup(move |_| shared.lock().unwrap().clone())
        .build();
    for value in [IDS, OTHER] {
        *variable.lock().unwrap() = Some(value.to_owned());
        let cx = extract(&propagator, &[]);
        assert_eq!(sent(&propagator, &cx).as_deref(), Some(value));
    }
}

#[test]
fn lambda_does_not_read_the_variable_if_there_is_a_trace() {
    let propagator = XrayLambdaPropagator::builder()
        .lookup(|name| panic!("{name} must not be read"))
        .build();
    let held = extract(&XrayPropagator::new(), &[IDS]);
    assert_eq!(trace_id(&extract_into(&held, &propagator, &[])), TRACE);
    let cx = extract_into(&held, &propagator, &[OTHER]);
    assert_eq!(sent(&propagator, &cx).as_deref(), Some(OTHER));

    let headers = HashMap::new();
    let mut request = Request::new(&headers, &[]);
    let mut merger = ParentMerger::new();
    merger.add(RemoteParent::new(TraceId::from(7)));
    propagator.read(&Context::new(), &mut request, &mut merger);
    assert_eq!(merger.current().unwrap().trace_id, TraceId::from(7));
}

#[test]
fn lambda_has_the_options_of_xray() {
    let lineage = format!("{ROOT};Lineage=1:e65a2c4d:0");
    let propagator = XrayLambdaPropagator::builder()
        .allow_missing_span_id(true)
        .sample_when_undecided(true)
        .forward_lineage(false)
        .lookup(move |_| Some(lineage.clone()))
        .build();
    let cx = extract(&propagator, &[]);
    assert!(cx.span().span_context().is_sampled());
    let expected = format!("{ROOT};Parent={}", &TRACE[..16]);
    assert_eq!(sent(&propagator, &cx), Some(expected));
}

#[test]
fn xray_does_not_read_the_variable_from_a_carrier() {
    let headers = HashMap::from([("_x_amzn_trace_id".to_owned(), IDS.to_owned())]);
    assert!(!XrayPropagator::new().extract(&headers).has_active_span());
    assert!(!lambda(None).extract(&headers).has_active_span());
    assert!(XrayPropagator::new().fields().eq([HEADER]));
    assert!(lambda(None).fields().eq([HEADER]));
}

proptest! {
    #[test]
    fn ids_and_decision_survive(trace_id in 1u128.., span_id in 1u64.., sampled: bool) {
        let cx = Context::new().with_remote_span_context(SpanContext::new(
            TraceId::from(trace_id),
            SpanId::from(span_id),
            TraceFlags::default().with_sampled(sampled),
            true,
            TraceState::NONE,
        ));
        let propagator = XrayPropagator::new();
        let read = extract(&propagator, &[&sent(&propagator, &cx).unwrap()]);
        let (read_span, span) = (read.span(), cx.span());
        prop_assert_eq!(read_span.span_context(), span.span_context());
    }

    #[test]
    fn any_text_is_harmless(value in "((Root|Parent|Sampled|Lineage|x)?[ =]{0,2}[-0-9a-f:1?,;]{0,40};?){0,6}") {
        if let Ok(trace) = XrayTrace::parse(&value) {
            let encoded = trace.encode();
            prop_assert_eq!(XrayTrace::parse(&encoded), Ok(trace));
            prop_assert!(encoded.len() <= 101);
        }
    }

    #[test]
    fn the_usual_form_is_read_like_any_other(
        time in "[0-9a-f]{8}|0{8}", random in "[0-9a-f]{24}|0{24}", span_id in "[0-9a-f]{16}|0{16}",
        sampled in "[01?x]",
    ) {
        let usual = format!("Root=1-{time}-{random};Parent={span_id};Sampled={sampled}");
        let reordered = format!("Sampled={sampled};Parent={span_id};Root=1-{time}-{random}");
        prop_assert_eq!(XrayTrace::parse(&usual), XrayTrace::parse(&reordered));
    }
}

#[test]
fn default_has_the_default_options() {
    let (default, new) = (XrayPropagator::default(), XrayPropagator::new());
    assert_eq!(format!("{default:?}"), format!("{new:?}"));
}

#[test]
fn lambda_debug_shows_the_options() {
    let builder = XrayLambdaPropagator::builder().forward_lineage(false);
    let debug = [format!("{builder:?}"), format!("{:?}", builder.build())];
    for debug in debug {
        assert!(debug.starts_with("XrayLambdaPropagator"), "{debug}");
        assert!(debug.contains("forward_lineage: false"), "{debug}");
    }
}
