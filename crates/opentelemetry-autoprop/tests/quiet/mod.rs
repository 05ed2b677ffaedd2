//! Keeps reports of invalid lists out of the output of the tests.

use opentelemetry_autoprop::{Builder, Propagator};

pub trait Quiet {
    /// Calls `from_env` with a subscriber that takes the report. Without one, it would be written
    /// to standard error.
    fn set_up_quietly(self) -> Propagator;
}

impl Quiet for Builder {
    fn set_up_quietly(self) -> Propagator {
        tracing::subscriber::with_default(tracing_subscriber::registry(), || self.from_env())
    }
}
