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
