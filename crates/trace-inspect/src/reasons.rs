//! The reasons for which formats ignore headers, as a service logs them.

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::LazyLock;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{dispatcher, Dispatch, Event, Metadata, Subscriber};

thread_local! {
    static REASONS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Calls a function, and returns also the reasons that are logged in the meantime, each once. A
/// reason begins with the name of the header and a colon.
pub(crate) fn collect<T>(read: impl FnOnce() -> T) -> (T, Vec<String>) {
    static DISPATCH: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Collector));
    let read = dispatcher::with_default(&DISPATCH, read);
    (read, REASONS.take())
}

/// Collects the reasons of the current thread.
struct Collector;

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.name().ends_with(".HeaderIgnored")
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Reason);
    }

    // The formats log events and no spans.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Reason;

impl Visit for Reason {
    fn record_str(&mut self, field: &Field, value: &str) {
        REASONS.with_borrow_mut(|reasons| {
            if field.name() == "reason" && reasons.iter().all(|known| known != value) {
                reasons.push(value.to_owned());
            }
        });
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
