// Links of the README. The first definition applies: here they lead to the items of this version, and
// on the page of the repository to docs.rs.
//! [`SentryPropagator`]: SentryPropagator
//! [`SentryPropagator::builder()`]: SentryPropagator::builder
//! [`SentryContextExt`]: SentryContextExt
//! [`Dsn`]: Dsn
//! [`dsn`]: SentryPropagatorBuilder::dsn
//! [`org_id`]: SentryPropagatorBuilder::org_id
//! [`strict_trace_continuation`]: SentryPropagatorBuilder::strict_trace_continuation
//! [`release`]: SentryPropagatorBuilder::release
//! [`environment`]: SentryPropagatorBuilder::environment
//! [`sample_rate`]: SentryPropagatorBuilder::sample_rate
//! [`sample_when_undecided`]: SentryPropagatorBuilder::sample_when_undecided
//! [`omit_unsampled_trace`]: SentryPropagatorBuilder::omit_unsampled_trace
//! [`header`]: mod@header
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod context;
mod dsc;
mod dsn;
pub mod header;
mod incoming;
mod propagator;
mod root_dsc;
mod sampling;
#[cfg(feature = "span-processor")]
mod span_processor;

pub use builder::{BuildError, SentryPropagatorBuilder};
pub use context::SentryContextExt;
pub use dsc::DynamicSamplingContext;
pub use dsn::{Dsn, ParseDsnError};
pub use header::{ParseError, SentryTrace};
pub use propagator::SentryPropagator;
