//! A service with the set-up of the guide for Sentry. `telemetry.rs` is the code of the guide.
//!
//! Each request reports an error, calls the service at `INTEROP_NEXT`, and returns its response.
//! The program prints its address, and ends at the end of its standard input.

mod telemetry;

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::thread;

use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use opentelemetry::global;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use serde_json::{json, Value};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tracing::{error, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (provider, _sentry) = telemetry::set_up();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    let service = Router::new().route("/", post(answer));
    axum::serve(listener, service)
        .with_graceful_shutdown(end_of_standard_input())
        .await?;
    provider.shutdown()?;
    Ok(())
}

async fn answer(headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let answer = tokio::task::spawn_blocking(move || {
        let parent = global::get_text_map_propagator(|it| it.extract(&HeaderExtractor(&headers)));
        let span = info_span!("POST /", otel.kind = "server");
        span.set_parent(parent)?;
        span.in_scope(|| {
            error!("out of stock");
            call_next()
        })
    });
    match answer.await {
        Ok(Ok(answer)) => Ok(Json(answer)),
        _ => Err(StatusCode::BAD_GATEWAY),
    }
}

fn call_next() -> Result<Value, Box<dyn Error + Send + Sync>> {
    let span = info_span!("POST", otel.kind = "client");
    let mut request = ureq::post(env::var("INTEROP_NEXT")?);
    if let Some(headers) = request.headers_mut() {
        global::get_text_map_propagator(|propagator| {
            propagator.inject_context(&span.context(), &mut HeaderInjector(headers));
        });
    }
    let options = json!({ "dsn": env::var("SENTRY_DSN")?, "traces_sample_rate": 1.0 });
    let mut response = span.in_scope(|| request.send_json(options))?;
    Ok(response.body_mut().read_json()?)
}

async fn end_of_standard_input() {
    let (sender, ended) = oneshot::channel::<()>();
    // Read in a thread, because the runtime would wait for a pending read when it shuts down.
    thread::spawn(move || {
        let _ended = sender;
        io::copy(&mut io::stdin().lock(), &mut io::sink())
    });
    // The sender is dropped without sending a value.
    let _ = ended.await;
}
