// Links of the README. The first definition applies: here they lead to the items of this version, and
// on the page of the repository to docs.rs.
//! [`JaegerPropagator`]: JaegerPropagator
//! [`JaegerPropagator::builder()`]: JaegerPropagator::builder
//! [`sample_when_undecided`]: JaegerPropagatorBuilder::sample_when_undecided
//! [`baggage`]: JaegerPropagatorBuilder::baggage
//! [`header`]: mod@header
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod baggage;
pub mod header;
mod propagator;

pub use header::{JaegerTrace, ParseError};
pub use propagator::{JaegerPropagator, JaegerPropagatorBuilder};
