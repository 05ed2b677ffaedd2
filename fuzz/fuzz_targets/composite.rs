//! Lists of propagators, compared with `oracle/src/merging.rs`.
//!
//! - The span context is the one that the merging rule derives from the statements of all headers.
//! - Every other value that a format keeps is the one that its propagator keeps when used alone.
//! - The written headers are those of each propagator. The `baggage` of several ones is merged.
//! - The ids are read again. A decision is sent as deferred only if no header states one.

#![no_main]

propagator_fuzz::deep!(propagator_fuzz::targets::composite);
