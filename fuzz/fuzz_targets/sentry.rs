//! `sentry-trace` and `baggage` in both carriers, compared with `oracle/src/sentry.rs`.
//!
//! - The span context, the decision and the sampling context are those that the oracle reads.
//! - A trace of another organization is not continued.
//! - The sampling context is sent verbatim, and never with another trace.
//! - A new trace has a sampling context that agrees with its decision and is within the limits.

#![no_main]

propagator_fuzz::deep!(propagator_fuzz::targets::sentry);
