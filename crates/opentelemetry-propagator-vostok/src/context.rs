//! What Vostok's headers leave in a [`Context`], and what they take from it.

use opentelemetry::Context;

use crate::entries::Entries;
use crate::header::{RequestPriority, REQUEST_PRIORITY, TRACING_CONTEXT};

/// The entries of one [`Context`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    pub(crate) globals: Entries,
    pub(crate) properties: Entries,
}

static NONE: Entries = Entries::new();

/// Reads and sets Vostok's distributed globals and properties in a [`Context`].
///
/// What an incoming header held is there as far as the propagator's allow-lists keep it. What is
/// set here is sent on without being on a list: to set it is to permit it.
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry_propagator_vostok::{RequestPriority, VostokContextExt};
///
/// let cx = Context::new().with_vostok_request_priority(RequestPriority::Critical);
/// assert_eq!(cx.vostok_request_priority(), Some(RequestPriority::Critical));
///
/// let mut globals = cx.vostok_globals().clone();
/// globals.insert("user.region", "66");
/// let cx = cx.with_vostok_globals(globals);
/// assert_eq!(cx.vostok_globals().get_str("user.region"), Some("66"));
/// assert_eq!(cx.vostok_request_priority(), Some(RequestPriority::Critical));
/// ```
pub trait VostokContextExt: private::Sealed {
    /// The globals, without the tracing entry.
    fn vostok_globals(&self) -> &Entries;

    /// A context with these globals in place of those it has. A tracing entry among them is
    /// dropped: it is made from the span context when the headers are written.
    fn with_vostok_globals(&self, globals: Entries) -> Self;

    /// The properties.
    fn vostok_properties(&self) -> &Entries;

    /// A context with these properties in place of those it has.
    fn with_vostok_properties(&self, properties: Entries) -> Self;

    /// The global `vostok.request.priority`; `None` also when it is none of the known ones.
    fn vostok_request_priority(&self) -> Option<RequestPriority>;

    /// A context with this priority as its global `vostok.request.priority`.
    fn with_vostok_request_priority(&self, priority: RequestPriority) -> Self;
}

impl VostokContextExt for Context {
    fn vostok_globals(&self) -> &Entries {
        self.get::<Held>().map_or(&NONE, |held| &held.globals)
    }

    fn with_vostok_globals(&self, mut globals: Entries) -> Self {
        globals.remove(TRACING_CONTEXT);
        self.with_value(Held {
            globals,
            properties: self.vostok_properties().clone(),
        })
    }

    fn vostok_properties(&self) -> &Entries {
        self.get::<Held>().map_or(&NONE, |held| &held.properties)
    }

    fn with_vostok_properties(&self, properties: Entries) -> Self {
        self.with_value(Held {
            globals: self.vostok_globals().clone(),
            properties,
        })
    }

    fn vostok_request_priority(&self) -> Option<RequestPriority> {
        self.vostok_globals()
            .get_str(REQUEST_PRIORITY)?
            .parse()
            .ok()
    }

    fn with_vostok_request_priority(&self, priority: RequestPriority) -> Self {
        let mut globals = self.vostok_globals().clone();
        globals.insert(REQUEST_PRIORITY, priority.as_str());
        self.with_vostok_globals(globals)
    }
}

mod private {
    /// Keeps the trait to [`opentelemetry::Context`], so that methods can be added to it.
    pub trait Sealed {}
    impl Sealed for opentelemetry::Context {}
}
