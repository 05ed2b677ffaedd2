#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod base64;
mod context;
mod entries;
mod envelope;
mod error;
pub mod header;
mod names;
mod priority;
mod propagator;
mod tracing_context;

pub use context::VostokContextExt;
pub use entries::{Entries, TooLongError};
pub use error::ParseError;
pub use header::Globals;
pub use priority::RequestPriority;
pub use propagator::{VostokPropagator, VostokPropagatorBuilder};
pub use tracing_context::TracingContext;

/// The ids of a [`TracingContext`].
#[doc(inline)]
pub use opentelemetry_propagator_core::Guid;
