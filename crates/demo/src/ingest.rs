//! A Sentry to look into: takes the envelopes that Sentry's client sends.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::Router;
use sentry::protocol::{Context, Envelope, Event, TraceContext};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(30);

/// The part of a Sentry server that receives events, on a free port of the loopback.
#[derive(Debug)]
pub struct Ingest {
    address: SocketAddr,
    received: mpsc::UnboundedReceiver<Event<'static>>,
    server: JoinHandle<io::Result<()>>,
}

impl Ingest {
    /// On a free port.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (sender, received) = mpsc::unbounded_channel();
        let app = Router::new()
            .route("/api/{project}/envelope/", post(receive))
            .with_state(sender);
        Ok(Ingest {
            address,
            received,
            server: tokio::spawn(async { axum::serve(listener, app).await }),
        })
    }

    /// The value of `SENTRY_DSN` for services that are to report here.
    pub fn dsn(&self) -> String {
        format!("http://public@{}/1", self.address)
    }

    /// Waits for the next event.
    ///
    /// # Errors
    ///
    /// When none comes in time.
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

/// Where an event says that it happened.
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
