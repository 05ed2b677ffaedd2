//! Shows a trace through a chain of services.
//!
//! ```text
//! demo             sends a request with a captured header, and prints its trace
//! demo CALLER      sends the headers of vostok, kontur, sentry, traceparent or all
//! demo load        runs the load test, seven minutes; `demo load TURNS SECONDS` runs a shorter one
//! demo serve       runs one service, which calls DEMO_NEXT, until its standard input ends
//! demo collect     runs a collector, which drops the spans, until its standard input ends
//! ```
//!
//! `DEMO_OMIT_UNSAMPLED_TRACE=True` turns that option of Sentry's propagator on in the service.

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use demo::caller::Caller;
use demo::collector::Collector;
use demo::load::{self, Plan};
use demo::process::LISTENING;
use demo::{service, show, telemetry};
use opentelemetry::global;
use opentelemetry_propagator_sentry::SentryPropagator;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    match env::args().nth(1).as_deref() {
        Some("serve") => serve().await,
        Some("collect") => collect().await,
        Some("load") => load().await,
        name => {
            let caller: &Caller = name.unwrap_or("vostok").parse()?;
            let text = show::show(&env::current_exe()?, caller).await?;
            Ok(io::stdout().write_all(text.as_bytes())?)
        }
    }
}

/// Runs the load test for both paths, with and without an exporter.
async fn load() -> Result<(), Box<dyn Error + Send + Sync>> {
    let number = |at, default| env::args().nth(at).map_or(Ok(default), |it| it.parse());
    for (path, is_exported) in [("/", true), ("/next", true), ("/", false), ("/next", false)] {
        let plan = Plan {
            path,
            is_exported,
            turns: number(2, 10)?,
            seconds: number(3, 3)?,
        };
        let report = load::load(&env::current_exe()?, plan).await?;
        writeln!(io::stdout(), "{report}")?;
    }
    Ok(())
}

async fn collect() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut collector = Collector::start()?;
    writeln!(io::stdout(), "{LISTENING}{}", collector.address())?;
    let drain = tokio::spawn(async move { while collector.next().await.is_some() {} });
    tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await?;
    drain.abort();
    Ok(())
}

async fn serve() -> Result<(), Box<dyn Error + Send + Sync>> {
    let _telemetry = telemetry::configure();
    if env::var("DEMO_OMIT_UNSAMPLED_TRACE").is_ok_and(|it| it == "True") {
        omit_unsampled_trace()?;
    }
    service::run().await
}

/// Replaces the propagator as the guide for Sentry describes.
fn omit_unsampled_trace() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut sentry = SentryPropagator::builder().omit_unsampled_trace(true);
    if let Ok(dsn) = env::var("SENTRY_DSN") {
        sentry = sentry.dsn(dsn);
    }
    let propagator = opentelemetry_autoprop::builder()
        .with_format(sentry.build()?)
        .default_list(telemetry::PROPAGATORS)
        .from_env();
    global::set_text_map_propagator(propagator);
    Ok(())
}
