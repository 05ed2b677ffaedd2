//! `X-Kontur-Trace-*` in both carriers, compared with `oracle/src/kontur.rs`.
//!
//! - The span context is the one that the oracle reads. Without a valid trace, the context is
//!   unchanged.
//! - Extraction allocates at most a small multiple of the input's length.
//! - The written headers are valid and equal to those that the oracle writes.
//! - The written headers are read again with the same ids and decision, and written again byte for
//!   byte.

#![no_main]

propagator_fuzz::deep!(propagator_fuzz::targets::kontur);
