//! `Context-Globals`, `Context-Properties` and `Request-Priority` in both carriers, compared with
//! `oracle/src/vostok.rs`.
//!
//! - The span context, the allowed entries and the priority are those that the oracle reads.
//! - Extraction allocates a small multiple of the input's length.
//! - The headers that are written are legal, within the limit, and those that the oracle writes.
//! - Without limits they are read again, entry by entry.

#![no_main]

propagator_fuzz::deep!(vostok);
