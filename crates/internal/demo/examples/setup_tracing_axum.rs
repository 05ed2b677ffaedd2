//! A service with `tracing-opentelemetry` and `axum-tracing-opentelemetry`, as their examples set
//! it up. Only the line that sets the propagator is specific to these crates.
//!
//! ```text
//! OTEL_PROPAGATORS=tracecontext,kontur cargo run -p demo --example setup_tracing_axum
//! ```
//!
//! The program serves a request for each family of headers, prints the results, and ends.

mod common;

use axum::routing::get;
use axum::Router;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use axum_tracing_opentelemetry::tracing_opentelemetry_instrumentation_sdk::find_current_context;
use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_carriers::JoinLines;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::net::TcpListener;
use tracing_subscriber::prelude::*;

fn init_telemetry() -> SdkTracerProvider {
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(opentelemetry_stdout::SpanExporter::default())
        .build();
    tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("setup_tracing_axum")))
        .init();

    // Before: global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_text_map_propagator(opentelemetry_autoprop::from_env());
    provider
}

async fn handle() -> String {
    common::outgoing_headers(&find_current_context())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let provider = init_telemetry();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let app = Router::new()
        .route("/", get(handle))
        .layer(OtelAxumLayer::default())
        // The last layer is the outermost. OtelAxumLayer reads only the first line of each header.
        .layer(JoinLines);
    tokio::spawn(async move { axum::serve(listener, app).await });

    common::request_each_family(&url).await?;
    provider.shutdown()?;
    Ok(())
}
