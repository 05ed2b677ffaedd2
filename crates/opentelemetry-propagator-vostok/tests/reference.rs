//! Tests with headers that the reference implementation or real services wrote.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_vostok::header::TRACING_CONTEXT;
use opentelemetry_propagator_vostok::{
    Entries, RequestPriority, TracingContext, VostokContextExt, VostokPropagator,
};
use serde_json::Value;

/// Returns the headers of the reference serializer, and the entries that they contain.
fn reference() -> Vec<(String, Vec<[String; 2]>)> {
    let lines = include_str!("../../../docs/vectors/vostok.jsonl").lines();
    let cases = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let headers = cases.filter_map(|mut case| {
        let entries = serde_json::from_value(case.get_mut("entries")?.take()).unwrap();
        Some((case["received"][0][1].as_str()?.to_owned(), entries))
    });
    let headers: Vec<_> = headers.collect();
    assert_eq!(headers.len(), 160);
    headers
}

fn extracted(header: &str) -> Context {
    let request = HashMap::from([("context-globals".to_owned(), header.to_owned())]);
    VostokPropagator::new().extract_with_context(&Context::new(), &request)
}

fn injected(cx: &Context) -> String {
    let mut request = HashMap::new();
    VostokPropagator::new().inject_context(cx, &mut request);
    request.remove("context-globals").unwrap()
}

fn ids(cx: &Context) -> (String, String) {
    let span = cx.span();
    let span_context = span.span_context();
    assert_eq!(span_context.is_remote(), span_context.is_valid());
    (
        span_context.trace_id().to_string(),
        span_context.span_id().to_string(),
    )
}

#[test]
fn entries_of_reference_headers_are_read_and_written() {
    for (header, expected) in reference() {
        let entries = Entries::parse("context-globals", &header).unwrap();
        assert_eq!(entries.iter().count(), expected.len());
        for ((name, value), pair) in entries.iter().zip(expected) {
            assert_eq!([name, value], [pair[0].as_bytes(), pair[1].as_bytes()]);
        }
        assert_eq!(entries.encode(), header, "byte for byte");
    }
}

#[test]
fn inject_writes_headers_that_read_back_unchanged() {
    for (header, _) in reference() {
        let cx = extracted(&header);
        let outgoing = injected(&cx);
        let entries = Entries::parse("context-globals", &outgoing).unwrap();

        let names: Vec<_> = entries.iter().map(|(name, _)| name).collect();
        assert_eq!(
            names[0],
            TRACING_CONTEXT.as_bytes(),
            "the tracing entry comes first"
        );
        let tracing: TracingContext = entries.get_str(TRACING_CONTEXT).unwrap().parse().unwrap();
        assert!(tracing.span().to_string().ends_with("-0000-000000000000"));
        let again = extracted(&outgoing);
        assert_eq!(ids(&again), ids(&cx));
        assert_eq!(again.vostok_globals(), cx.vostok_globals());
        assert_eq!(injected(&again), outgoing, "byte for byte");

        let original = Entries::parse("context-globals", &header).unwrap();
        let priority = original.get_str("vostok.request.priority");
        assert_eq!(entries.get_str("vostok.request.priority"), priority);
        let forwarded = 1 + usize::from(priority.is_some());
        assert_eq!(
            names.len(),
            forwarded,
            "only entries on the allow-list are sent"
        );
    }
}

#[test]
fn round_trip_keeps_the_priority_of_captured_headers() {
    for (capture, trace_id, span_id) in [
        (
            include_str!("../../../docs/captures/extern-certificate.http"),
            "27bb7faa48294cf49ae6007d70905468",
            "0bcd098a592642e4",
        ),
        (
            include_str!("../../../docs/captures/extern-token.http"),
            "5ea7d9c5570c41cb966c9f7af263b2a8",
            "2a7fc1db7c744ef3",
        ),
    ] {
        let header = capture
            .lines()
            .find_map(|line| line.strip_prefix("Context-Globals: "))
            .unwrap();
        let cx = extracted(header.trim());
        assert_eq!(ids(&cx), (trace_id.to_owned(), span_id.to_owned()));
        assert_eq!(
            cx.vostok_request_priority(),
            Some(RequestPriority::Ordinary)
        );

        let next = extracted(&injected(&cx));
        assert_eq!(ids(&next), ids(&cx));
        assert_eq!(
            next.vostok_request_priority(),
            Some(RequestPriority::Ordinary)
        );
        assert_eq!(next.span().span_context(), cx.span().span_context());
    }
}
