//! A service with axum and `opentelemetry-instrumentation-tower`. Only the line that sets the
//! propagator is specific to these crates.
//!
//! ```text
//! OTEL_PROPAGATORS=tracecontext,kontur cargo run -p demo --example setup_tower_axum
//! ```
//!
//! The program serves a request for each family of headers, prints the results, and ends.

mod common;

use axum::routing::get;
use axum::Router;
use opentelemetry::{global, Context};
use opentelemetry_instrumentation_tower::http::server;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::net::TcpListener;

fn init_telemetry() -> SdkTracerProvider {
    // Before: global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_text_map_propagator(opentelemetry_autoprop::from_env());

    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(opentelemetry_stdout::SpanExporter::default())
        .build();
    global::set_tracer_provider(provider.clone());
    provider
}

async fn handle() -> String {
    common::outgoing_headers(&Context::current())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let provider = init_telemetry();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let app = Router::new()
        .route("/", get(handle))
        .layer(server::Layer::new());
    tokio::spawn(async move { axum::serve(listener, app).await });

    common::request_each_family(&url).await?;
    provider.shutdown()?;
    Ok(())
}
