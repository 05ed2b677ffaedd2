//! A service that responds, calls the next one, or fails, over HTTP and gRPC.
//!
//! | request | response |
//! |---|---|
//! | `GET /` | a fixed text |
//! | `GET /next` | the response of the next service |
//! | `GET /fail` | an error, which is also sent to Sentry |
//! | `demo.Hop/Next` | like `/next`, over gRPC; a fixed text if there is no next service |
//!
//! All tracing happens in layers that use the global propagator:
//!
//! - HTTP server: `opentelemetry-instrumentation-tower` of OpenTelemetry's contrib repository. It
//!   reads all lines of a header that arrives in several, as `baggage` may.
//! - HTTP client, gRPC client and gRPC server: `tower-otel`. The better-known `reqwest-tracing` has
//!   no release for this OpenTelemetry version.
//! - Responses: [`ResponseLayer`] adds the trace id to every response.

use std::error::Error;
use std::future::Future;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::{env, thread};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::routing::get;
use axum::serve::ListenerExt;
use axum::Router;
use opentelemetry_carriers::ResponseLayer;
use opentelemetry_instrumentation_tower::http::server;
use opentelemetry_propagator_kontur::KonturResponsePropagator;
use sentry::integrations::tower::NewSentryLayer;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::server::NamedService;
use tower_otel::trace::GrpcLayer;
use tracing::{error, warn, Level};

use crate::next::Next;
use crate::process::LISTENING;
use crate::proto::hop_server::{Hop, HopServer};
use crate::proto::{NextReply, NextRequest};
use crate::telemetry;

/// Serves at a free port, and calls `DEMO_NEXT`. Its requests contain the headers in `DEMO_HEADERS`,
/// one per line. It ends with a signal, or with its standard input.
///
/// # Errors
///
/// If no port is free, or if the address of the next service or one of the headers is invalid.
pub async fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let next: Option<Next> = match env::var("DEMO_NEXT") {
        Ok(address) if !address.is_empty() => Some(Next::new(&address, constant_headers()?)?),
        _ => None,
    };
    let stopped = stopped();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    writeln!(io::stdout(), "{LISTENING}{}", listener.local_addr()?)?;
    Ok(serve(listener, next, stopped).await?)
}

/// Returns the headers that requests to the next service contain in addition to those of a trace.
fn constant_headers() -> Result<HeaderMap, Box<dyn Error + Send + Sync>> {
    let mut headers = HeaderMap::new();
    for line in env::var("DEMO_HEADERS").unwrap_or_default().lines() {
        let (name, value) = line.split_once(": ").ok_or("DEMO_HEADERS: no colon")?;
        headers.insert(name.parse::<HeaderName>()?, value.parse()?);
    }
    Ok(headers)
}

/// Waits for a signal or for the end of standard input, so that no service outlives its parent.
fn stopped() -> impl Future<Output = ()> {
    let signal = telemetry::stopped();
    let (sender, ended) = oneshot::channel::<()>();
    // In a thread, because the runtime would wait for a pending read when it shuts down.
    thread::spawn(move || {
        let _ended = sender;
        io::copy(&mut io::stdin().lock(), &mut io::sink())
    });
    async {
        tokio::select! {
            _ = ended => {}
            () = signal => {}
        }
    }
}

/// Serves until `stop` is ready, and then finishes the requests in progress.
///
/// # Errors
///
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    next: Option<Next>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Nagle's algorithm may delay small responses by 40 ms.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            warn!(%error, "TCP_NODELAY");
        }
    });
    axum::serve(listener, app(next))
        .with_graceful_shutdown(stop)
        .await
}

/// Returns the routes and their layers. The last layer is the outermost.
fn app(next: Option<Next>) -> Router {
    let next = Arc::new(next);
    let http = Router::new()
        .route("/", get(answer))
        .route("/next", get(call_next))
        .route("/fail", get(fail))
        .with_state(Arc::clone(&next))
        .layer(ResponseLayer::new(KonturResponsePropagator::new()))
        .layer(NewSentryLayer::<Request>::new_from_top())
        .layer(server::Layer::new());
    let grpc = Router::new()
        .route_service(
            &format!("/{}/{{*method}}", HopServer::<HopService>::NAME),
            HopServer::new(HopService { next }),
        )
        .layer(ResponseLayer::new(KonturResponsePropagator::new()))
        .layer(NewSentryLayer::<Request>::new_from_top())
        .layer(GrpcLayer::server(Level::INFO));
    http.merge(grpc)
}

async fn answer() -> &'static str {
    "served"
}

async fn call_next(State(next): State<Arc<Option<Next>>>) -> (StatusCode, String) {
    match next.as_ref() {
        None => (StatusCode::NOT_FOUND, "there is no next service".to_owned()),
        Some(next) => match next.call().await {
            Ok(text) => (StatusCode::OK, text),
            // The service that failed logs an error. Its callers only warn.
            Err(error) => {
                warn!(error = &*error as &dyn Error, "the next service failed");
                (StatusCode::BAD_GATEWAY, error.to_string())
            }
        },
    }
}

async fn fail() -> StatusCode {
    let shelf = io::Error::other("the shelf is empty");
    error!(error = &shelf as &dyn Error, "nothing to deliver");
    StatusCode::INTERNAL_SERVER_ERROR
}

struct HopService {
    next: Arc<Option<Next>>,
}

#[tonic::async_trait]
impl Hop for HopService {
    async fn next(
        &self,
        _: tonic::Request<NextRequest>,
    ) -> Result<tonic::Response<NextReply>, tonic::Status> {
        let text = match self.next.as_ref() {
            None => "served".to_owned(),
            Some(next) => next.call().await.map_err(|error| {
                warn!(error = &*error as &dyn Error, "the next service failed");
                tonic::Status::unavailable(error.to_string())
            })?,
        };
        Ok(tonic::Response::new(NextReply { text }))
    }
}
