//! The headers of the request to the next service, over HTTP and gRPC.

use std::collections::BTreeMap;

use axum::http::{header, HeaderMap};
use demo::caller::{Caller, CALLERS};
use demo::chain::get;
use demo::collector::{Collector, Span};
use demo::load::requests;
use demo::telemetry::PROPAGATORS;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_vostok::{RequestPriority, VostokContextExt};

use crate::recorder::Recorder;
use crate::service;

/// Returns the context that one propagator reads from a request.
fn read_by(propagator: &str, headers: &HeaderMap) -> Context {
    opentelemetry_autoprop::from_list(propagator)
        .unwrap()
        .extract_with_context(&Context::new(), &HeaderExtractor(headers))
}

fn caller(name: &str) -> &'static Caller {
    name.parse().unwrap()
}

/// Returns the trace, the span and the decision that each propagator reads from a request.
fn read_by_all(headers: &HeaderMap) -> Vec<(String, String, bool)> {
    let each = PROPAGATORS.split(',').map(|propagator| {
        let context = read_by(propagator, headers);
        let span = context.span();
        let span = span.span_context();
        (
            span.trace_id().to_string(),
            span.span_id().to_string(),
            span.is_sampled(),
        )
    });
    each.collect()
}

/// The results of two requests through a service to the next one, over HTTP and over gRPC.
struct Passed {
    /// The headers that the next service received.
    requests: [HeaderMap; 2],
    /// The spans of the service.
    spans: Vec<Span>,
}

/// Sends requests with these headers through a service with these variables.
async fn pass(headers: &[(&str, &str)], variables: &[(&str, &str)]) -> Passed {
    let mut collector = Collector::start().unwrap();
    let mut recorder = Recorder::start().await;
    let mut requests = [HeaderMap::new(), HeaderMap::new()];
    for (next, request) in recorder.addresses().iter().zip(&mut requests) {
        let endpoint = collector.endpoint();
        let besides = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
            ("DEMO_NEXT", next),
        ];
        let service = service(&[variables, &besides].concat()).await;
        let url = format!("http://{}/next", service.address());
        let response = get(&url, headers).await.unwrap();
        assert_eq!(response.text().await.unwrap(), "remembered");
        *request = recorder.request().await;
        assert_eq!(service.stop().await.unwrap(), [""; 0]);
    }
    Passed {
        requests,
        spans: collector.received().to_vec(),
    }
}

#[tokio::test]
async fn next_request_has_all_headers_of_the_list() {
    for caller in &CALLERS {
        let passed = pass(&caller.headers(), &[]).await;
        let mut clients = passed.spans.iter().filter(|it| it.kind == "client");
        for headers in passed.requests {
            let client = clients.next().unwrap();
            let client = (caller.trace_id.to_owned(), client.span_id.clone(), true);
            assert_eq!(read_by_all(&headers), vec![client; 4], "{caller:?}");
        }
    }
}

#[tokio::test]
async fn next_request_has_the_data_of_the_trace() {
    for headers in pass(&caller("vostok").headers(), &[]).await.requests {
        let priority = read_by("vostok", &headers).vostok_request_priority();
        assert_eq!(priority, Some(RequestPriority::Ordinary));
    }
    for headers in pass(&caller("traceparent").headers(), &[]).await.requests {
        assert_eq!(headers["tracestate"], "vendor=opaque");
    }
    let sentry = caller("sentry");
    let (_, baggage) = sentry.headers()[1];
    for headers in pass(&sentry.headers(), &[]).await.requests {
        assert_eq!(headers["baggage"], baggage);
    }
}

#[tokio::test]
async fn next_request_has_baggage_of_several_lines() {
    let trace = caller("sentry").headers()[0];
    let headers = [
        trace,
        ("baggage", "sentry-public_key=49d0f738"),
        ("baggage", "user=7,sentry-environment=production"),
    ];
    let [over_http, _] = pass(&headers, &[]).await.requests;
    assert_eq!(
        over_http["baggage"],
        "sentry-public_key=49d0f738,sentry-environment=production"
    );
}

#[tokio::test]
async fn next_request_without_sdk_has_the_incoming_span() {
    for caller in &CALLERS {
        let passed = pass(&caller.headers(), &[("OTEL_SDK_DISABLED", "True")]).await;
        for headers in passed.requests {
            let came = (caller.trace_id.to_owned(), caller.span_id.to_owned(), true);
            assert_eq!(read_by_all(&headers), vec![came; 4], "{caller:?}");
        }
        assert_eq!(passed.spans, [], "{caller:?}");
    }
}

#[tokio::test]
async fn next_request_without_propagators_has_no_trace() {
    for caller in &CALLERS {
        let none = [("OTEL_PROPAGATORS", "none")];
        for headers in pass(&caller.headers(), &none).await.requests {
            let of_trace = |name: &&str| {
                let families = ["trace", "context-", "x-kontur-", "baggage", "priority"];
                families.iter().any(|it| name.contains(it))
            };
            let names: Vec<_> = headers.keys().map(|it| it.as_str()).collect();
            assert_eq!(names.iter().find(|it| of_trace(it)), None, "{caller:?}");
            assert!(!names.is_empty(), "other headers are there");
        }
    }
}

#[tokio::test]
async fn next_request_follows_the_list() {
    for headers in pass(&caller("all").headers(), &[("OTEL_PROPAGATORS", "kontur")])
        .await
        .requests
    {
        assert_eq!(headers["x-kontur-trace-id"], caller("all").trace_id);
        for name in ["traceparent", "context-globals", "sentry-trace", "baggage"] {
            assert!(!headers.contains_key(name), "{name}");
        }
    }
}

#[tokio::test]
async fn constant_headers_are_as_long_as_propagated_ones() {
    let incoming = requests::ordinary(1);
    let incoming: Vec<_> = incoming.iter().map(|(name, it)| (&**name, &**it)).collect();
    let headers = requests::lines(&requests::forwarded());
    let constant = [("OTEL_PROPAGATORS", "none"), ("DEMO_HEADERS", &*headers)];
    let [propagated, constant] = [&[][..], &constant].map(|it| pass(&incoming, it));
    let [propagated, _] = propagated.await.requests;
    let [constant, _] = constant.await.requests;
    let lengths = |headers: &HeaderMap| -> BTreeMap<String, usize> {
        let headers = headers.iter().filter(|(name, _)| *name != header::HOST);
        headers
            .map(|(name, value)| (name.to_string(), value.len()))
            .collect()
    };
    assert_eq!(lengths(&propagated), lengths(&constant));
    assert!(constant.contains_key("context-globals"), "{constant:?}");
}
