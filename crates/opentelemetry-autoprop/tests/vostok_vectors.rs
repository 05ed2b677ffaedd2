//! The vectors of Vostok's reference implementation, read by a list of formats.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_autoprop::from_list;
use opentelemetry_propagator_vostok::{RequestPriority, VostokContextExt, VostokPropagator};
use serde_json::Value;

const VECTORS: [&str; 3] = [
    include_str!("../../opentelemetry-propagator-vostok/tests/data/vostok-context-globals.jsonl"),
    include_str!(
        "../../opentelemetry-propagator-vostok/tests/data/vostok-context-globals-odd.jsonl"
    ),
    include_str!("../../opentelemetry-propagator-vostok/tests/data/vostok-tracing-entry-odd.jsonl"),
];

const LISTS: [&str; 3] = [
    "vostok",
    "tracecontext,baggage,kontur,vostok,sentry",
    "sentry,vostok,kontur,baggage,tracecontext",
];

fn vectors(jsonl: &str) -> Vec<Value> {
    let lines = jsonl.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

fn request(vector: &Value) -> HashMap<String, String> {
    let header = vector["header"].as_str().unwrap();
    HashMap::from([("context-globals".to_owned(), header.to_owned())])
}

#[test]
fn vectors_mean_the_same_in_a_list_and_alone() {
    let alone = VostokPropagator::new();
    for list in LISTS {
        let (mut traces, mut count) = (0, 0);
        let propagator = from_list(list).unwrap();
        for vector in VECTORS.into_iter().flat_map(vectors) {
            let request = request(&vector);
            let expected = alone.extract_with_context(&Context::new(), &request);
            let cx = propagator.extract_with_context(&Context::new(), &request);
            let (span, expected_span) = (cx.span(), expected.span());
            assert_eq!(span.span_context(), expected_span.span_context());
            assert_eq!(cx.vostok_globals(), expected.vostok_globals());
            traces += usize::from(cx.has_active_span());

            let (mut sent, mut sent_alone) = (HashMap::new(), HashMap::new());
            propagator.inject_context(&cx, &mut sent);
            alone.inject_context(&expected, &mut sent_alone);
            sent.retain(|name, _| alone.fields().any(|field| field == name));
            assert_eq!(sent, sent_alone, "{vector}");
            count += 1;
        }
        assert_eq!((count, traces), (401, 160 + 20 + 57), "{list}");
    }
}

#[test]
fn odd_tracing_entries_lose_only_the_trace() {
    for list in LISTS {
        let propagator = from_list(list).unwrap();
        for vector in vectors(VECTORS[2]) {
            let cx = propagator.extract_with_context(&Context::new(), &request(&vector));
            let trace = vector["trace"].as_str();
            let trace = trace.filter(|id| id.bytes().any(|digit| digit != b'0'));
            let found = cx.span().span_context().trace_id().to_string();
            let found = cx.has_active_span().then_some(found);
            assert_eq!(found.as_deref(), trace, "{vector}");
            let priority = cx.vostok_request_priority().map(RequestPriority::as_str);
            assert_eq!(priority, vector["priority"].as_str(), "{vector}");
        }
    }
}

#[test]
fn request_priority_survives_a_list_both_ways() {
    for list in LISTS {
        let propagator = from_list(list).unwrap();
        let incoming = HashMap::from([("request-priority".to_owned(), "Critical".to_owned())]);
        let cx = propagator.extract_with_context(&Context::new(), &incoming);
        let mut outgoing = HashMap::new();
        propagator.inject_context(&cx, &mut outgoing);
        assert_eq!(outgoing["request-priority"], "Critical");

        outgoing.remove("request-priority");
        let next = propagator.extract_with_context(&Context::new(), &outgoing);
        assert_eq!(
            next.vostok_request_priority(),
            Some(RequestPriority::Critical)
        );
    }
}
