//! Runs the program of docs/guides/lambda.md against a Runtime API on loopback.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};

const PATIENCE: Duration = Duration::from_secs(60);

const TRACE: &str = "27bb7faa48294cf49ae6007d70905468";
const SPAN: &str = "0bcd098a592642e4";
const OTHER_TRACE: &str = "5ea7d9c5570c41cb966c9f7af263b2a8";
const OTHER_SPAN: &str = "53995c3f42cd8ad8";
const XRAY_TRACE: &str = "5759e988bd862e3fe1be46a994272793";
const XRAY: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=00f067aa0ba902b7;Sampled=1";
const XRAY_SPAN: &str = "00f067aa0ba902b7";

/// The function, the Runtime API that invokes it, and a collector.
struct Lambda {
    invocations: mpsc::UnboundedSender<(HeaderMap, String)>,
    outcomes: mpsc::UnboundedReceiver<(String, Bytes)>,
    exports: mpsc::UnboundedReceiver<Span>,
    _function: Child,
}

impl Lambda {
    async fn start(propagators: &str) -> Self {
        let (invocations, next) = mpsc::unbounded_channel();
        let (outcome, outcomes) = mpsc::unbounded_channel();
        let (export, exports) = mpsc::unbounded_channel::<Span>();
        let next = Arc::new(Mutex::new(next));
        let routes = Router::new()
            .route(
                "/2018-06-01/runtime/invocation/next",
                get(|| async move { next.lock().await.recv().await.expect("the test goes on") }),
            )
            .route(
                "/2018-06-01/runtime/invocation/id/{outcome}",
                post(async move |Path(kind), body| outcome.send((kind, body)).unwrap()),
            )
            .route(
                "/v1/traces",
                post(async move |body: Bytes| {
                    let request = ExportTraceServiceRequest::decode(body).unwrap();
                    let resources = request.resource_spans.into_iter();
                    let scopes = resources.flat_map(|it| it.scope_spans);
                    scopes
                        .flat_map(|it| it.spans)
                        .for_each(|it| export.send(it).unwrap());
                }),
            );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async { axum::serve(listener, routes).await });

        let function = Command::new(env!("CARGO_BIN_EXE_lambda"))
            .env("AWS_LAMBDA_FUNCTION_NAME", "function")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_RUNTIME_API", &address)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"))
            .env("OTEL_PROPAGATORS", propagators)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            invocations,
            outcomes,
            exports,
            _function: function,
        }
    }

    /// Invokes the function. Returns its result and the spans that it exports, the invocation last.
    async fn invoke(&mut self, xray: Option<&str>, event: Value) -> (Value, Vec<Span>) {
        let mut headers = HeaderMap::new();
        headers.insert("lambda-runtime-aws-request-id", "id".parse().unwrap());
        headers.insert("lambda-runtime-deadline-ms", "0".parse().unwrap());
        if let Some(xray) = xray {
            headers.insert("lambda-runtime-trace-id", xray.parse().unwrap());
        }
        self.invocations.send((headers, event.to_string())).unwrap();
        let all = async {
            let (outcome, body) = self.outcomes.recv().await.unwrap();
            assert_eq!(outcome, "response", "{body:?}");
            let mut spans = vec![];
            while spans.last().is_none_or(|it: &Span| it.name == "process") {
                spans.push(self.exports.recv().await.unwrap());
            }
            (serde_json::from_slice(&body).unwrap(), spans)
        };
        let finished = tokio::time::timeout(PATIENCE, all).await;
        finished.expect("a result and its spans in time")
    }
}

fn traceparent(trace_id: &str, span_id: &str) -> String {
    format!("00-{trace_id}-{span_id}-01")
}

fn ids(span: &Span) -> (String, String) {
    (hex(&span.trace_id), hex(&span.parent_span_id))
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|it| format!("{it:02x}")).collect()
}

fn pair(trace_id: &str, span_id: &str) -> (String, String) {
    (trace_id.to_owned(), span_id.to_owned())
}

#[tokio::test]
async fn invocation_continues_the_trace_of_its_caller() {
    let mut lambda = Lambda::start("xray-lambda,tracecontext,baggage").await;

    let headers = json!({ "Traceparent": traceparent(TRACE, SPAN), "baggage": "user=alice" });
    for xray in [None, Some(XRAY)] {
        let event = json!({ "headers": headers });
        let (result, spans) = lambda.invoke(xray, event).await;
        let [invocation] = &spans[..] else {
            panic!("{spans:?}");
        };
        assert_eq!(ids(invocation), pair(TRACE, SPAN));
        let sent: Value = serde_json::from_str(result["body"].as_str().unwrap()).unwrap();
        assert_eq!(
            sent["traceparent"],
            traceparent(TRACE, &hex(&invocation.span_id))
        );
        assert_eq!(sent["baggage"], "user=alice");
    }

    let (_, spans) = lambda.invoke(Some(XRAY), json!({})).await;
    assert_eq!(ids(&spans[0]), pair(XRAY_TRACE, XRAY_SPAN));

    let (_, spans) = lambda.invoke(None, json!({})).await;
    assert_eq!(ids(&spans[0]).1, "");
    assert_ne!(ids(&spans[0]).0, XRAY_TRACE);
}

#[tokio::test]
async fn message_continues_the_trace_in_which_it_was_sent() {
    let mut lambda = Lambda::start("xray-lambda,tracecontext,baggage").await;
    let attribute = |key: &str| json!({ key: traceparent(TRACE, SPAN), "dataType": "String" });
    let event = json!({ "Records": [
        { "body": "of SQS", "messageAttributes": { "traceparent": attribute("stringValue") } },
        { "body": "of SQS", "attributes": {
            "AWSTraceHeader": format!(
                "Root=1-{}-{};Parent={OTHER_SPAN};Sampled=1", &OTHER_TRACE[..8], &OTHER_TRACE[8..],
            ),
        } },
        { "Sns": { "MessageAttributes": { "traceparent": attribute("Value") } } },
        { "body": "without a trace" },
    ] });
    let (result, spans) = lambda.invoke(Some(XRAY), event).await;
    assert_eq!(result, json!({ "batchItemFailures": [] }));

    let (invocation, messages) = spans.split_last().unwrap();
    assert_eq!(ids(invocation), pair(XRAY_TRACE, XRAY_SPAN));
    let messages: Vec<_> = messages.iter().map(ids).collect();
    let expected = [
        pair(TRACE, SPAN),
        pair(OTHER_TRACE, OTHER_SPAN),
        pair(TRACE, SPAN),
        pair(XRAY_TRACE, &hex(&invocation.span_id)),
    ];
    assert_eq!(messages, expected);
}
