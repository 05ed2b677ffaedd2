//! Tests with vectors of the reference implementation and with headers that real services sent.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_vostok::header::TRACING_CONTEXT;
use opentelemetry_propagator_vostok::{
    Entries, RequestPriority, TracingContext, VostokContextExt, VostokPropagator,
};
use serde_json::Value;

fn lines(jsonl: &str) -> impl Iterator<Item = Value> + '_ {
    jsonl
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
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

fn first_half(guid: &str) -> String {
    guid.replace('-', "")[..16].to_owned()
}

#[test]
fn extract_reads_reference_headers() {
    let mut count = 0;
    for vector in lines(include_str!("data/vostok-context-globals.jsonl")) {
        let header = text(&vector, "header");
        let entries = Entries::parse("context-globals", header).unwrap();
        let expected: Vec<_> = vector["entries"].as_array().unwrap().iter().collect();
        assert_eq!(entries.iter().count(), expected.len());
        for ((name, value), pair) in entries.iter().zip(expected) {
            assert_eq!(name, pair[0].as_str().unwrap().as_bytes());
            assert_eq!(value, pair[1].as_str().unwrap().as_bytes());
        }
        assert_eq!(entries.encode(), header, "byte for byte");

        let cx = extracted(header);
        let span_id = first_half(text(&vector, "span_guid"));
        assert_eq!(
            ids(&cx),
            (text(&vector, "trace_id").to_owned(), span_id),
            "{vector}"
        );
        assert!(cx.span().span_context().is_sampled());
        count += 1;
    }
    assert_eq!(count, 160);
}

#[test]
fn inject_writes_headers_that_read_back_unchanged() {
    for vector in lines(include_str!("data/vostok-context-globals.jsonl")) {
        let cx = extracted(text(&vector, "header"));
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

        let original = Entries::parse("context-globals", text(&vector, "header")).unwrap();
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

fn is_zero(id: &str) -> bool {
    id.bytes().all(|digit| digit == b'0')
}

/// Returns the expected trace and parent ids for a trace and span of FlowingContext. The parent has
/// the span's first 16 digits, or those of the trace if they are zero.
fn expected_ids(trace: &str, span: &str) -> (String, String) {
    let parent = [span, trace].into_iter().map(|id| &id[..16]);
    let parent = parent.into_iter().find(|id| !is_zero(id)).unwrap();
    (trace.to_owned(), parent.to_owned())
}

#[test]
fn extract_reads_odd_headers_as_flowing_context_does() {
    let (mut restored, mut before_malformed_data) = (0, 0);
    for vector in lines(include_str!("data/vostok-context-globals-odd.jsonl")) {
        let header = text(&vector, "header");
        let cx = extracted(header);
        let reference = &vector["flowing_context_restores"];
        if reference.is_null() {
            // The propagator differs only if a whole tracing entry precedes the malformed data.
            if cx.has_active_span() {
                assert!(Entries::parse("context-globals", header).is_err());
                assert!(cx.vostok_globals().is_empty(), "{vector}");
                before_malformed_data += 1;
            }
        } else if is_zero(text(reference, "trace_id")) {
            assert!(!cx.has_active_span(), "{vector}");
        } else {
            let (trace, span) = (text(reference, "trace_id"), text(reference, "span_guid"));
            assert_eq!(ids(&cx), expected_ids(trace, span), "{vector}");
            restored += 1;
        }
    }
    assert_eq!((restored, before_malformed_data), (12, 8));
}

#[test]
fn extract_of_odd_tracing_entries_keeps_priority() {
    let (mut traces, mut priorities) = (0, 0);
    for vector in lines(include_str!("data/vostok-tracing-entry-odd.jsonl")) {
        let cx = extracted(text(&vector, "header"));
        match vector["trace"].as_str() {
            Some(trace) if !is_zero(trace) => {
                let span = text(&vector, "span");
                assert_eq!(ids(&cx), expected_ids(trace, span), "{vector}");
                traces += 1;
            }
            _ => assert!(!cx.has_active_span(), "{vector}"),
        }
        let priority = cx.vostok_request_priority().map(RequestPriority::as_str);
        assert_eq!(priority, vector["priority"].as_str(), "{vector}");
        priorities += usize::from(priority.is_some());
    }
    assert_eq!((traces, priorities), (57, 118));
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
