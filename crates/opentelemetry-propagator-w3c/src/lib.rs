// Links of the README. The first definition applies: here they lead to the items of this version, and
// on the page of the repository to docs.rs.
//! [`TraceContextPropagator`]: TraceContextPropagator
//! [`BaggagePropagator`]: BaggagePropagator
//! [`ServerTimingPropagator`]: ServerTimingPropagator
//! [`BaggagePropagator::builder()`]: BaggagePropagator::builder
//! [`allow_extract`]: BaggagePropagatorBuilder::allow_extract
//! [`allow_inject`]: BaggagePropagatorBuilder::allow_inject
//! [`named_traceparent`]: ServerTimingPropagator::named_traceparent
//! [`trace_response`]: ServerTimingPropagator::trace_response
//! [`TraceParent`]: traceparent::TraceParent
//! [`TraceStateList`]: tracestate::TraceStateList
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod baggage;
mod entry;
mod error;
mod keys;
mod server_timing;
mod trace_context;
pub mod traceparent;
pub mod tracestate;

pub use baggage::{BaggagePropagator, BaggagePropagatorBuilder};
pub use error::ParseError;
pub use server_timing::ServerTimingPropagator;
pub use trace_context::TraceContextPropagator;
pub use traceparent::TraceParent;
pub use tracestate::TraceStateList;
