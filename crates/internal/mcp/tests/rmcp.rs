//! Runs the code of docs/guides/mcp.md: a client and a server of `rmcp`, connected in memory.

#![allow(dead_code, reason = "the guide's main function is not called")]

// `call_tool`, `sent_in` and `Server`.
include!(concat!(env!("OUT_DIR"), "/guide.rs"));

use std::sync::LazyLock;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use rmcp::model::{RequestMetaObject, ServerCapabilities, ServerConfig};
use rmcp::service::RunningService;
use serde_json::{Value, json};
use tokio::sync::Mutex;

/// The global propagator and tracer are shared, so the tests run one after the other.
static SPANS: LazyLock<Mutex<InMemorySpanExporter>> = LazyLock::new(|| {
    let spans = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(spans.clone())
        .build();
    global::set_tracer_provider(provider);
    Mutex::new(spans)
});

async fn connect<S: ServerHandler>(server: S) -> (Peer<RoleClient>, Running<S>) {
    let (near, far) = tokio::io::duplex(4096);
    let (server, client) = tokio::join!(server.serve(far), ().serve(near));
    let client = client.unwrap();
    (client.peer().clone(), Running(server.unwrap(), client))
}

/// Keeps the connection open.
struct Running<S: ServerHandler>(
    RunningService<RoleServer, S>,
    RunningService<RoleClient, ()>,
);

/// Returns the finished span of this kind.
fn of_kind(spans: &[SpanData], kind: SpanKind) -> &SpanData {
    spans.iter().find(|it| it.span_kind == kind).unwrap()
}

#[tokio::test]
async fn mcp_server_span_is_a_child_in_every_format() {
    let spans = SPANS.lock().await;
    spans.reset();
    for list in [
        "tracecontext",
        "kontur",
        "sentry",
        "vostok",
        "tracecontext,baggage,kontur,vostok,sentry",
    ] {
        global::set_text_map_propagator(opentelemetry_autoprop::from_list(list).unwrap());
        let (client, _running) = connect(Server).await;
        let params = CallToolRequestParams::new("trace_id");
        let result = call_tool(&client, params).await.unwrap();

        let finished = spans.get_finished_spans().unwrap();
        spans.reset();
        let (client, server) = (
            of_kind(&finished, SpanKind::Client),
            of_kind(&finished, SpanKind::Server),
        );
        let trace_id = client.span_context.trace_id();
        assert_eq!(server.span_context.trace_id(), trace_id, "{list}");
        assert_eq!(
            server.parent_span_id,
            client.span_context.span_id(),
            "{list}"
        );
        assert!(server.parent_span_is_remote, "{list}");
        assert_eq!(
            result.content[0].as_text().unwrap().text,
            trace_id.to_string()
        );
    }
}

/// Returns the `_meta` that it receives.
struct Echo;

impl ServerHandler for Echo {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let meta: &JsonObject = &context.meta;
        let text = serde_json::to_string(meta).unwrap();
        let user = sent_in(&context)
            .baggage()
            .get("user")
            .map(ToString::to_string);
        let texts = [text, user.unwrap_or_default()].map(ContentBlock::text);
        Ok(CallToolResult::success(texts.into()).into())
    }
}

/// Calls the tool of [`Echo`] with these members of `_meta`, and returns those that it received.
async fn echo(meta: Value) -> (Value, String) {
    let (client, _running) = connect(Echo).await;
    let mut params = CallToolRequestParams::new("echo");
    let Value::Object(meta) = meta else {
        panic!("expected an object")
    };
    params.meta = Some(RequestMetaObject::from(rmcp::model::MetaObject(meta)));
    let result = call_tool(&client, params).await.unwrap();
    let text = |at: usize| result.content[at].as_text().unwrap().text.clone();
    (serde_json::from_str(&text(0)).unwrap(), text(1))
}

#[tokio::test]
async fn mcp_meta_holds_the_names_of_sep_414() {
    let _spans = SPANS.lock().await;
    global::set_text_map_propagator(
        opentelemetry_autoprop::from_list("tracecontext,baggage").unwrap(),
    );
    let cx = Context::new()
        .with_remote_span_context(opentelemetry::trace::SpanContext::new(
            TraceId::from(1),
            SpanId::from(1),
            opentelemetry::TraceFlags::SAMPLED,
            true,
            "vendor=1".parse().unwrap(),
        ))
        .with_baggage([KeyValue::new("user", "alice")]);
    let (meta, user) = echo(json!({})).with_context(cx).await;
    let parent = meta["traceparent"].as_str().unwrap();
    assert!(
        parent.starts_with("00-00000000000000000000000000000001-"),
        "{parent}"
    );
    assert_eq!(
        (&meta["tracestate"], &meta["baggage"]),
        (&json!("vendor=1"), &json!("user=alice"))
    );
    assert_eq!(user, "alice");
}

#[tokio::test]
async fn mcp_request_that_is_sent_again_has_the_last_trace() {
    let _spans = SPANS.lock().await;
    global::set_text_map_propagator(
        opentelemetry_autoprop::from_list("tracecontext,baggage").unwrap(),
    );
    let old = "00-27bb7faa48294cf49ae6007d70905468-00f067aa0ba902b7-01";
    let (meta, user) = echo(json!({
        "traceparent": old, "tracestate": "old=1", "baggage": "user=bob",
        "example.com/key": [1, { "a": null }],
    }))
    .await;
    assert_ne!(meta["traceparent"], old);
    assert_eq!((meta.get("tracestate"), meta.get("baggage")), (None, None));
    assert_eq!(meta["example.com/key"], json!([1, { "a": null }]));
    assert_eq!(user, "");
}
