#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod header;
mod propagator;
mod response;

pub use header::{KonturTrace, ParseError};
pub use propagator::{KonturPropagator, KonturPropagatorBuilder};
pub use response::{KonturResponsePropagator, KonturResponsePropagatorBuilder};
