//! An application's `baggage` in both carriers, compared with `oracle/src/baggage.rs`.
//!
//! - The entries of all lines are read, within the limits. Without a valid member the context is
//!   unchanged.
//! - Extraction allocates at most a small multiple of the input's length.
//! - The written header is valid and contains the members that the oracle writes.
//! - The written header is read again with the same entries.

#![no_main]

propagator_fuzz::deep!(propagator_fuzz::targets::baggage);
