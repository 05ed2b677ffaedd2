//! `OTEL_PROPAGATORS` and the variables of Sentry, compared with `oracle/src/otel_propagators.rs`.
//!
//! - The propagators are those that the oracle selects, for valid and invalid lists and
//!   registrations.
//! - Errors are short and safe to log, however long the list.
//! - `fields()` contains each name once, and the written headers are valid.

#![no_main]

propagator_fuzz::deep!(propagator_fuzz::targets::otel_propagators);
