// Links of the README. The first definition applies: here they lead to the items of this version, and
// on the page of the repository to docs.rs.
//! [`XrayPropagator`]: XrayPropagator
//! [`XrayLambdaPropagator`]: XrayLambdaPropagator
//! [`XrayPropagator::builder()`]: XrayPropagator::builder
//! [`XrayLambdaPropagator::builder()`]: XrayLambdaPropagator::builder
//! [`sample_when_undecided`]: XrayPropagatorBuilder::sample_when_undecided
//! [`allow_missing_span_id`]: XrayPropagatorBuilder::allow_missing_span_id
//! [`forward_lineage`]: XrayPropagatorBuilder::forward_lineage
//! [`lookup`]: XrayLambdaPropagatorBuilder::lookup
//! [`header`]: mod@header
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod header;
mod lambda;
mod lineage;
mod propagator;

pub use header::{ParseError, XrayTrace};
pub use lambda::{XrayLambdaPropagator, XrayLambdaPropagatorBuilder};
pub use lineage::Lineage;
pub use propagator::{XrayPropagator, XrayPropagatorBuilder};
