//! Spans of the SDK that are started from an extracted context belong to its trace.

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Span, SpanId, TraceContextExt, TraceId, Tracer, TracerProvider};
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::trace::{
    IdGenerator, InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData,
};

const TRACE: &str = "27bb7faa48294cf49ae6007d70905468";
const PARENT: &str = "0bcd098a592642e4";

/// Serves a request. Returns its span and the headers of an outgoing call.
fn serve(list: &str, request: &dyn Extractor) -> (SpanData, HashMap<String, String>) {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let propagator = opentelemetry_autoprop::from_list(list).unwrap();

    let parent = propagator.extract_with_context(&Context::new(), request);
    let tracer = provider.tracer("test");
    let cx = parent.with_span(tracer.start_with_context("request", &parent));
    let mut outgoing = HashMap::new();
    propagator.inject_context(&cx, &mut outgoing);
    cx.span().end();
    drop(cx);

    provider.force_flush().unwrap();
    let mut spans = exporter.get_finished_spans().unwrap();
    assert_eq!(spans.len(), 1);
    (spans.remove(0), outgoing)
}

fn requests() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let globals = include_str!("../../../docs/captures/extern-certificate.http")
        .lines()
        .find_map(|line| line.strip_prefix("Context-Globals: "))
        .unwrap();
    vec![
        (
            "kontur",
            vec![
                ("x-kontur-trace-id", TRACE.to_owned()),
                ("x-kontur-trace-spanid", PARENT.to_owned()),
            ],
        ),
        (
            "vostok",
            vec![("context-globals", globals.trim().to_owned())],
        ),
        (
            "sentry",
            vec![("sentry-trace", format!("{TRACE}-{PARENT}-1"))],
        ),
        (
            "tracecontext",
            vec![("traceparent", format!("00-{TRACE}-{PARENT}-01"))],
        ),
    ]
}

fn assert_continued(format: &str, span: &SpanData, outgoing: &HashMap<String, String>) {
    assert_eq!(span.span_context.trace_id().to_string(), TRACE, "{format}");
    assert_eq!(span.parent_span_id.to_string(), PARENT, "{format}");
    assert!(span.parent_span_is_remote, "{format}");
    let span_id = span.span_context.span_id();
    assert_eq!(outgoing["x-kontur-trace-id"], TRACE, "{format}");
    assert_eq!(
        outgoing["x-kontur-trace-spanid"],
        span_id.to_string(),
        "{format}"
    );
    assert_eq!(
        outgoing["sentry-trace"],
        format!("{TRACE}-{span_id}-1"),
        "{format}"
    );
    assert_eq!(
        outgoing["traceparent"],
        format!("00-{TRACE}-{span_id}-01"),
        "{format}"
    );
    assert!(outgoing.contains_key("context-globals"), "{format}");
}

const ALL: &str = "tracecontext,kontur,vostok,sentry";

#[test]
fn span_continues_each_format_from_a_header_map() {
    for (format, lines) in requests() {
        let mut request = HeaderMap::new();
        for (name, value) in &lines {
            let name = HeaderName::from_static(name);
            request.insert(name, HeaderValue::from_str(value).unwrap());
        }
        let (span, outgoing) = serve(ALL, &HeaderExtractor(&request));
        assert_continued(format, &span, &outgoing);
    }
}

#[test]
fn span_continues_each_format_from_a_hash_map() {
    for (format, lines) in requests() {
        let request: HashMap<String, String> = lines
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let (span, outgoing) = serve(ALL, &request);
        assert_continued(format, &span, &outgoing);
    }
}

#[test]
fn span_keeps_the_decision_not_to_sample() {
    let request = HashMap::from([
        ("x-kontur-trace-id".to_owned(), TRACE.to_owned()),
        ("x-kontur-trace-spanid".to_owned(), PARENT.to_owned()),
        ("x-kontur-trace-issampled".to_owned(), "False".to_owned()),
    ]);
    let provider = SdkTracerProvider::builder().build();
    let propagator = opentelemetry_autoprop::from_list("kontur").unwrap();
    let parent = propagator.extract_with_context(&Context::new(), &request);
    let span = provider
        .tracer("test")
        .start_with_context("request", &parent);
    assert!(!span.is_recording());
    assert_eq!(span.span_context().trace_id().to_string(), TRACE);

    let mut outgoing = HashMap::new();
    propagator.inject_context(&parent.with_span(span), &mut outgoing);
    assert_eq!(outgoing["x-kontur-trace-issampled"], "false");
}

#[derive(Debug)]
struct FixedIds;

impl IdGenerator for FixedIds {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from_hex(TRACE).unwrap()
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from(7)
    }
}

/// Returns headers from a text, with the ids for `T`, the parent `P` and the span `S`.
fn headers(text: &str) -> HashMap<String, String> {
    let (time, random) = TRACE.split_at(8);
    let headers = text
        .split(" · ")
        .filter_map(|header| header.split_once(": "));
    let ids = |value: &str| {
        value
            .replace("1-T", &format!("1-{time}-{random}"))
            .replace("T-", &format!("{TRACE}-"))
            .replace("=P", &format!("={PARENT}"))
            .replace("-P", &format!("-{PARENT}"))
            .replace("=S;", "=0000000000000007;")
            .replace("-S-", "-0000000000000007-")
    };
    headers
        .map(|(name, value)| (name.to_owned(), ids(value)))
        .collect()
}

#[test]
fn call_carries_the_decision_of_the_span() {
    let parent_based = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    for (list, sampler, received, sent) in [
        ("b3", &parent_based, "", "b3: T-S-1"),
        ("b3", &parent_based, "b3: T-P-d", "b3: T-S-d"),
        ("b3", &parent_based, "b3: T-P-1", "b3: T-S-1"),
        ("b3", &Sampler::AlwaysOn, "b3: T-P", "b3: T-S-1"),
        (
            "b3,tracecontext",
            &Sampler::AlwaysOn,
            "b3: T-P",
            "b3: T-S-1 · traceparent: 00-T-S-01",
        ),
        (
            "xray",
            &Sampler::AlwaysOn,
            "x-amzn-trace-id: Root=1-T;Parent=P;Sampled=?",
            "x-amzn-trace-id: Root=1-T;Parent=S;Sampled=1",
        ),
        (
            "xray",
            &Sampler::AlwaysOff,
            "x-amzn-trace-id: Root=1-T;Parent=P;Sampled=?",
            "x-amzn-trace-id: Root=1-T;Parent=S;Sampled=0",
        ),
        (
            "tracecontext,xray",
            &parent_based,
            "traceparent: 00-T-P-03",
            "traceparent: 00-T-S-03 · x-amzn-trace-id: Root=1-T;Parent=S;Sampled=1",
        ),
        (
            "tracecontext,b3",
            &parent_based,
            "traceparent: 00-T-P-02",
            "traceparent: 00-T-S-02 · b3: T-S-0",
        ),
        (
            "sentry",
            &Sampler::AlwaysOn,
            "sentry-trace: T-P",
            "sentry-trace: T-S-1",
        ),
    ] {
        let propagator = opentelemetry_autoprop::from_list(list).unwrap();
        let tracer = SdkTracerProvider::builder()
            .with_id_generator(FixedIds)
            .with_sampler(sampler.clone())
            .build()
            .tracer("test");
        let parent = propagator.extract(&headers(received));
        let cx = parent.with_span(tracer.start_with_context("request", &parent));
        let mut outgoing = HashMap::new();
        propagator.inject_context(&cx, &mut outgoing);
        assert_eq!(outgoing, headers(sent), "{list}, {sampler:?}, {received}");
    }
}
