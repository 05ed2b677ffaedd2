//! Inputs of the fuzz targets: their text form, carriers, generators and mutators.
//!
//! A crate of its own, so that it is compiled without coverage counters: the fuzzer follows the
//! paths of the library, and not those of the reader of its inputs.

pub mod carrier;
pub mod case;
pub mod generate;
pub mod mutate;
pub mod value;
