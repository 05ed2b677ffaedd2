//! `Context-Globals`, `Context-Properties` and `Request-Priority` in both carriers, compared with
//! `oracle/src/vostok.rs`.
//!
//! - The span context, the allowed entries and the priority are those that the oracle reads.
//! - Extraction allocates at most a small multiple of the input's length.
//! - The written headers are valid, within the limit, and equal to those that the oracle writes.
//! - Headers written without limits are read again with the same entries.

#![no_main]

propagator_fuzz::deep!(propagator_fuzz::targets::vostok);
