//! The service that W3C's test harness for Trace Context calls.
//!
//! The harness posts a list of calls to `/test`. The service makes each of them with a client span
//! within its server span, and the harness checks the headers that arrive.
//!
//! ```text
//! $ w3c-service --propagators tracecontext,baggage
//! http://127.0.0.1:43115/test
//! ```

use std::io::{self, Write};
use std::net::SocketAddr;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use clap::Parser;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanKind, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;

/// Serves W3C's test harness for Trace Context. Prints the URL of the service when it is ready.
#[derive(Parser)]
struct Options {
    /// The propagators, as in OTEL_PROPAGATORS
    #[arg(long, default_value = "tracecontext")]
    propagators: String,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// A call that the harness requests.
#[derive(Deserialize)]
struct Call {
    url: String,
    arguments: Value,
}

#[derive(Clone)]
struct Service {
    propagator: Propagator,
    tracer: SdkTracer,
    client: reqwest::Client,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .build();
    let service = Service {
        propagator: opentelemetry_autoprop::from_list(&options.propagators)?,
        tracer: provider.tracer("w3c-service"),
        client: reqwest::Client::new(),
    };
    let listener = TcpListener::bind(options.listen).await?;
    writeln!(io::stdout(), "http://{}/test", listener.local_addr()?)?;
    let router = Router::new().route("/test", post(test)).with_state(service);
    axum::serve(listener, router).await?;
    Ok(())
}

async fn test(
    State(service): State<Service>,
    headers: HeaderMap,
    Json(calls): Json<Vec<Call>>,
) -> Result<Json<()>, StatusCode> {
    let remote = service
        .propagator
        .extract_with_context(&Context::new(), &HeaderExtractor(&headers));
    let cx = service.start_span("test", SpanKind::Server, &remote);
    for call in &calls {
        // The harness checks the headers. The service only makes the calls.
        if let Err(error) = service.call(&cx, call).await {
            writeln!(io::stderr(), "{}: {error}", call.url).ok();
            return Err(StatusCode::BAD_GATEWAY);
        }
    }
    Ok(Json(()))
}

impl Service {
    fn start_span(&self, name: &'static str, kind: SpanKind, parent: &Context) -> Context {
        let builder = self.tracer.span_builder(name).with_kind(kind);
        parent.with_span(self.tracer.build_with_context(builder, parent))
    }

    async fn call(&self, parent: &Context, call: &Call) -> Result<(), reqwest::Error> {
        let cx = self.start_span("call", SpanKind::Client, parent);
        let mut headers = HeaderMap::new();
        self.propagator
            .inject_context(&cx, &mut HeaderInjector(&mut headers));
        let request = self.client.post(&call.url).headers(headers);
        let body = call.arguments.to_string();
        let request = request
            .header("content-type", "application/json")
            .body(body);
        request.send().await?.error_for_status()?;
        Ok(())
    }
}
