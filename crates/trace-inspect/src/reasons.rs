//! The reasons for which formats ignore headers, as a service logs them.

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::LazyLock;

use tracing::field::{Field, Visit};
use tracing::{dispatcher, Dispatch, Event, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::Registry;

thread_local! {
    static REASONS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Calls a function, and returns also the reasons that are logged in the meantime, each once. A
/// reason begins with the name of the header and a colon.
pub(crate) fn collect<T>(read: impl FnOnce() -> T) -> (T, Vec<String>) {
    static DISPATCH: LazyLock<Dispatch> = LazyLock::new(|| {
        let is_reason = filter_fn(|event| event.name().ends_with(".HeaderIgnored"));
        Dispatch::new(Registry::default().with(Collector).with(is_reason))
    });
    let read = dispatcher::with_default(&DISPATCH, read);
    (read, REASONS.take())
}

/// Collects the reasons of the current thread.
struct Collector;

impl<S: Subscriber> Layer<S> for Collector {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Collector);
    }
}

impl Visit for Collector {
    fn record_str(&mut self, field: &Field, value: &str) {
        REASONS.with_borrow_mut(|reasons| {
            if field.name() == "reason" && reasons.iter().all(|known| known != value) {
                reasons.push(value.to_owned());
            }
        });
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
