//! The cases that the benchmarks measure.
//!
//! A [`case`] is a propagator and the request that it reads. The propagators of this repository are
//! in [`ours`], and those of other crates in [`others`]. Each of ours has a [floor](baseline),
//! which is the cost that OpenTelemetry's API sets for it.

pub mod base64;
pub mod baseline;
pub mod case;
pub mod cases;
pub mod chart;
#[cfg(feature = "clock")]
pub mod measure;
pub mod others;
pub mod ours;
pub mod request;
pub mod results;
