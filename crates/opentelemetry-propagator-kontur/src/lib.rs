// Links of the README. The first definition applies: here they lead to the items of this version, and
// on the page of the repository to docs.rs.
//! [`KonturPropagator`]: KonturPropagator
//! [`KonturPropagator::builder()`]: KonturPropagator::builder
//! [`KonturResponsePropagator`]: KonturResponsePropagator
//! [`sample_when_undecided`]: KonturPropagatorBuilder::sample_when_undecided
//! [`allow_missing_span_id`]: KonturPropagatorBuilder::allow_missing_span_id
//! [`omit_unsampled_flag`]: KonturPropagatorBuilder::omit_unsampled_flag
//! [`KonturResponsePropagator::builder()`]: KonturResponsePropagator::builder
//! [`header_name`]: KonturResponsePropagatorBuilder::header_name
//! [`header`]: mod@header
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod header;
mod propagator;
mod response;

pub use header::{KonturTrace, ParseError};
pub use propagator::{KonturPropagator, KonturPropagatorBuilder};
pub use response::{KonturResponsePropagator, KonturResponsePropagatorBuilder};
