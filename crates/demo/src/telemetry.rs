//! Tracing and errors of a service, set up by its environment alone.
//!
//! ```no_run
//! #[tokio::main]
//! async fn main() {
//!     let _telemetry = demo::telemetry::configure();
//!     // serve until told to stop; what is left is sent when `_telemetry` goes out of scope
//! }
//! ```
//!
//! | variable | effect |
//! |---|---|
//! | `OTEL_PROPAGATORS` | the headers that carry a trace; [`PROPAGATORS`] when unset |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | the collector (OTLP over gRPC, in batches); `http://localhost:4317` when unset |
//! | `OTEL_EXPORTER_OTLP_COMPRESSION` | `gzip`: batches are compressed |
//! | `OTEL_SERVICE_NAME` | the name of the service on its spans |
//! | `OTEL_DEBUG` | `True`: spans are printed as well |
//! | `OTEL_SDK_DISABLED` | `True`: no spans, no exporter; traces are still passed on |
//! | `SENTRY_DSN` | errors go to Sentry, each with the trace and the span it happened in |
//!
//! The rest of OpenTelemetry's and Sentry's variables (`OTEL_RESOURCE_ATTRIBUTES`,
//! `OTEL_TRACES_SAMPLER`, `OTEL_BSP_SCHEDULE_DELAY`, `SENTRY_ENVIRONMENT`, ...) work as their SDKs
//! describe. `RUST_LOG` chooses what is logged, and does not touch the traces.
//!
//! A wrong value is a warning that names its variable, never a service that does not start. A
//! collector that is away costs requests nothing: spans wait in a bounded queue that another thread
//! empties, and beyond it they are dropped.
//!
//! # Servers that fork their workers
//!
//! Call [`configure`] in each worker, after the fork, and never before it. A fork copies the
//! memory but only the thread that forks: the threads that send spans and errors, the Tokio runtime
//! and the connection to the collector stay behind with the parent, and the worker would fill a
//! queue that nobody empties.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{env, fmt, io};

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{global, Context};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use opentelemetry_sdk::Resource;
use sentry::integrations::tracing::{BreadcrumbLayer, ErrorLayer};
use sentry::protocol::{Event, TraceContext};
use sentry::types::Dsn;
use tracing::level_filters::LevelFilter;
use tracing::{info, warn, Level, Subscriber};
use tracing_subscriber::filter::{filter_fn, EnvFilter, FilterExt};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::Layer;

/// The propagators of a service that does not set `OTEL_PROPAGATORS`.
pub const PROPAGATORS: &str = "tracecontext,kontur,vostok,sentry";

/// Sends what is left when it goes out of scope: keep it until the service has stopped.
#[must_use = "what is left is sent when this is dropped"]
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
    _sentry: Option<sentry::ClientInitGuard>,
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.provider.take().map(|it| it.shutdown()) {
            warn!(%error, "the last spans were not sent");
        }
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}

/// Sets up the process: propagators, spans, errors, and a log on the standard error.
///
/// Once in a process, and inside the Tokio runtime that is to carry the connection to the
/// collector; for servers that fork see the [module](self).
///
/// # Panics
///
/// Outside of a Tokio runtime.
pub fn configure() -> Telemetry {
    // What the set-up itself has to say is logged before the real subscriber can be built.
    let early = tracing_subscriber::registry().with(console().with_filter(LevelFilter::WARN));
    let (provider, sentry) =
        tracing::subscriber::with_default(early, || (tracer_provider(), sentry()));
    if let Some(provider) = &provider {
        global::set_tracer_provider(provider.clone());
    }
    // With the SDK disabled, the global tracer makes spans that only pass on what came in.
    let spans = tracing_opentelemetry::layer().with_tracer(global::tracer("tracing"));
    let subscriber = tracing_subscriber::registry()
        .with(console().with_filter(log_filter()))
        .with(spans.with_filter(LevelFilter::INFO))
        .with(BreadcrumbLayer::new().with_filter(filter_fn(|it| {
            matches!(*it.level(), Level::INFO | Level::WARN)
        })))
        .with(ErrorLayer::new().with_filter(LevelFilter::ERROR));
    if let Err(error) = subscriber.try_init() {
        warn!(%error, "spans of the `tracing` crate are lost");
    }
    let reports = sentry.is_some();
    let propagator = opentelemetry_autoprop::builder()
        .default_list(PROPAGATORS)
        // It reads SENTRY_DSN as well, and need not warn a second time about an invalid value.
        .lookup(move |name| variable(name).filter(|_| reports || name != "SENTRY_DSN"))
        .from_env();
    global::set_text_map_propagator(propagator);
    Telemetry {
        provider,
        _sentry: sentry,
    }
}

fn tracer_provider() -> Option<SdkTracerProvider> {
    if flag("OTEL_SDK_DISABLED") {
        return None;
    }
    let mut provider = SdkTracerProvider::builder().with_resource(Resource::builder().build());
    if flag("OTEL_DEBUG") {
        provider = provider.with_simple_exporter(opentelemetry_stdout::SpanExporter::default());
    }
    if let Some(exporter) = exporter() {
        provider = provider.with_batch_exporter(exporter);
    }
    Some(provider.build())
}

fn exporter() -> Option<impl SpanExporter> {
    const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    // Without a scheme it would be found out only when the first batch is sent.
    if variable(ENDPOINT)
        .is_some_and(|it| !it.starts_with("http://") && !it.starts_with("https://"))
    {
        warn!("{ENDPOINT}: expected http://HOST:PORT or https://HOST:PORT; no spans are exported");
        return None;
    }
    match opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .build()
    {
        Ok(exporter) => Some(SayOnce {
            exporter,
            away: AtomicBool::new(false),
        }),
        Err(error) => {
            warn!(%error, "{ENDPOINT}: no spans are exported");
            None
        }
    }
}

/// Says once that the collector is away and once that it is back, where the SDK would say so for
/// every batch.
#[derive(Debug)]
struct SayOnce<E> {
    exporter: E,
    away: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for SayOnce<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.exporter.export(batch).await;
        let was_away = self.away.swap(result.is_err(), Ordering::Relaxed);
        match result {
            Err(error) if !was_away => warn!(
                %error,
                "the collector (OTEL_EXPORTER_OTLP_ENDPOINT) is away; until it is back, spans are dropped"
            ),
            Ok(()) if was_away => info!("the collector is back"),
            _ => {}
        }
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

fn sentry() -> Option<sentry::ClientInitGuard> {
    match variable("SENTRY_DSN")?.parse::<Dsn>() {
        Ok(dsn) => {
            let options = sentry::ClientOptions::new()
                .before_send(|event| Some(in_active_span(event, &Context::current())));
            Some(sentry::init((dsn, options)))
        }
        Err(error) => {
            warn!(%error, "SENTRY_DSN: no errors are reported");
            None
        }
    }
}

/// Events are made in the thread and the span of the error, so that is the current one.
fn in_active_span(mut event: Event<'static>, context: &Context) -> Event<'static> {
    let span = context.span();
    let span = span.span_context();
    if span.is_valid() {
        let trace = TraceContext {
            trace_id: span.trace_id().to_bytes().into(),
            span_id: span.span_id().to_bytes().into(),
            ..TraceContext::default()
        };
        event.contexts.insert("trace".to_owned(), trace.into());
    }
    event
}

fn console<S>() -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    tracing_subscriber::fmt::layer()
        .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
        .with_writer(io::stderr)
}

/// `RUST_LOG`, `info` when unset; without the failures that [`SayOnce`] tells of.
fn log_filter<S: Subscriber>() -> impl tracing_subscriber::layer::Filter<S> {
    EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy()
        .and(filter_fn(|it| !it.name().starts_with("Export.Failed")))
}

fn flag(name: &str) -> bool {
    match variable(name) {
        None => false,
        Some(value) if value.eq_ignore_ascii_case("true") => true,
        Some(value) if value.eq_ignore_ascii_case("false") => false,
        Some(value) => {
            warn!("{name}: expected True or False, found {value:?}; taken for False");
            false
        }
    }
}

/// An empty variable counts as unset, as OpenTelemetry has it.
fn variable(name: &str) -> Option<String> {
    match env::var(name) {
        Ok(value) => Some(value.trim().to_owned()).filter(|it| !it.is_empty()),
        Err(env::VarError::NotPresent) => None,
        Err(error) => {
            warn!("{name}: {error}; taken for unset");
            None
        }
    }
}
