#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod context;
mod encoding;
mod entries;
pub mod header;
mod propagator;

pub use context::VostokContextExt;
pub use entries::Entries;
pub use header::{ParseError, RequestPriority};
pub use propagator::{VostokPropagator, VostokPropagatorBuilder};
