#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod context;
mod dsc;
pub mod header;
mod propagator;
mod sampling;
#[cfg(feature = "span-processor")]
mod span_processor;

pub use builder::{BuildError, SentryPropagatorBuilder};
pub use context::{SentryContextExt, SentryHeaders};
pub use dsc::DynamicSamplingContext;
pub use header::{ParseError, SentryTrace};
pub use propagator::SentryPropagator;
