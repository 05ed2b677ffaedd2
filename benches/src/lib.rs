//! What the propagators cost: [`case`]s, each a propagator with the request it reads, measured by
//! the benchmarks beside this crate.
//!
//! Beside each propagator of ours stands its [`baseline`]: what is left when it need not understand
//! what it reads. Those of others are in [`peers`].

pub mod base64;
pub mod baseline;
pub mod case;
pub mod chart;
#[cfg(feature = "clock")]
pub mod measure;
pub mod ours;
pub mod peers;
pub mod request;
pub mod results;
