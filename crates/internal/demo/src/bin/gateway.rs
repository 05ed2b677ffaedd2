//! A service whose code uses the options that decide about a request: `append`, `trust`, a baggage
//! policy, `SampleUndecided` and `LinkSpanProcessor`.
//!
//! It is configured by the variables of OpenTelemetry, by `DEMO_NEXT`, and by two of its own:
//!
//! | variable | effect |
//! |---|---|
//! | `DEMO_CONFIG` | the propagators of a configuration file, instead of those of the variables |
//! | `DEMO_STRICT` | if set, refuses the traces of other Sentry organizations; its own is unknown |

use std::env;
use std::error::Error;
use std::io;

use demo::service;
use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_autoprop::{LinkSpanProcessor, Propagator, SampleUndecided, Trust};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_propagator_sentry::SentryPropagator;
use opentelemetry_propagator_w3c::BaggagePropagator;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::prelude::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let exporter = SpanExporter::builder().with_tonic().build()?;
    let exporter = BatchSpanProcessor::builder(exporter).build();
    let provider = SdkTracerProvider::builder()
        .with_sampler(SampleUndecided::from_env())
        .with_span_processor(LinkSpanProcessor::new(exporter))
        .build();
    global::set_tracer_provider(provider.clone());

    let log = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(io::stderr);
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("tracing"));
    tracing_subscriber::registry()
        .with(log.with_filter(LevelFilter::WARN))
        .with(spans.with_filter(LevelFilter::INFO))
        .init();

    global::set_text_map_propagator(propagator()?);
    service::run().await?;
    Ok(provider.shutdown()?)
}

fn propagator() -> Result<Propagator, Box<dyn Error + Send + Sync>> {
    let baggage = BaggagePropagator::builder()
        .allow_extract(["userId", "shop.*"])
        .allow_inject(["userId"])
        .build();
    let builder = opentelemetry_autoprop::builder()
        .with_format(baggage)
        // The tests are the proxy that sets this header and removes it from the requests of
        // clients.
        .trust(|_cx, carrier| match carrier.get("x-caller") {
            Some("internal") => Trust::Continue,
            Some("partner") => Trust::Restart,
            _ => Trust::Ignore,
        });
    let builder = match env::var("DEMO_STRICT").is_ok() {
        true => builder.append_format(
            SentryPropagator::builder()
                .strict_trace_continuation(true)
                .build()?,
        ),
        false => builder.append("sentry"),
    };
    match env::var("DEMO_CONFIG") {
        Ok(list) => Ok(builder.from_config(list.split(','), None)?),
        Err(_) => Ok(builder.from_env()),
    }
}
