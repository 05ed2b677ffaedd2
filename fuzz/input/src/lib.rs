//! Inputs of the fuzz targets, with their text form, carriers, generators and mutators.
//!
//! This is a separate crate, so that it is compiled without coverage counters. The fuzzer then
//! follows the paths of the library and not those of the parser of inputs.

pub mod carrier;
pub mod case;
pub mod generate;
pub mod mutate;
pub mod value;
