// Links of the README. The first definition applies: here they lead to the items of this version, and
// on the page of the repository to docs.rs.
//! [`VostokPropagator`]: VostokPropagator
//! [`VostokPropagator::builder()`]: VostokPropagator::builder
//! [`VostokContextExt`]: VostokContextExt
//! [`allow_globals`]: VostokPropagatorBuilder::allow_globals
//! [`allow_properties`]: VostokPropagatorBuilder::allow_properties
//! [`max_header_len`]: VostokPropagatorBuilder::max_header_len
//! [`sample_when_undecided`]: VostokPropagatorBuilder::sample_when_undecided
//! [`max_injected_len`]: VostokPropagatorBuilder::max_injected_len
//! [`request_priority_header`]: VostokPropagatorBuilder::request_priority_header
//! [`allow_missing_span_id`]: VostokPropagatorBuilder::allow_missing_span_id
//! [`omit_unsampled_trace`]: VostokPropagatorBuilder::omit_unsampled_trace
//! [`FORCED_SD_ENVIRONMENT`]: header::FORCED_SD_ENVIRONMENT
//! [`header`]: mod@header
//!
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
