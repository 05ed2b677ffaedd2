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
