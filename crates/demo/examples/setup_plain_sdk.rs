//! A set-up with the plain SDK, as OpenTelemetry's own examples have it. One line changes: the one
//! that chose a propagator. Whoever runs the program now chooses:
//!
//! ```text
//! OTEL_PROPAGATORS=tracecontext,kontur cargo run -q -p demo --example setup_plain_sdk
//! ```
//!
//! The program serves one request, with the headers that a Kontur service would send, and prints
//! what the handler would send on.

use axum::http::HeaderMap;
use axum::routing::get;
use axum::Router;
use opentelemetry::trace::{SpanKind, TraceContextExt, Tracer};
use opentelemetry::{global, Context};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
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

async fn handle(headers: HeaderMap) -> String {
    let parent = global::get_text_map_propagator(|propagator| {
        propagator.extract(&HeaderExtractor(&headers))
    });
    let tracer = global::tracer("setup_plain_sdk");
    let span = tracer
        .span_builder("handle")
        .with_kind(SpanKind::Server)
        .start_with_context(&tracer, &parent);
    onward(&parent.with_span(span))
}

/// The headers of a call that is made within this context, one a line.
fn onward(cx: &Context) -> String {
    let mut headers = HeaderMap::new();
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(cx, &mut HeaderInjector(&mut headers));
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
    let app = Router::new().route("/", get(handle));
    tokio::spawn(async move { axum::serve(listener, app).await });

    let request = reqwest::Client::new()
        .get(url)
        .header("X-Kontur-Trace-Id", "27bb7faa48294cf49ae6007d70905468")
        .header("X-Kontur-Trace-SpanId", "0bcd098a");
    println!("{}", request.send().await?.text().await?);
    provider.shutdown()?;
    Ok(())
}
