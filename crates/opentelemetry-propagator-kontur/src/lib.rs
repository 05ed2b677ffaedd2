#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod header;
mod propagator;

pub use header::ParseError;
pub use propagator::{KonturPropagator, KonturPropagatorBuilder, KonturResponsePropagator};
