//! What the fuzz targets check.
//!
//! A target in `fuzz_targets/` only hands its bytes to a function of [`targets`], so that the same
//! checks run on stable Rust over the seeds.

pub mod carrier;
pub mod case;
pub mod generate;
pub mod invariants;
pub mod mutate;
pub mod reports;
pub mod targets;
pub mod value;
