//! A service with hyper alone, which extracts and injects by hand. Only the line that sets the
//! propagator is specific to these crates.
//!
//! ```text
//! OTEL_PROPAGATORS=tracecontext,kontur cargo run -p demo --example setup_hyper
//! ```
//!
//! The program serves a request for each family of headers, prints the results, and ends.

mod common;

use std::convert::Infallible;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry::global;
use opentelemetry::trace::{FutureExt, SpanKind, TraceContextExt, Tracer};
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
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

/// Handles a request within a new span.
async fn trace(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let parent = global::get_text_map_propagator(|propagator| {
        propagator.extract(&HeaderExtractor(request.headers()))
    });
    let tracer = global::tracer("setup_hyper");
    let span = tracer
        .span_builder("handle")
        .with_kind(SpanKind::Server)
        .start_with_context(&tracer, &parent);
    handle().with_context(parent.with_span(span)).await
}

async fn handle() -> Result<Response<Full<Bytes>>, Infallible> {
    let body = common::outgoing_headers(&Context::current());
    Ok(Response::new(Full::new(body.into())))
}

async fn serve(listener: TcpListener) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async {
            let connection = http1::Builder::new();
            if let Err(error) = connection
                .serve_connection(TokioIo::new(stream), service_fn(trace))
                .await
            {
                eprintln!("{error}");
            }
        });
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let provider = init_telemetry();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    tokio::spawn(serve(listener));

    common::request_each_family(&url).await?;
    provider.shutdown()?;
    Ok(())
}
