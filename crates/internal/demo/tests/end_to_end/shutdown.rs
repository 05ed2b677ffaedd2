//! Signals that stop a service. The spans that it has not sent yet must arrive.

use std::process::Command;

use demo::chain::get;
use demo::collector::Collector;

use crate::service;

const REQUESTS: usize = 20;

/// Returns the number of spans that arrive of a service that gets this signal before it sends any.
async fn arrive_after(signal: &str) -> usize {
    let mut collector = Collector::start().unwrap();
    let endpoint = collector.endpoint();
    let service = service(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        // Longer than the test.
        ("OTEL_BSP_SCHEDULE_DELAY", "600000"),
    ])
    .await;
    let url = format!("http://{}/", service.address());
    for _ in 0..REQUESTS {
        assert_eq!(get(&url, &[]).await.unwrap().status(), 200);
    }
    let id = service.id().unwrap().to_string();
    let status = Command::new("kill").args(["-s", signal, &id]).status();
    assert!(status.unwrap().success());
    // It has flushed the spans when it ends.
    assert_eq!(service.ended().await.unwrap(), [""; 0]);
    collector.received().len()
}

#[tokio::test]
async fn sigterm_loses_no_spans() {
    assert_eq!(arrive_after("TERM").await, REQUESTS);
}

#[tokio::test]
async fn sigint_loses_no_spans() {
    assert_eq!(arrive_after("INT").await, REQUESTS);
}
