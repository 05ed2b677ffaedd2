//! A Sentry server for tests. It receives the envelopes of Sentry's SDKs, and spans by OTLP.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::Router;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use sentry::protocol::{Context, Envelope, Event, TraceContext};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::collector::{self, Span};

const PATIENCE: Duration = Duration::from_secs(180);

/// The public key of the only project.
const PUBLIC_KEY: &str = "public";

/// The part of a Sentry server that receives events and spans, on loopback.
#[derive(Debug)]
pub struct Ingest {
    address: SocketAddr,
    received: mpsc::UnboundedReceiver<Event<'static>>,
    spans: mpsc::UnboundedReceiver<Span>,
    server: JoinHandle<io::Result<()>>,
}

impl Ingest {
    /// Starts the server on a free port.
    ///
    /// # Errors
    ///
    /// If no port is free.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (events, received) = mpsc::unbounded_channel();
        let (span_sender, spans) = mpsc::unbounded_channel();
        let app = Router::new()
            .route("/api/1/envelope/", post(receive))
            .with_state(events)
            .route("/api/1/integration/otlp/v1/traces", post(receive_spans))
            .with_state(span_sender);
        Ok(Ingest {
            address,
            received,
            spans,
            server: tokio::spawn(async { axum::serve(listener, app).await }),
        })
    }

    /// Returns the value of `SENTRY_DSN` for services that report here.
    pub fn dsn(&self) -> String {
        format!("http://{PUBLIC_KEY}@{}/1", self.address)
    }

    /// Returns the value of `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` for services that send spans here.
    pub fn otlp_endpoint(&self) -> String {
        format!("http://{}/api/1/integration/otlp/v1/traces", self.address)
    }

    /// Returns the value of `OTEL_EXPORTER_OTLP_TRACES_HEADERS` for services that send spans here.
    pub fn otlp_headers(&self) -> String {
        format!("x-sentry-auth=sentry sentry_key={PUBLIC_KEY}")
    }

    /// Returns the spans that arrived by OTLP since the last call, in the order of their starts.
    pub fn spans(&mut self) -> Vec<Span> {
        let mut spans = Vec::new();
        while let Ok(span) = self.spans.try_recv() {
            spans.push(span);
        }
        spans.sort_by_key(|span| span.start);
        spans
    }

    /// Waits for the next event.
    ///
    /// # Errors
    ///
    /// If none arrives in time.
    pub async fn event(&mut self) -> io::Result<Event<'static>> {
        match timeout(PATIENCE, self.received.recv()).await {
            Ok(Some(event)) => Ok(event),
            Ok(None) | Err(_) => Err(io::Error::other("no event reached Sentry")),
        }
    }
}

impl Drop for Ingest {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Returns the trace and span of an event.
pub fn trace_of<'a>(event: &'a Event<'_>) -> Option<&'a TraceContext> {
    match event.contexts.get("trace")? {
        Context::Trace(trace) => Some(trace),
        _ => None,
    }
}

async fn receive(
    State(events): State<mpsc::UnboundedSender<Event<'static>>>,
    body: Bytes,
) -> Result<&'static str, StatusCode> {
    let envelope = Envelope::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    if let Some(event) = envelope.event() {
        events
            .send(event.clone())
            .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    }
    Ok("{}")
}

async fn receive_spans(
    State(spans): State<mpsc::UnboundedSender<Span>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(), StatusCode> {
    let authentication = headers.get("x-sentry-auth").map(|it| it.as_bytes());
    if authentication != Some(format!("sentry sentry_key={PUBLIC_KEY}").as_bytes()) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let request = ExportTraceServiceRequest::decode(body).map_err(|_| StatusCode::BAD_REQUEST)?;
    for span in collector::spans(request, None) {
        spans
            .send(span)
            .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    }
    Ok(())
}
