//! How errors of the configuration reach the operator.

use std::io::{self, Write};

/// Reports an error of the configuration: as an event of `tracing`, or on standard error if no
/// subscriber takes the event.
///
/// The macros of OpenTelemetry's internal logging are not used: they set a target that the usual
/// filter `opentelemetry=off` matches.
pub(crate) fn report(message: &str) {
    if !log(message) {
        // There is nowhere left to report that standard error is closed.
        let _ = writeln!(io::stderr(), "opentelemetry-autoprop: {message}");
    }
}

/// Logs the message. Returns whether a subscriber takes the event.
#[cfg(feature = "internal-logs")]
fn log(message: &str) -> bool {
    let is_taken = tracing::event_enabled!(target: "autoprop", tracing::Level::ERROR);
    if is_taken {
        tracing::error!(target: "autoprop", "{message}");
    }
    is_taken
}

#[cfg(not(feature = "internal-logs"))]
fn log(_message: &str) -> bool {
    false
}
