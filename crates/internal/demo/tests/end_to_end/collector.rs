//! Requests while the collector cannot be reached.

use std::net::{Ipv4Addr, SocketAddr};

use demo::chain::get;
use demo::collector::Collector;
use demo::process::ServiceProcess;
use tokio::net::TcpSocket;

use crate::service;

const UNREACHABLE: &str = "the collector (OTEL_EXPORTER_OTLP_ENDPOINT) cannot be reached";

/// Calls the service in a trace whose id is this number.
async fn call(service: &ServiceProcess, number: u32) -> String {
    let trace_id = format!("{number:032x}");
    let url = format!("http://{}/", service.address());
    let response = get(&url, &[("x-kontur-trace-id", &trace_id)])
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-kontur-trace-id"], trace_id);
    trace_id
}

async fn service_of(collector: SocketAddr) -> ServiceProcess {
    let endpoint = format!("http://{collector}");
    service(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ])
    .await
}

/// Reserves a port. Connections to it are refused, because the socket does not listen.
fn reserved() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

#[tokio::test]
async fn absent_collector_is_logged_once() {
    let (_nobody, address) = reserved();
    let mut service = service_of(address).await;
    call(&service, 1).await;
    service.logged(UNREACHABLE).await.unwrap();
    // The service tries to send these spans when it ends, at the latest.
    for number in 2..10 {
        call(&service, number).await;
    }
    let log = service.stop().await.unwrap();
    assert_eq!(log.len(), 1, "{log:#?}");
    assert!(log[0].contains("WARN"), "{log:#?}");
}

#[tokio::test]
async fn collector_that_is_back_receives_spans() {
    let (_port, address) = reserved();
    let mut collector = Collector::start_at(address).unwrap();
    let mut service = service_of(address).await;
    let before = call(&service, 1).await;
    collector.trace(&before, 1).await.unwrap();

    collector.kill().await.unwrap();
    call(&service, 2).await;
    service.logged(UNREACHABLE).await.unwrap();
    for number in 3..100 {
        call(&service, number).await;
    }

    let mut collector = Collector::start_at(address).unwrap();
    let after = call(&service, 100).await;
    collector.trace(&after, 1).await.unwrap();
    service.logged("the collector is back").await.unwrap();
    let log = service.stop().await.unwrap();
    assert_eq!(log.len(), 2, "{log:#?}");
}
