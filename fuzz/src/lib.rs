//! The checks of the fuzz targets.
//!
//! A deep target in `fuzz_targets/` passes its bytes to a function of [`targets`]; a fast one
//! contains its check. The same checks run on stable Rust over the seeds.

pub mod invariants;
mod logs;
pub mod targets;

pub use propagator_fuzz_input::{carrier, case, generate, mutate, value};
