//! The cases that the benchmarks measure.
//!
//! A [`case`] is a propagator and the request that it reads. The propagators of this repository are
//! in [`ours`], and those of other crates in [`others`] and, without OpenTelemetry, in `codecs`.
//! Formats of ours without a counterpart there have a [floor](baseline), which is the cost that
//! OpenTelemetry's API sets for them. The requests of an attacker are in [`hostile`].

pub mod base64;
pub mod baseline;
pub mod case;
pub mod cases;
#[cfg(feature = "tables")]
pub mod chart;
#[cfg(feature = "tables")]
pub mod codecs;
pub mod counts;
pub mod footprint;
#[cfg(feature = "tables")]
pub mod growth;
pub mod hostile;
pub mod others;
pub mod ours;
pub mod request;
