//! The set-up of the guide for Sentry, with spans over OTLP and errors from Sentry's SDK, between a
//! client with Sentry's JavaScript SDK and a service with its Python SDK.

use std::path::Path;

use demo::ingest::{trace_of, Ingest};
use demo::process::ServiceProcess;
use interop::peer::{Package, Peer, Reading, Sent};
use interop::tracer::LISTS;
use rstest::rstest;
use serde_json::json;

use crate::dsc::assert_same;

const TRACE_ID: &str = "771a43a4192642f0b136d5159a501700";

#[rstest]
#[tokio::test]
async fn browser_rust_and_python_share_one_trace(
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(true, false)] sampled: bool,
) {
    let mut sentry = Ingest::start().await.unwrap();
    let dsn = sentry.dsn();
    let next = Peer::Python.read_url(Package::Sentry);
    let service = ServiceProcess::start(
        Path::new(env!("CARGO_BIN_EXE_sentry_otlp")),
        &[
            ("OTEL_PROPAGATORS", list),
            ("OTEL_SERVICE_NAME", "shop"),
            (
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                &sentry.otlp_endpoint(),
            ),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", &sentry.otlp_headers()),
            ("SENTRY_DSN", &dsn),
            ("INTEROP_NEXT", &next),
        ],
    )
    .await
    .unwrap();

    let url = format!("http://{}/", service.address());
    let order = json!({
        "trace_id": TRACE_ID,
        "sample_rand": 0.25,
        "options": {
            "dsn": dsn,
            "release": "frontend@1.0",
            "traces_sample_rate": if sampled { 1.0 } else { 0.0 },
        },
    });
    let sent = move || Peer::JavaScript.send_to_reader(Package::Sentry, &url, order);
    let Sent {
        meant: browser,
        answer: python,
    }: Sent<Reading> = tokio::task::spawn_blocking(sent).await.unwrap();
    let event = sentry.event().await.unwrap();
    service.stop().await.unwrap();
    let spans = sentry.spans();

    assert_eq!(browser.trace_id.as_deref(), Some(TRACE_ID));
    assert_eq!(browser.sampled, Some(sampled));

    assert_eq!(event.message.as_deref(), Some("out of stock"));
    let error = trace_of(&event).unwrap();
    assert_eq!(error.trace_id.to_string(), TRACE_ID);

    assert_eq!(python.raised, None);
    assert_eq!(python.trace_id.as_deref(), Some(TRACE_ID));
    assert_eq!(python.sampled, Some(sampled));
    assert_eq!(python.own_sampled, Some(sampled));
    assert_same(&python.dsc.unwrap(), &browser.dsc.unwrap());

    if !sampled {
        assert_eq!(spans, []);
        assert_eq!(python.reported, None);
        return;
    }
    let [server, client] = &spans[..] else {
        panic!("{spans:#?}");
    };
    for (span, kind, parent) in [
        (server, "server", browser.span_id.as_deref()),
        (client, "client", Some(&*server.span_id)),
    ] {
        assert_eq!((&*span.service, span.kind), ("shop", kind));
        assert_eq!(span.trace_id, TRACE_ID);
        assert_eq!(Some(&*span.parent_span_id), parent);
    }
    assert_eq!(error.span_id.to_string(), server.span_id);
    assert_eq!(python.span_id.as_ref(), Some(&client.span_id));
    let transaction = python.reported.unwrap();
    assert_eq!(transaction.trace_id, TRACE_ID);
    assert_eq!(transaction.parent_span_id.as_ref(), Some(&client.span_id));
}

#[test]
fn guide_shows_the_code_of_the_service() {
    let code = include_str!("../../src/bin/sentry_otlp/telemetry.rs");
    let guide = include_str!("../../../../../docs/guides/sentry.md");
    assert!(guide.contains(&format!("```rust\n{code}\n")));
}
