// Links of the README. The first definition applies: here they lead to the items of this version, and
// on the page of the repository to docs.rs.
//! [`OtTracePropagator`]: OtTracePropagator
//! [`OtTracePropagator::builder()`]: OtTracePropagator::builder
//! [`sample_when_undecided`]: OtTracePropagatorBuilder::sample_when_undecided
//! [`baggage`]: OtTracePropagatorBuilder::baggage
//! [`header`]: mod@header
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod header;
mod propagator;

pub use header::{OtTrace, ParseError};
pub use propagator::{OtTracePropagator, OtTracePropagatorBuilder};
