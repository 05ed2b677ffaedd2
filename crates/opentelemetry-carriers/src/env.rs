//! Environment variables as a carrier, as OpenTelemetry's specification "Environment Variables as
//! Context Propagation Carriers" describes it.

mod extractor;
mod injector;
mod name;

pub use extractor::EnvExtractor;
pub use injector::{EnvInjector, EnvTarget};
pub use name::env_name;

/// The name that the propagation key `baggage` is normalized to.
const BAGGAGE: &str = "BAGGAGE";

/// The variable in which Sentry's SDKs pass on the value of `baggage` (Sentry's RFC 71).
const SENTRY_BAGGAGE: &str = "SENTRY_BAGGAGE";
