//! The tests that every broker must pass.

use std::time::Duration;

use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, TraceContextExt, Tracer};
use opentelemetry::{global, Context};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};

use crate::Broker;

const TRACE: &str = "27bb7faa48294cf49ae6007d70905468";

/// Runs all scenarios, one after the other, over one queue.
///
/// # Panics
///
/// If an expectation is not met, or if the broker takes more than a minute.
pub async fn run<B: Broker>(broker: &mut B) {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone());
    global::set_tracer_provider(provider.build());
    let list = "tracecontext,baggage,kontur,vostok,sentry";
    global::set_text_map_propagator(opentelemetry_autoprop::from_list(list).unwrap());

    let scenarios = async {
        consumer_continues_the_trace(broker, &exporter).await;
        retry_replaces_headers(broker, &exporter).await;
        batch_links_to_every_message(broker, &exporter).await;
        foreign_header_is_read(broker).await;
        message_without_headers_has_no_trace(broker).await;
    };
    tokio::time::timeout(Duration::from_secs(60), scenarios)
        .await
        .expect("the broker takes too long");
}

async fn consumer_continues_the_trace<B: Broker>(broker: &mut B, exporter: &InMemorySpanExporter) {
    let sent = send(broker, &Context::new(), None, "one").await;
    let (headers, body) = broker.receive().await;
    let handled = handle::<B>(headers.as_ref());

    assert_eq!(body, "one");
    assert_eq!(handled.trace_id(), sent.trace_id());
    assert_eq!(span(exporter, &handled).parent_span_id, sent.span_id());
    assert_eq!(span(exporter, &sent).parent_span_id, SpanId::INVALID);
}

async fn retry_replaces_headers<B: Broker>(broker: &mut B, exporter: &InMemorySpanExporter) {
    let first = send(broker, &Context::new(), None, "retried").await;
    let (headers, body) = broker.receive().await;
    let names = B::names(headers.as_ref().unwrap());

    // A retry in the same trace has the same headers with a new span.
    let sent_in = B::extract(headers.as_ref());
    let second = send(broker, &sent_in, headers, &body).await;
    let (headers, body) = broker.receive().await;
    assert_eq!(
        sorted(B::names(headers.as_ref().unwrap())),
        sorted(names.clone())
    );
    let handled = handle::<B>(headers.as_ref());
    assert_eq!(handled.trace_id(), first.trace_id());
    assert_eq!(span(exporter, &handled).parent_span_id, second.span_id());

    // A retry in another trace has no headers of the first one.
    let third = send(broker, &Context::new(), headers, &body).await;
    let (headers, _) = broker.receive().await;
    assert_eq!(sorted(B::names(headers.as_ref().unwrap())), sorted(names));
    let handled = handle::<B>(headers.as_ref());
    assert_eq!(handled.trace_id(), third.trace_id());
    assert_ne!(handled.trace_id(), first.trace_id());
    assert_eq!(span(exporter, &handled).parent_span_id, third.span_id());
}

async fn batch_links_to_every_message<B: Broker>(broker: &mut B, exporter: &InMemorySpanExporter) {
    let mut sent = vec![];
    for body in ["a", "b", "c"] {
        sent.push(send(broker, &Context::new(), None, body).await);
    }
    let mut links = vec![];
    for _ in &sent {
        let (headers, _) = broker.receive().await;
        let sent_in = B::extract(headers.as_ref());
        links.push(Link::with_context(sent_in.span().span_context().clone()));
    }
    let tracer = global::tracer("consumer");
    let batch = tracer
        .span_builder("process orders")
        .with_kind(SpanKind::Consumer)
        .with_links(links)
        .start(&tracer);
    let batch = finish(&Context::new().with_span(batch));

    let links = span(exporter, &batch).links;
    let ids = |it: &SpanContext| (it.trace_id(), it.span_id());
    let linked: Vec<_> = links.iter().map(|it| ids(&it.span_context)).collect();
    assert_eq!(linked, sent.iter().map(ids).collect::<Vec<_>>());
    assert!(sent.iter().all(|it| it.trace_id() != batch.trace_id()));
}

async fn foreign_header_is_read<B: Broker>(broker: &mut B) {
    let headers = B::foreign("X-Kontur-Trace-Id", TRACE);
    broker.send(Some(headers), "foreign").await;
    let (headers, _) = broker.receive().await;
    let sent_in = B::extract(headers.as_ref());
    assert_eq!(sent_in.span().span_context().trace_id().to_string(), TRACE);
}

async fn message_without_headers_has_no_trace<B: Broker>(broker: &mut B) {
    broker.send(None, "bare").await;
    let (headers, body) = broker.receive().await;
    assert_eq!(body, "bare");
    let sent_in = B::extract(headers.as_ref());
    assert!(!sent_in.span().span_context().is_valid());
}

/// Sends a message in a new span. Headers are passed if a message is sent again.
async fn send<B: Broker>(
    broker: &mut B,
    parent: &Context,
    headers: Option<B::Headers>,
    body: &str,
) -> SpanContext {
    let tracer = global::tracer("producer");
    let span = tracer
        .span_builder("send orders")
        .with_kind(SpanKind::Producer)
        .start_with_context(&tracer, parent);
    let cx = parent.with_span(span);
    let mut headers = headers.unwrap_or_default();
    B::replace_context(&mut headers, &cx);
    broker.send(Some(headers), body).await;
    finish(&cx)
}

/// Handles a message in a new span, in the trace in which it was sent.
fn handle<B: Broker>(headers: Option<&B::Headers>) -> SpanContext {
    let sent_in = B::extract(headers);
    let tracer = global::tracer("consumer");
    let span = tracer
        .span_builder("process orders")
        .with_kind(SpanKind::Consumer)
        .start_with_context(&tracer, &sent_in);
    finish(&sent_in.with_span(span))
}

fn finish(cx: &Context) -> SpanContext {
    cx.span().end();
    cx.span().span_context().clone()
}

/// Returns the exported data of a span.
fn span(exporter: &InMemorySpanExporter, wanted: &SpanContext) -> SpanData {
    let spans = exporter.get_finished_spans().unwrap();
    let found = spans.into_iter().find(|it| &it.span_context == wanted);
    found.expect("the span is exported")
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}
