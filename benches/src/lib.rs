//! What the propagators cost: [`case`]s, each a propagator with the request it reads, measured by
//! the benchmarks beside this crate.
//!
//! Beside each propagator of ours stands its [`floor`]: what is left when it need not understand
//! what it reads. Those of others are in [`peers`].

#![warn(missing_docs)]

pub mod case;
pub mod chart;
pub mod floor;
#[cfg(feature = "clock")]
pub mod measure;
pub mod ours;
#[cfg(feature = "clock")]
pub mod peers;
pub mod request;
pub mod results;
