//! Tests with Sentry's and OpenTelemetry's packages for Python and JavaScript, over HTTP.

mod dsc;
mod formats;
mod hostile;
mod odd;
mod organizations;
mod otlp;
mod shared_baggage;
mod starts_elsewhere;
mod starts_in_rust;
mod through_rust;
mod versions;
mod w3c;
