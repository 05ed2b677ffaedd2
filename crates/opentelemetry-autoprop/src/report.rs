//! Reporting of configuration errors to the operator.

use std::io::{self, Write};

/// Reports a configuration error as an event of `tracing`, or on standard error if no subscriber
/// takes the event.
///
/// The macros of OpenTelemetry's internal logging are not used, because they set a target that the
/// common filter `opentelemetry=off` matches.
pub(crate) fn report(message: &str) {
    if !log(message) {
        // If standard error is closed, the message cannot be reported anywhere.
        let _ = writeln!(io::stderr(), "opentelemetry-autoprop: {message}");
    }
}

/// Logs a hint for the operator as an event of `tracing`. The configuration may be as intended, so
/// the hint is not written to standard error.
pub(crate) fn hint(message: &str) {
    #[cfg(feature = "internal-logs")]
    tracing::warn!(target: "autoprop", "{message}");
    #[cfg(not(feature = "internal-logs"))]
    let _ = message;
}

/// Logs the message. Returns whether a subscriber took the event.
fn log(message: &str) -> bool {
    #[cfg(feature = "internal-logs")]
    if tracing::event_enabled!(target: "autoprop", tracing::Level::ERROR) {
        tracing::error!(target: "autoprop", "{message}");
        return true;
    }
    let _ = message;
    false
}
