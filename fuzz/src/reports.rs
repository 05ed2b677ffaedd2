//! Configuration errors in fuzzed lists.

use std::sync::OnceLock;

use tracing::Dispatch;

/// Runs code with a subscriber that takes every event and discards it. Without one, every invalid
/// list would be reported on standard error.
pub fn discard_reports<T>(run: impl FnOnce() -> T) -> T {
    static SUBSCRIBER: OnceLock<Dispatch> = OnceLock::new();
    let subscriber = SUBSCRIBER.get_or_init(|| Dispatch::new(tracing_subscriber::registry()));
    tracing::dispatcher::with_default(subscriber, run)
}
