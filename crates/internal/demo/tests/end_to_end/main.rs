//! End-to-end tests: services as processes, with HTTP, gRPC, OTLP and Sentry envelopes.

mod collector;
mod environment;
mod every_hop;
mod gateway;
mod migration;
mod next_request;
mod recorder;
mod response;
mod show;
mod shutdown;
mod vostok_chain;

use std::path::Path;

use demo::process::ServiceProcess;

/// Returns the path of the program under test.
fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_demo"))
}

/// Starts a service with these variables and no other settings.
async fn service(variables: &[(&str, &str)]) -> ServiceProcess {
    ServiceProcess::start(program(), variables).await.unwrap()
}
