//! A gRPC service with tonic and `tower-otel`. Only the line that sets the propagator is specific
//! to these crates.
//!
//! ```text
//! OTEL_PROPAGATORS=tracecontext,kontur cargo run -p demo --example setup_tonic
//! ```
//!
//! The program serves a call for each family of headers, prints the results, and ends.

mod common;

use demo::proto::hop_client::HopClient;
use demo::proto::hop_server::{Hop, HopServer};
use demo::proto::{NextReply, NextRequest};
use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_carriers::JoinLines;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::net::TcpListener;
use tonic::codegen::tokio_stream::wrappers::TcpListenerStream;
use tonic::metadata::MetadataMap;
use tonic::transport::{Endpoint, Server};
use tonic::{Extensions, Request, Response, Status};
use tower_otel::trace::GrpcLayer;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

fn init_telemetry() -> SdkTracerProvider {
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(opentelemetry_stdout::SpanExporter::default())
        .build();
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("setup_tonic"));
    tracing_subscriber::registry()
        .with(spans.with_filter(LevelFilter::INFO))
        .init();

    // Before: global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_text_map_propagator(opentelemetry_autoprop::from_env());
    provider
}

struct Service;

#[tonic::async_trait]
impl Hop for Service {
    async fn next(&self, _request: Request<NextRequest>) -> Result<Response<NextReply>, Status> {
        let text = common::outgoing_headers(&tracing::Span::current().context());
        Ok(Response::new(NextReply { text }))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let provider = init_telemetry();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let server = Server::builder()
        // The first layer is the outermost. GrpcLayer reads only the first line of each header.
        .layer(JoinLines)
        .layer(GrpcLayer::server(tracing::Level::INFO))
        .add_service(HopServer::new(Service))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);

    let mut client = HopClient::new(Endpoint::from_shared(url)?.connect_lazy());
    for request in common::REQUESTS {
        let metadata = MetadataMap::from_headers(request.headers());
        let call = Request::from_parts(metadata, Extensions::default(), NextRequest {});
        request.print(&client.next(call).await?.into_inner().text);
    }
    provider.shutdown()?;
    Ok(())
}
