//! One request of each caller through four services, over HTTP, gRPC and HTTP. The last one fails.

use demo::caller::CALLERS;
use demo::chain::{Chain, SPANS};
use demo::ingest::trace_of;

use crate::program;

/// The service, kind and name of each span. Each one is the parent of the next.
const WAY: [(&str, &str, &str); SPANS] = [
    ("shop", "server", "GET /next"),
    ("shop", "client", "GET"),
    ("orders", "server", "GET /next"),
    ("orders", "client", "demo.Hop/Next"),
    ("prices", "server", "demo.Hop/Next"),
    ("prices", "client", "GET"),
    ("stock", "server", "GET /fail"),
];

#[tokio::test]
async fn every_hop_continues_the_trace_of_every_caller() {
    let mut chain = Chain::start(program(), &[]).await.unwrap();
    for caller in &CALLERS {
        let response = chain.call(caller).await.unwrap();
        assert_eq!(response.status(), 502, "{caller:?}");
        assert_eq!(
            response.headers()["x-kontur-trace-id"],
            caller.trace_id,
            "{caller:?}"
        );

        let spans = chain.collector.trace(caller.trace_id, SPANS).await.unwrap();
        let mut parent = caller.span_id;
        for (span, (service, kind, name)) in spans.iter().zip(WAY) {
            assert_eq!(
                (
                    &*span.service,
                    span.kind,
                    &*span.name,
                    &*span.parent_span_id
                ),
                (service, kind, name, parent),
                "{caller:?}"
            );
            assert_eq!(span.encoding.as_deref(), Some("gzip"));
            parent = &span.span_id;
        }

        let event = chain.sentry.event().await.unwrap();
        let trace = trace_of(&event).unwrap();
        assert_eq!(trace.trace_id.to_string(), caller.trace_id, "{caller:?}");
        assert_eq!(trace.span_id.to_string(), spans[SPANS - 1].span_id);
        assert_eq!(event.message.as_deref(), Some("nothing to deliver"));
        assert_eq!(
            event.exception[0].value.as_deref(),
            Some("the shelf is empty")
        );
    }
    chain.stop().await.unwrap();
    let spans = chain.collector.received().len();
    assert_eq!(spans, CALLERS.len() * SPANS, "there are no other spans");
}
