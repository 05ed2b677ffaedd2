// Links of the README. The first definition applies: here they lead to the items of this version, and
// on the page of the repository to docs.rs.
//! [`B3Propagator`]: B3Propagator
//! [`B3Propagator::builder()`]: B3Propagator::builder
//! [`multi_header`]: B3PropagatorBuilder::multi_header
//! [`sample_when_undecided`]: B3PropagatorBuilder::sample_when_undecided
//! [`header`]: mod@header
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod header;
mod propagator;

pub use header::{B3Trace, Decision, ParseError};
pub use propagator::{B3Propagator, B3PropagatorBuilder};
