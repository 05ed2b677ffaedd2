#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod header;
mod propagator;

pub use header::{OtTrace, ParseError};
pub use propagator::{OtTracePropagator, OtTracePropagatorBuilder};
