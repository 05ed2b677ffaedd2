//! Sets up the spans, errors and log of a service from environment variables.
//!
//! Copy this file into your service, and its dependencies from the `dev-dependencies` of this crate.
//! [`configure`] sets everything up. When its value is dropped, the remaining spans and errors are
//! sent, so serve until [`stopped`] is ready instead of letting a signal end the process.
//!
//! | variable | effect |
//! |---|---|
//! | `OTEL_PROPAGATORS` | the formats of the headers; [`PROPAGATORS`] if unset |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | the collector (OTLP over gRPC, in batches); `http://localhost:4317` if unset |
//! | `OTEL_EXPORTER_OTLP_COMPRESSION` | `gzip` compresses the batches |
//! | `OTEL_SERVICE_NAME` | the name of the service on its spans |
//! | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | the sampler, which also decides if the caller did not |
//! | `OTEL_DEBUG` | `True` also prints the spans |
//! | `OTEL_SDK_DISABLED` | `True` turns spans and the exporter off; traces are still forwarded |
//! | `SENTRY_DSN` | sends errors to Sentry, each with its trace and span |
//!
//! The other variables of OpenTelemetry and Sentry (`OTEL_RESOURCE_ATTRIBUTES`,
//! `OTEL_BSP_SCHEDULE_DELAY`, `SENTRY_ENVIRONMENT`, ...) work as the documentation of their SDKs
//! describes. `RUST_LOG` filters the log and does not affect traces.
//!
//! An invalid value is logged with the name of its variable, and the service still starts.
//! If the collector cannot be reached, requests are not delayed. Spans wait in a bounded queue that
//! another thread empties. If the queue is full, further spans are dropped.
//!
//! # Servers that fork their workers
//!
//! Call [`configure`] in each worker, after the fork. A fork copies the memory, but only the thread
//! that forks. The threads that send spans and errors, the Tokio runtime and the connection to the
//! collector would only exist in the parent, and the queue of the worker would never be emptied.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fmt, io};

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{global, Context};
use opentelemetry_autoprop::SampleUndecided;
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

/// The list of propagators if `OTEL_PROPAGATORS` is unset.
pub const PROPAGATORS: &str = "tracecontext,sentry,kontur,vostok";

/// Sends the remaining spans and errors when it is dropped. Keep it until the service has stopped.
#[must_use = "dropping it shuts the telemetry down"]
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

/// Sets up propagators, spans, errors, and a log on standard error.
///
/// Call it once per process, inside the Tokio runtime that runs the connection to the collector.
/// For servers that fork, see the [module](self).
///
/// # Panics
///
/// If it is called outside of a Tokio runtime.
pub fn configure() -> Telemetry {
    // 1. A log for the problems of the next step. The real subscriber needs the results of that step.
    let early = tracing_subscriber::registry().with(console().with_filter(LevelFilter::WARN));

    // 2. The exporter of spans, and Sentry's client. Both start threads, so this is after a fork.
    let (provider, sentry) =
        tracing::subscriber::with_default(early, || (tracer_provider(), sentry()));
    if let Some(provider) = &provider {
        global::set_tracer_provider(provider.clone());
    }

    // 3. The subscriber: the log, spans of `tracing` as spans of OpenTelemetry, and Sentry's events.
    // The spans have a filter of their own, so that RUST_LOG does not affect traces. With the SDK
    // disabled, the spans of the global tracer only contain the incoming span context.
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

    // 4. The propagator. After the subscriber, which logs the problems of OTEL_PROPAGATORS.
    let reports = sentry.is_some();
    let propagator = opentelemetry_autoprop::builder()
        .default_list(PROPAGATORS)
        // The propagator also reads SENTRY_DSN. An invalid value has been reported already.
        .lookup(move |name| variable(name).filter(|_| reports || name != "SENTRY_DSN"))
        .from_env();
    global::set_text_map_propagator(propagator);

    // 5. The caller keeps both until it has stopped. A process that ends loses the spans in its queue.
    Telemetry {
        provider,
        _sentry: sentry,
    }
}

/// Returns a future that waits for SIGTERM, with which container platforms stop a service, or for
/// Ctrl-C.
///
/// From this call on, these signals no longer end the process at once, which would lose the spans in
/// the queue. Call it inside the Tokio runtime.
pub fn stopped() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{signal, SignalKind};

        [SignalKind::terminate(), SignalKind::interrupt()].map(signal)
    };
    async {
        #[cfg(unix)]
        match signals {
            [Ok(mut terminate), Ok(mut interrupt)] => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            [Err(error), _] | [_, Err(error)] => {
                warn!(%error, "a signal ends the service without its last spans");
                std::future::pending::<()>().await;
            }
        }
        #[cfg(not(unix))]
        if let Err(error) = tokio::signal::ctrl_c().await {
            warn!(%error, "Ctrl-C ends the service without its last spans");
            std::future::pending::<()>().await;
        }
    }
}

fn tracer_provider() -> Option<SdkTracerProvider> {
    if flag("OTEL_SDK_DISABLED") {
        return None;
    }
    let mut provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().build())
        .with_sampler(SampleUndecided::from_env());
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
    // The exporter would report a missing scheme only when it sends the first batch.
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
        Ok(exporter) => Some(ReportOnce {
            exporter,
            is_unreachable: AtomicBool::new(false),
        }),
        Err(error) => {
            warn!(%error, "{ENDPOINT}: no spans are exported");
            None
        }
    }
}

/// Logs once that the collector cannot be reached, and once that it is back. The SDK would log
/// every failed batch.
#[derive(Debug)]
struct ReportOnce<E> {
    exporter: E,
    is_unreachable: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for ReportOnce<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.exporter.export(batch).await;
        let was_unreachable = self.is_unreachable.swap(result.is_err(), Ordering::Relaxed);
        match result {
            Err(error) if !was_unreachable => warn!(
                %error,
                "the collector (OTEL_EXPORTER_OTLP_ENDPOINT) cannot be reached; spans are dropped until it is back"
            ),
            Ok(()) if was_unreachable => info!("the collector is back"),
            _ => {}
        }
        Ok(())
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

/// Adds the current trace and span to an event. It is called in the thread that reports the error.
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

/// Returns the filter of `RUST_LOG`, or `info`, without the failures that [`ReportOnce`] logs.
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
            warn!("{name}: expected True or False, found {value:?}; False is used");
            false
        }
    }
}

/// Returns a variable, or `None` if it is empty, as OpenTelemetry specifies.
fn variable(name: &str) -> Option<String> {
    match env::var(name) {
        Ok(value) => Some(value.trim().to_owned()).filter(|it| !it.is_empty()),
        Err(env::VarError::NotPresent) => None,
        Err(error) => {
            warn!("{name}: {error}; the variable is ignored");
            None
        }
    }
}
