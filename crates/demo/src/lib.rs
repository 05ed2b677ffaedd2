//! A service set up as a user would, and the way of a trace through a chain of them.
//!
//! - [`telemetry`]: the set-up, to be copied into a service.
//! - [`service`] and [`next`]: the service, and its calls of the next one.

pub mod next;
pub mod service;
pub mod telemetry;

/// The client and the server of `proto/demo.proto`.
#[allow(missing_docs, unreachable_pub)]
pub mod proto {
    tonic::include_proto!("demo");
}
