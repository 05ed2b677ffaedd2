#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod baggage;
pub mod header;
mod propagator;

pub use header::{JaegerTrace, ParseError};
pub use propagator::{JaegerPropagator, JaegerPropagatorBuilder};
