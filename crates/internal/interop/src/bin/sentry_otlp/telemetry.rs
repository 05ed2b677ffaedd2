use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry::{global, Context};
use opentelemetry_autoprop::SampleUndecided;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::trace::SdkTracerProvider;
use sentry::integrations::tracing::ErrorLayer;
use sentry::protocol::{Event, TraceContext};
use sentry::{ClientInitGuard, ClientOptions};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

/// Sets up spans, errors and propagation from environment variables.
///
/// Keep both values until the service stops. Then `SdkTracerProvider::shutdown` sends the remaining
/// spans, and dropping the guard sends the remaining errors.
pub(crate) fn set_up() -> (SdkTracerProvider, ClientInitGuard) {
    // Errors: SENTRY_DSN. Without it nothing is reported.
    let options =
        ClientOptions::new().before_send(|event| Some(in_active_span(event, &Context::current())));
    let sentry = sentry::init(options);

    // Spans: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_HEADERS.
    let exporter = SpanExporter::builder()
        .with_http()
        .build()
        .expect("the endpoint is a valid URL");
    let provider = SdkTracerProvider::builder()
        // OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG; also decides if the caller did not.
        .with_sampler(SampleUndecided::from_env())
        .with_batch_exporter(exporter)
        .build();
    global::set_tracer_provider(provider.clone());

    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("my-service"));
    tracing_subscriber::registry()
        .with(spans.with_filter(LevelFilter::INFO))
        // `tracing::error!` creates an event.
        .with(ErrorLayer::new().with_filter(LevelFilter::ERROR))
        .init();

    // Propagation: OTEL_PROPAGATORS. The name `sentry` reads SENTRY_DSN as well.
    let propagator = opentelemetry_autoprop::builder()
        .default_list("tracecontext,baggage,sentry")
        .from_env();
    global::set_text_map_propagator(propagator);
    (provider, sentry)
}

/// Adds the current trace and span to an event.
fn in_active_span(mut event: Event<'static>, cx: &Context) -> Event<'static> {
    let span = cx.span();
    let span_context = span.span_context();
    if span_context.is_valid() {
        let trace = TraceContext {
            trace_id: span_context.trace_id().to_bytes().into(),
            span_id: span_context.span_id().to_bytes().into(),
            ..TraceContext::default()
        };
        event.contexts.insert("trace".to_owned(), trace.into());
    }
    event
}
