//! A set-up with `tracing-opentelemetry` and `axum-tracing-opentelemetry`, as their examples have
//! it. One line changes: the one that chose a propagator. Whoever runs the program now chooses:
//!
//! ```text
//! OTEL_PROPAGATORS=tracecontext,kontur cargo run -q -p demo --example setup_tracing_axum
//! ```
//!
//! The program serves one request, with the headers that a Kontur service would send, and prints
//! what the handler would send on.

use axum::http::HeaderMap;
use axum::routing::get;
use axum::Router;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use axum_tracing_opentelemetry::tracing_opentelemetry_instrumentation_sdk::find_current_context;
use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::HeaderInjector;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::net::TcpListener;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn init_telemetry() -> SdkTracerProvider {
    // Before: global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_text_map_propagator(opentelemetry_autoprop::from_env());

    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(opentelemetry_stdout::SpanExporter::default())
        .build();
    tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("setup_tracing_axum")))
        .init();
    provider
}

/// The headers of a call that is made within this handler's span, one a line.
async fn handle() -> String {
    let mut headers = HeaderMap::new();
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&find_current_context(), &mut HeaderInjector(&mut headers));
    });
    let lines = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap_or("")));
    lines.collect()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let provider = init_telemetry();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let app = Router::new()
        .route("/", get(handle))
        .layer(OtelAxumLayer::default());
    tokio::spawn(async move { axum::serve(listener, app).await });

    let request = reqwest::Client::new()
        .get(url)
        .header("X-Kontur-Trace-Id", "27bb7faa48294cf49ae6007d70905468")
        .header("X-Kontur-Trace-SpanId", "0bcd098a");
    println!("{}", request.send().await?.text().await?);
    provider.shutdown()?;
    Ok(())
}
