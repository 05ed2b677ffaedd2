//! A service with `init-tracing-opentelemetry`. The `init_subscriber` of that crate also reads
//! `OTEL_PROPAGATORS`, and fails for a name that it does not support. So this service combines the
//! other parts of the crate.
//!
//! ```text
//! OTEL_PROPAGATORS=tracecontext,kontur cargo run -p setup-init-tracing
//! ```
//!
//! The program serves a request for each family of headers, prints the results, and ends.

#[path = "../../demo/examples/common/mod.rs"]
mod common;

use axum::routing::get;
use axum::Router;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use axum_tracing_opentelemetry::tracing_opentelemetry_instrumentation_sdk::find_current_context;
use init_tracing_opentelemetry::config::TracingConfig;
use init_tracing_opentelemetry::otlp::traces;
use init_tracing_opentelemetry::resource::DetectResource;
use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_carriers::JoinLines;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::net::TcpListener;
use tracing_subscriber::prelude::*;

// Before: TracingConfig::production().init_subscriber()
fn init_telemetry() -> Result<SdkTracerProvider, Box<dyn std::error::Error>> {
    // `init_subscriber` also does this, with the feature tls-ring.
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        return Err("a crypto provider is already installed".into());
    }
    let config = TracingConfig::production();
    let provider =
        traces::init_tracerprovider(DetectResource::default().build(), traces::identity)?;
    global::set_tracer_provider(provider.clone());
    tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("setup-init-tracing")))
        .with(config.build_layer()?)
        .with(config.build_filter_layer()?)
        .init();
    global::set_text_map_propagator(opentelemetry_autoprop::from_env());
    Ok(provider)
}

async fn handle() -> String {
    common::outgoing_headers(&find_current_context())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let provider = init_telemetry()?;
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
