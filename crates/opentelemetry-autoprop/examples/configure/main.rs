//! A service that is set up from environment variables, as a service in Python is.
//!
//! ```text
//! cargo run -p opentelemetry-autoprop --features sdk --example configure
//! ```
//!
//! It handles one request, prints the headers of the call that it makes in the trace of that request,
//! and waits for Ctrl-C or SIGTERM. `telemetry.rs` is meant to be copied.

mod telemetry;

use std::collections::HashMap;
use std::io::{self, Write};

use opentelemetry::global;
use tracing::{info, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

#[tokio::main]
async fn main() -> io::Result<()> {
    let _telemetry = telemetry::configure();
    let stopped = telemetry::stopped();

    // In a service, a layer for the server does this for each request.
    let trace_id = "27bb7faa48294cf49ae6007d70905468".to_owned();
    let request = HashMap::from([("x-kontur-trace-id".to_owned(), trace_id)]);
    let span = info_span!("GET /");
    let parent = global::get_text_map_propagator(|it| it.extract(&request));
    // Fails only if the span is disabled or has been used.
    let _ = span.set_parent(parent);
    let headers = span.in_scope(call);
    drop(span);

    let mut names: Vec<_> = headers.iter().collect();
    names.sort_unstable();
    for (name, value) in names {
        writeln!(io::stdout(), "{name}: {value}")?;
    }
    stopped.await;
    Ok(())
}

/// Returns the headers of a call of the next service. A layer for the client does this.
fn call() -> HashMap<String, String> {
    info!("the next service is called");
    let mut headers = HashMap::new();
    let cx = tracing::Span::current().context();
    global::get_text_map_propagator(|it| it.inject_context(&cx, &mut headers));
    headers
}
