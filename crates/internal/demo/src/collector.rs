//! A collector for tests. It receives spans by OTLP over gRPC.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, status::StatusCode};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tonic::codec::CompressionEncoding;
use tonic::transport::server::TcpIncoming;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

/// The time after which a span that has not arrived is lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// A received span. Its ids are in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The attribute `service.name` of the resource.
    pub service: String,
    /// The name of the span.
    pub name: String,
    /// One of `server`, `client` and `internal`.
    pub kind: &'static str,
    /// The trace id, 32 digits.
    pub trace_id: String,
    /// The span id, 16 digits.
    pub span_id: String,
    /// The span id of the parent, 16 digits, or empty for a root span.
    pub parent_span_id: String,
    /// The start in nanoseconds since 1970.
    pub start: u64,
    /// The time from start to end.
    pub duration: Duration,
    /// Whether the status is an error.
    pub failed: bool,
    /// The flags, of which the lowest eight bits are those of W3C.
    pub flags: u32,
    /// The compression of the batch in which the span arrived.
    pub encoding: Option<String>,
}

/// An OTLP receiver on loopback. It has its own runtime, so that its connections end with it.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    received: mpsc::UnboundedReceiver<Span>,
    kept: Vec<Span>,
    runtime: Option<Runtime>,
}

impl Collector {
    /// Starts a collector on a free port.
    ///
    /// # Errors
    ///
    /// If no port is free.
    pub fn start() -> io::Result<Self> {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into())
    }

    /// Starts a collector at a given address.
    ///
    /// # Errors
    ///
    /// If the address is in use.
    pub fn start_at(address: SocketAddr) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let (sender, received) = mpsc::unbounded_channel();
        let service = TraceServiceServer::new(Receiver { sender })
            .accept_compressed(CompressionEncoding::Gzip);
        runtime.spawn(async move {
            let incoming = TcpIncoming::from(tokio::net::TcpListener::from_std(listener)?);
            Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming)
                .await
                .map_err(io::Error::other)
        });
        Ok(Collector {
            address,
            received,
            kept: Vec::new(),
            runtime: Some(runtime),
        })
    }

    /// Returns the address at which the collector listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the value of `OTEL_EXPORTER_OTLP_ENDPOINT` for services that send spans here.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits for `count` spans of a trace, and returns them in the order of their starts.
    ///
    /// # Errors
    ///
    /// If they do not arrive in time. The error lists the spans that did.
    pub async fn trace(&mut self, trace_id: &str, count: usize) -> Result<Vec<Span>, Lost> {
        let of_trace = |span: &&Span| span.trace_id == trace_id;
        while self.kept.iter().filter(of_trace).count() < count {
            match timeout(PATIENCE, self.received.recv()).await {
                Ok(Some(span)) => self.kept.push(span),
                Ok(None) | Err(_) => {
                    return Err(Lost {
                        expected: format!("{count} spans of trace {trace_id}"),
                        received: self.kept.clone(),
                    })
                }
            }
        }
        let mut spans: Vec<_> = self.kept.iter().filter(of_trace).cloned().collect();
        spans.sort_by_key(|span| span.start);
        Ok(spans)
    }

    /// Waits for the next span of any trace.
    pub async fn next(&mut self) -> Option<Span> {
        self.received.recv().await
    }

    /// Closes the connections and the port, as when a collector crashes.
    ///
    /// # Errors
    ///
    /// If the thread that does so panics.
    pub async fn kill(mut self) -> io::Result<()> {
        if let Some(runtime) = self.runtime.take() {
            // Connections are closed when the last of the runtime's threads has ended.
            tokio::task::spawn_blocking(|| runtime.shutdown_timeout(PATIENCE)).await?;
        }
        Ok(())
    }

    /// Returns all spans that have arrived.
    pub fn received(&mut self) -> &[Span] {
        while let Ok(span) = self.received.try_recv() {
            self.kept.push(span);
        }
        &self.kept
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropping a runtime waits for its threads, which panics inside another runtime.
            runtime.shutdown_background();
        }
    }
}

/// The error if spans did not arrive.
#[derive(Debug)]
pub struct Lost {
    expected: String,
    received: Vec<Span>,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "expected {}, received {:#?}",
            self.expected, self.received
        )
    }
}

impl std::error::Error for Lost {}

struct Receiver {
    sender: mpsc::UnboundedSender<Span>,
}

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let encoding = request.metadata().get("grpc-encoding");
        let encoding = encoding.and_then(|it| it.to_str().ok()).map(str::to_owned);
        for span in spans(request.into_inner(), encoding.as_deref()) {
            self.sender
                .send(span)
                .map_err(|_| Status::unavailable("the collector is closing"))?;
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// Decodes the spans of a batch, which may have been compressed.
pub(crate) fn spans<'a>(
    request: ExportTraceServiceRequest,
    encoding: Option<&'a str>,
) -> impl Iterator<Item = Span> + 'a {
    request.resource_spans.into_iter().flat_map(move |it| {
        let attributes = it.resource.map(|it| it.attributes).unwrap_or_default();
        let service = attributes
            .into_iter()
            .filter(|it| it.key == "service.name")
            .find_map(|it| match it.value?.value? {
                Value::StringValue(name) => Some(name),
                _ => None,
            })
            .unwrap_or_default();
        let spans = it.scope_spans.into_iter().flat_map(|it| it.spans);
        spans.map(move |span| Span {
            service: service.clone(),
            kind: match span.kind() {
                SpanKind::Server => "server",
                SpanKind::Client => "client",
                _ => "internal",
            },
            failed: span.status.is_some_and(|it| it.code() == StatusCode::Error),
            name: span.name,
            trace_id: const_hex::encode(span.trace_id),
            span_id: const_hex::encode(span.span_id),
            parent_span_id: const_hex::encode(span.parent_span_id),
            start: span.start_time_unix_nano,
            duration: Duration::from_nanos(
                span.end_time_unix_nano
                    .saturating_sub(span.start_time_unix_nano),
            ),
            flags: span.flags,
            encoding: encoding.map(str::to_owned),
        })
    })
}
