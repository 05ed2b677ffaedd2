//! The log of the library.

use std::sync::Once;

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Discards the messages that the library logs about its configuration. Without a subscriber, it
/// writes them to standard error.
pub(crate) fn discard() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Discard).expect("there is no other subscriber");
    });
}

struct Discard;

impl Subscriber for Discard {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "autoprop"
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, _event: &Event<'_>) {}

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}
