#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod header;
mod propagator;

pub use header::{B3Trace, Decision, ParseError};
pub use propagator::{B3Propagator, B3PropagatorBuilder};
