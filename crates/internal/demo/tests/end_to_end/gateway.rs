//! The options that decide about a request, configured by variables, with a real server and client.

use std::path::Path;

use axum::http::HeaderMap;
use demo::chain::get;
use demo::collector::{Collector, Span};
use demo::process::ServiceProcess;
use opentelemetry_propagator_vostok::{header::TRACING_CONTEXT, Entries};

use crate::recorder::Recorder;

const LIST: (&str, &str) = (
    "OTEL_PROPAGATORS",
    "tracecontext,baggage,kontur,vostok,b3,xray",
);

/// A gateway between a caller and the next service.
struct Gateway {
    service: ServiceProcess,
    next: Recorder,
    collector: Collector,
}

impl Gateway {
    async fn start(variables: &[(&str, &str)]) -> Self {
        let collector = Collector::start().unwrap();
        let next = Recorder::start().await;
        let [address, _] = next.addresses();
        let endpoint = collector.endpoint();
        let others = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
            ("OTEL_BSP_SCHEDULE_DELAY", "50"),
            ("DEMO_NEXT", &address),
        ];
        let program = Path::new(env!("CARGO_BIN_EXE_gateway"));
        let variables = [variables, &others].concat();
        Gateway {
            service: ServiceProcess::start(program, &variables).await.unwrap(),
            next,
            collector,
        }
    }

    /// Sends a request, and returns the headers of the request to the next service.
    async fn pass(&mut self, headers: &[(&str, &str)]) -> HeaderMap {
        let url = format!("http://{}/next", self.service.address());
        let response = get(&url, headers).await.unwrap();
        assert_eq!(response.text().await.unwrap(), "remembered");
        self.next.request().await
    }

    /// Returns the server's span of this trace. The other one is that of the client.
    async fn server_span(&mut self, trace_id: &str) -> Span {
        let spans = self.collector.trace(trace_id, 2).await.unwrap();
        spans.into_iter().find(|it| it.kind == "server").unwrap()
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |it| it.to_str().unwrap())
}

/// Returns the trace id and the flags of `traceparent`.
fn trace_of(headers: &HeaderMap) -> (&str, &str) {
    let traceparent = text(headers, "traceparent");
    (&traceparent[3..35], &traceparent[53..])
}

const SPAN: &str = "0bcd098a592642e4";

/// Returns the header of one format, in a trace of its own.
fn header(format: &str, trace_id: &str) -> (&'static str, String) {
    match format {
        "tracecontext" => ("traceparent", format!("00-{trace_id}-{SPAN}-01")),
        "kontur" => ("x-kontur-trace-id", trace_id.to_owned()),
        "vostok" => {
            let mut globals = Entries::new();
            let entry = format!("{trace_id};{SPAN}0000000000000000");
            globals.insert(TRACING_CONTEXT, entry).unwrap();
            ("context-globals", globals.encode())
        }
        "sentry" => ("sentry-trace", format!("{trace_id}-{SPAN}-1")),
        "b3" => ("b3", format!("{trace_id}-{SPAN}-1")),
        "xray" => {
            let (time, rest) = trace_id.split_at(8);
            let root = format!("Root=1-{time}-{rest};Parent={SPAN};Sampled=1");
            ("x-amzn-trace-id", root)
        }
        _ => panic!("no header of {format}"),
    }
}

#[tokio::test]
async fn sentry_is_appended_to_the_list_of_the_guide() {
    let mut gateway = Gateway::start(&[
        ("OTEL_PROPAGATORS", "tracecontext,kontur,vostok"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_SERVICE_NAME", "shop"),
        ("OTEL_DEBUG", "True"),
        ("OTEL_SDK_DISABLED", "False"),
    ])
    .await;
    let trace_id = "27bb7faa48294cf49ae6007d70905468";
    let (name, value) = header("sentry", trace_id);
    let sent = gateway
        .pass(&[("x-caller", "internal"), (name, &value)])
        .await;
    for name in ["traceparent", "x-kontur-trace-id", "sentry-trace"] {
        assert!(text(&sent, name).contains(trace_id), "{name}: {sent:?}");
    }
    assert!(sent.contains_key("context-globals"), "{sent:?}");
}

#[tokio::test]
async fn strictest_of_caller_and_operator_applies_to_every_format() {
    const WORDS: [&str; 3] = ["continue", "restart", "ignore"];
    const CALLERS: [&str; 3] = ["internal", "partner", "unknown"];
    for (operator, word) in WORDS.into_iter().enumerate() {
        let mut gateway = Gateway::start(&[LIST, ("OTEL_RUST_PROPAGATORS_TRUST", word)]).await;
        let formats = ["tracecontext", "kontur", "vostok", "sentry", "b3", "xray"];
        for (number, format) in formats.into_iter().enumerate() {
            for (of_caller, caller) in CALLERS.into_iter().enumerate() {
                let case = format!("{word}, {format}, {caller}");
                let trace_id = format!("27bb7faa48294cf49ae6007d70905{number}{of_caller}8");
                let (name, value) = header(format, &trace_id);
                let baggage = ("baggage", "userId=42");
                let sent = gateway
                    .pass(&[("x-caller", caller), (name, &value), baggage])
                    .await;

                let trust = operator.max(of_caller);
                let (sent_id, _) = trace_of(&sent);
                assert_eq!(sent_id == trace_id, trust == 0, "{case}");
                assert_eq!(
                    text(&sent, "baggage").contains("userId=42"),
                    trust < 2,
                    "{case}"
                );

                let span = gateway.server_span(sent_id).await;
                let linked = if trust == 0 { vec![] } else { vec![trace_id] };
                assert_eq!(span.links, linked, "{case}");
            }
        }
        assert_eq!(gateway.service.stop().await.unwrap(), [""; 0]);
    }
}

#[tokio::test]
async fn lost_trace_is_a_link_at_the_collector() {
    let mut gateway = Gateway::start(&[LIST]).await;
    let lost = "37bb7faa48294cf49ae6007d70905468";
    let won = "47bb7faa48294cf49ae6007d70905468";
    let (kontur, w3c) = (header("kontur", won), header("tracecontext", lost));
    let headers = [
        ("x-caller", "internal"),
        (w3c.0, &*w3c.1),
        (kontur.0, &*kontur.1),
    ];
    let sent = gateway.pass(&headers).await;
    assert_eq!(trace_of(&sent).0, won);
    assert_eq!(gateway.server_span(won).await.links, [lost]);
    let spans = gateway.collector.received();
    let client = spans.iter().find(|it| it.kind == "client").unwrap();
    assert_eq!(client.links, [""; 0]);
}

#[tokio::test]
async fn services_with_one_ratio_decide_alike() {
    let ratio = [
        LIST,
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
    ];
    let mut services = [Gateway::start(&ratio).await, Gateway::start(&ratio).await];
    let mut sampled = 0;
    // GUIDs of version 4, as Kontur and Vostok send them.
    for number in 0..20_u64 {
        let low = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 4;
        let trace_id = format!("27bb7faa48294cf49{low:015x}");
        let mut decisions = vec![];
        for service in &mut services {
            for format in ["kontur", "vostok"] {
                let (name, value) = header(format, &trace_id);
                let sent = service
                    .pass(&[("x-caller", "internal"), (name, &value)])
                    .await;
                assert_eq!(trace_of(&sent).0, trace_id);
                decisions.push(trace_of(&sent).1 == "01");
            }
        }
        assert!(decisions.iter().all(|it| *it == decisions[0]), "{trace_id}");
        sampled += usize::from(decisions[0]);
    }
    assert!((5..=15).contains(&sampled), "{sampled} of 20");
}

#[tokio::test]
async fn baggage_follows_its_policy() {
    let mut gateway = Gateway::start(&[LIST]).await;
    let baggage = ("baggage", "secret=1,userId=42,shop.cart=7");
    let sent = gateway.pass(&[("x-caller", "internal"), baggage]).await;
    assert_eq!(text(&sent, "baggage"), "userId=42");
}

#[tokio::test]
async fn configuration_file_replaces_the_variables() {
    let trace_id = "57bb7faa48294cf49ae6007d70905468";
    let request = header("kontur", trace_id);
    let request = [("x-caller", "internal"), (request.0, &*request.1)];
    let vostok = ("OTEL_PROPAGATORS", "vostok");

    let mut gateway = Gateway::start(&[vostok, ("DEMO_CONFIG", "kontur,tracecontext")]).await;
    let sent = gateway.pass(&request).await;
    assert_eq!(trace_of(&sent).0, trace_id);
    assert_eq!(text(&sent, "x-kontur-trace-id"), trace_id);
    assert!(!sent.contains_key("context-globals"), "{sent:?}");
    assert_eq!(gateway.service.stop().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn configuration_file_is_reported_with_the_variables() {
    let file = ("OTEL_CONFIG_FILE", "/etc/otel.yaml");
    let mut gateway = Gateway::start(&[("OTEL_PROPAGATORS", "vostok"), file]).await;
    let sent = gateway.pass(&[]).await;
    assert!(sent.contains_key("context-globals"), "{sent:?}");
    let log = gateway.service.stop().await.unwrap();
    assert_eq!(log.len(), 1, "{log:#?}");
    for text in ["ERROR", "OTEL_CONFIG_FILE", "from_config"] {
        assert!(log[0].contains(text), "{log:#?}");
    }
}

#[tokio::test]
async fn strict_continuation_without_an_organization_is_a_warning() {
    let gateway = Gateway::start(&[LIST, ("DEMO_STRICT", "True")]).await;
    let log = gateway.service.stop().await.unwrap();
    assert_eq!(log.len(), 1, "{log:#?}");
    for text in [
        "WARN",
        "strict_trace_continuation(true) without an organization",
    ] {
        assert!(log[0].contains(text), "{log:#?}");
    }
}
