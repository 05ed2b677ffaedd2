//! Finds out which trace a block of headers carries, and what a service would send on.
//!
//! The binary `inspect` is this library with a command line.

pub mod formats;
pub mod headers;
pub mod json;
pub mod report;
pub mod text;
