//! The cases that the benchmarks measure.
//!
//! A [`case`] is a propagator and the request that it reads. The propagators of this repository are
//! in [`ours`], and those of other crates in [`others`]. Formats of ours without a counterpart there
//! have a [floor](baseline), which is the cost that OpenTelemetry's API sets for them. The requests
//! of an attacker are in [`hostile`].

pub mod base64;
pub mod baseline;
pub mod case;
pub mod cases;
pub mod chart;
pub mod counts;
pub mod hostile;
#[cfg(feature = "clock")]
pub mod measure;
pub mod others;
pub mod ours;
pub mod request;
pub mod results;
