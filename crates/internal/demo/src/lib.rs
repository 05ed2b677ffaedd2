//! A service with a complete set-up, and a chain of such services that share a trace.
//!
//! - [`telemetry`]: the set-up, which is the example `configure` of `opentelemetry-autoprop`.
//! - [`service`] and [`next`]: the service, and its calls of the next one.
//! - [`collector`] and [`ingest`]: servers that receive spans and errors.
//! - [`caller`], [`process`], [`chain`]: callers with captured headers, and the chain of processes.
//! - [`show`] and [`tree`]: the demonstration, which prints the trace as a tree.
//! - [`load`]: the load test.

pub mod caller;
pub mod chain;
pub mod collector;
pub mod ingest;
pub mod load;
pub mod next;
pub mod process;
pub mod service;
pub mod show;
#[path = "../../../opentelemetry-autoprop/examples/configure/telemetry.rs"]
pub mod telemetry;
pub mod tree;

/// The client and the server of `proto/demo.proto`.
#[allow(missing_docs, unreachable_pub)]
pub mod proto {
    tonic::include_proto!("demo");
}
