//! Lists of propagators, compared with `oracle/src/merging.rs`.
//!
//! - The span context is the one that the merging rule demands of the statements of all headers.
//! - All other values that a format keeps are those that its propagator keeps alone.
//! - The headers that are written are those of each propagator. The `baggage` of several is merged.
//! - The ids are read again. A deferred decision is sent as deferred only if no header decided.

#![no_main]

propagator_fuzz::deep!(composite);
