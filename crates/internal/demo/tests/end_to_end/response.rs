//! The trace id in every response, including errors.

use demo::caller::{Caller, CALLERS};
use demo::chain::get;
use demo::collector::Collector;
use demo::proto::hop_client::HopClient;
use demo::proto::NextRequest;
use tonic::metadata::{AsciiMetadataKey, MetadataMap};
use tonic::transport::Endpoint;

use crate::service;

const TRACE_ID: &str = "x-kontur-trace-id";

#[tokio::test]
async fn http_responses_have_the_trace_id() {
    let collector = Collector::start().unwrap();
    let service = service(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]).await;
    for (path, status) in [
        ("/", 200),
        ("/next", 404),
        ("/nowhere", 404),
        ("/fail", 500),
    ] {
        let url = format!("http://{}{path}", service.address());
        for caller in &CALLERS {
            let response = get(&url, &caller.headers()).await.unwrap();
            assert_eq!(response.status(), status, "{path}");
            let ids = response.headers().get_all(TRACE_ID).iter();
            assert!(ids.eq([caller.trace_id]), "{path} {response:?}");
        }
    }
}

#[tokio::test]
async fn grpc_responses_have_the_trace_id() {
    let mut collector = Collector::start().unwrap();
    let endpoint = collector.endpoint();
    let unreachable = "http://127.0.0.1:1/";
    for (next, succeeds) in [("", true), (unreachable, false)] {
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
            ("DEMO_NEXT", next),
        ];
        let service = service(&variables).await;
        let address = Endpoint::from_shared(format!("http://{}", service.address()));
        let mut client = HopClient::new(address.unwrap().connect_lazy());
        for caller in &CALLERS {
            let mut request = tonic::Request::new(NextRequest {});
            *request.metadata_mut() = metadata(caller);
            let answer = client.next(request).await;
            assert_eq!(answer.is_ok(), succeeds, "{answer:?}");
            let metadata = match &answer {
                Ok(response) => response.metadata(),
                Err(status) => status.metadata(),
            };
            assert_eq!(metadata.get(TRACE_ID).unwrap(), caller.trace_id);
        }
        service.stop().await.unwrap();
    }
    let spans = collector.received().iter();
    assert_eq!(
        spans.filter(|it| it.kind == "server").count(),
        2 * CALLERS.len()
    );
}

#[tokio::test]
async fn response_has_the_id_of_a_new_trace() {
    let mut collector = Collector::start().unwrap();
    let service = service(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]).await;
    let response = get(&format!("http://{}/", service.address()), &[]).await;
    let response = response.unwrap();
    let trace_id = response.headers()[TRACE_ID].to_str().unwrap();
    let spans = collector.trace(trace_id, 1).await.unwrap();
    assert_eq!(spans[0].parent_span_id, "");
}

/// Returns the headers of a caller as gRPC metadata.
fn metadata(caller: &Caller) -> MetadataMap {
    let mut metadata = MetadataMap::new();
    for (name, value) in caller.headers() {
        let name: AsciiMetadataKey = name.to_ascii_lowercase().parse().unwrap();
        metadata.insert(name, value.parse().unwrap());
    }
    metadata
}
