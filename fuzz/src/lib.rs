//! The checks of the fuzz targets.
//!
//! A deep target in `fuzz_targets/` passes its bytes to a function of [`targets`]. A fast target
//! contains its check. The tests run the same checks over the seeds on stable Rust.

pub mod invariants;
mod logs;
pub mod seeds;
pub mod statement;
pub mod targets;

pub use propagator_fuzz_input::{carrier, case, generate, mutate, value};
