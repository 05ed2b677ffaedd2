//! A chain Vostok → Rust → Rust → Vostok, and the headers that the last service receives.

use demo::chain::get;
use demo::collector::Collector;
use opentelemetry_propagator_vostok::header::{REQUEST_PRIORITY, TRACING_CONTEXT};
use opentelemetry_propagator_vostok::{Entries, TracingContext};

use crate::recorder::Recorder;
use crate::service;

const TRACE: &str = "27bb7faa-4829-4cf4-9ae6-007d70905468";
const SPAN: &str = "0bcd098a-5926-42e4-9603-2b13607e899e";

/// Returns the globals of a Vostok service with a current span.
fn globals(priority: Option<&str>) -> String {
    let mut globals = Entries::new();
    let tracing = format!("{TRACE};{SPAN}");
    globals.insert(TRACING_CONTEXT, tracing).unwrap();
    globals.insert("secret", "must not be forwarded").unwrap();
    if let Some(priority) = priority {
        globals.insert(REQUEST_PRIORITY, priority).unwrap();
    }
    globals.encode()
}

#[tokio::test]
async fn priority_and_trace_cross_two_rust_services() {
    for list in [
        "vostok",
        "vostok,tracecontext,baggage",
        "tracecontext,kontur,vostok",
    ] {
        let mut collector = Collector::start().unwrap();
        let mut recorder = Recorder::start().await;
        let endpoint = collector.endpoint();
        let variables = |name, next| {
            [
                ("OTEL_SERVICE_NAME", name),
                ("OTEL_PROPAGATORS", list),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
                ("DEMO_NEXT", next),
            ]
        };
        let [vostok, _] = recorder.addresses();
        let second = service(&variables("second", &vostok)).await;
        let next = format!("http://{}/next", second.address());
        let first = service(&variables("first", &next)).await;
        let url = format!("http://{}/next", first.address());

        let as_global = [("Context-Globals", &*globals(Some("Critical")))];
        let as_header = [
            ("Context-Globals", &*globals(None)),
            ("Request-Priority", "Critical"),
        ];
        let mut sent_spans = Vec::new();
        for headers in [&as_global[..], &as_header] {
            let response = get(&url, headers).await.unwrap();
            assert_eq!(response.text().await.unwrap(), "remembered");

            let request = recorder.request().await;
            assert_eq!(request["request-priority"], "Critical", "{list}");
            let value = request["context-globals"].to_str().unwrap();
            let globals = Entries::parse("context-globals", value).unwrap();
            assert_eq!(globals.get_str(REQUEST_PRIORITY), Some("Critical"));
            assert_eq!(globals.get("secret"), None);
            let tracing = globals.get_str(TRACING_CONTEXT).unwrap();
            let tracing: TracingContext = tracing.parse().unwrap();
            assert_eq!(tracing.trace().to_string(), TRACE, "{list}");
            sent_spans.push(tracing.span_id().to_string());
        }

        first.stop().await.unwrap();
        second.stop().await.unwrap();
        let spans = collector.received();
        let child = |parent: &str, service: &str, kind: &str| {
            let mut children = spans.iter().filter(|span| {
                span.parent_span_id == parent && (&*span.service, span.kind) == (service, kind)
            });
            children.next().unwrap().span_id.as_str()
        };
        // The spans that lead from the span of the first Vostok service to each one that was sent.
        let mut last_spans: Vec<_> = spans
            .iter()
            .filter(|span| span.parent_span_id == "0bcd098a592642e4")
            .map(|span| {
                let client = child(&span.span_id, "first", "client");
                let server = child(client, "second", "server");
                child(server, "second", "client").to_owned()
            })
            .collect();
        last_spans.sort();
        sent_spans.sort();
        assert_eq!(last_spans, sent_spans, "{list}");
    }
}
