//! A service with actix-web and `opentelemetry-instrumentation-actix-web`. Only the line that sets
//! the propagator is specific to these crates.
//!
//! ```text
//! OTEL_PROPAGATORS=tracecontext,kontur cargo run -p demo --example setup_actix
//! ```
//!
//! The program serves a request for each family of headers, prints the results, and ends.

mod common;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{from_fn, Next};
use actix_web::{web, App, HttpServer};
use opentelemetry::{global, Context};
use opentelemetry_instrumentation_actix_web::RequestTracing;
use opentelemetry_sdk::trace::SdkTracerProvider;

fn init_telemetry() -> SdkTracerProvider {
    // Before: global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_text_map_propagator(opentelemetry_autoprop::from_env());

    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(opentelemetry_stdout::SpanExporter::default())
        .build();
    global::set_tracer_provider(provider.clone());
    provider
}

/// Joins the lines of headers that are lists: `RequestTracing` reads only the first line.
async fn join_lines(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    for name in ["baggage", "tracestate"].map(HeaderName::from_static) {
        let lines: Vec<_> = request.headers().get_all(&name).cloned().collect();
        if lines.len() > 1 {
            let lines: Vec<_> = lines.iter().map(HeaderValue::as_bytes).collect();
            if let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b',')) {
                request.headers_mut().insert(name, joined);
            }
        }
    }
    next.call(request).await
}

async fn handle() -> String {
    common::outgoing_headers(&Context::current())
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let provider = init_telemetry();
    let server = HttpServer::new(|| {
        App::new()
            .wrap(RequestTracing::new())
            .wrap(from_fn(join_lines)) // the last one is the outermost
            .route("/", web::get().to(handle))
    })
    .workers(1)
    .bind("127.0.0.1:0")?;
    let url = format!("http://{}/", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);

    common::request_each_family(&url).await?;
    handle.stop(true).await;
    provider.shutdown()?;
    Ok(())
}
