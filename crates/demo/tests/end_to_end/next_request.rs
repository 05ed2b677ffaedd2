//! What the request to the next service carries, over HTTP and gRPC.

use axum::http::HeaderMap;
use demo::caller::{Caller, CALLERS};
use demo::chain::get;
use demo::collector::{Collector, Span};
use demo::telemetry::PROPAGATORS;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_vostok::{RequestPriority, VostokContextExt};

use crate::recorder::Recorder;
use crate::service;

/// What one propagator reads of a request.
fn read_by(propagator: &str, headers: &HeaderMap) -> Context {
    opentelemetry_autoprop::from_list(propagator)
        .unwrap()
        .extract_with_context(&Context::new(), &HeaderExtractor(headers))
}

fn caller(name: &str) -> &'static Caller {
    name.parse().unwrap()
}

/// The trace and the span that each propagator of the list reads of a request.
fn told(headers: &HeaderMap) -> Vec<(String, String, bool)> {
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

/// What came of requests through a service to the next one, first over HTTP, then over gRPC.
struct Passed {
    /// The headers that the next one got.
    requests: [HeaderMap; 2],
    /// The spans of the service, which has ended.
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
async fn it_has_all_headers_of_the_list_whichever_came_in() {
    for caller in &CALLERS {
        let passed = pass(&caller.headers(), &[]).await;
        let mut clients = passed.spans.iter().filter(|it| it.kind == "client");
        for headers in passed.requests {
            let client = clients.next().unwrap();
            let client = (caller.trace_id.to_owned(), client.span_id.clone(), true);
            assert_eq!(told(&headers), vec![client; 4], "{caller:?}");
        }
    }
}

#[tokio::test]
async fn it_has_what_came_with_the_trace() {
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
async fn baggage_that_comes_in_several_lines_is_read_whole() {
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
async fn with_the_sdk_disabled_it_has_the_trace_and_the_span_that_came_in() {
    for caller in &CALLERS {
        let passed = pass(&caller.headers(), &[("OTEL_SDK_DISABLED", "True")]).await;
        for headers in passed.requests {
            let came = (caller.trace_id.to_owned(), caller.span_id.to_owned(), true);
            assert_eq!(told(&headers), vec![came; 4], "{caller:?}");
        }
        assert_eq!(passed.spans, [], "{caller:?}");
    }
}

#[tokio::test]
async fn with_no_propagators_it_has_nothing_of_a_trace() {
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
async fn with_another_list_it_has_the_headers_of_that() {
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
