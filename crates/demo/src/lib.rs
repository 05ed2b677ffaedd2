//! A service set up as a user would, and the way of a trace through a chain of them.
//!
//! - [`telemetry`]: the set-up, to be copied into a service.
//! - [`service`] and [`next`]: the service, and its calls of the next one.
//! - [`collector`] and [`ingest`]: what spans and errors are sent to.
//! - [`caller`], [`process`], [`chain`]: whom requests come from, and whom they go through.
//! - [`show`] and [`tree`]: what came of it, for a reader.
//! - [`load`]: the same under load.

pub mod caller;
pub mod chain;
pub mod collector;
pub mod ingest;
pub mod load;
pub mod next;
pub mod process;
pub mod service;
pub mod show;
pub mod telemetry;
pub mod tree;

/// The client and the server of `proto/demo.proto`.
#[allow(missing_docs, unreachable_pub)]
pub mod proto {
    tonic::include_proto!("demo");
}
