//! Access to Vostok's globals and properties in a [`Context`].

use opentelemetry::Context;

use crate::entries::Entries;
use crate::names::TRACING_CONTEXT;
use crate::priority::RequestPriority;

/// The globals of a [`Context`], without the tracing entry.
///
/// Globals and properties are separate values of the context, so that replacing one does not copy
/// the other.
#[derive(Debug)]
pub(crate) struct ContextGlobals(pub(crate) Entries);

/// The properties of a [`Context`].
#[derive(Debug)]
pub(crate) struct ContextProperties(pub(crate) Entries);

static NONE: Entries = Entries::new();

/// Extends [`Context`] with access to Vostok's distributed globals and properties.
///
/// Incoming entries are present if the propagator's allow-lists contain their names. Entries that
/// are set through this trait are sent regardless of the allow-lists.
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry_propagator_vostok::{RequestPriority, VostokContextExt};
///
/// let cx = Context::new().with_vostok_request_priority(RequestPriority::Critical);
/// assert_eq!(cx.vostok_request_priority(), Some(RequestPriority::Critical));
///
/// let mut globals = cx.vostok_globals().clone();
/// globals.insert("user.region", "66")?;
/// let cx = cx.with_vostok_globals(globals);
/// assert_eq!(cx.vostok_globals().get_str("user.region"), Some("66"));
/// assert_eq!(cx.vostok_request_priority(), Some(RequestPriority::Critical));
/// # Ok::<(), opentelemetry_propagator_vostok::TooLongError>(())
/// ```
pub trait VostokContextExt: private::Sealed {
    /// Returns the globals, without the tracing entry.
    fn vostok_globals(&self) -> &Entries;

    /// Returns a context with these globals, replacing the ones it has. A tracing entry among them
    /// is dropped, because injection builds it from the span context.
    #[must_use = "the returned context has the globals; this one is unchanged"]
    fn with_vostok_globals(&self, globals: Entries) -> Self;

    /// Returns the properties.
    fn vostok_properties(&self) -> &Entries;

    /// Returns a context with these properties, replacing the ones it has.
    #[must_use = "the returned context has the properties; this one is unchanged"]
    fn with_vostok_properties(&self, properties: Entries) -> Self;

    /// Returns the global `vostok.request.priority`, or `None` if it is missing or unknown. A
    /// priority that arrives only in the `request-priority` header is stored as this global, too.
    fn vostok_request_priority(&self) -> Option<RequestPriority>;

    /// Returns a context with this priority as its global `vostok.request.priority`.
    #[must_use = "the returned context has the priority; this one is unchanged"]
    fn with_vostok_request_priority(&self, priority: RequestPriority) -> Self;
}

impl VostokContextExt for Context {
    fn vostok_globals(&self) -> &Entries {
        self.get::<ContextGlobals>()
            .map_or(&NONE, |ContextGlobals(globals)| globals)
    }

    fn with_vostok_globals(&self, mut globals: Entries) -> Self {
        globals.remove(TRACING_CONTEXT);
        self.with_value(ContextGlobals(globals))
    }

    fn vostok_properties(&self) -> &Entries {
        self.get::<ContextProperties>()
            .map_or(&NONE, |ContextProperties(properties)| properties)
    }

    fn with_vostok_properties(&self, properties: Entries) -> Self {
        self.with_value(ContextProperties(properties))
    }

    fn vostok_request_priority(&self) -> Option<RequestPriority> {
        self.vostok_globals().request_priority()
    }

    fn with_vostok_request_priority(&self, priority: RequestPriority) -> Self {
        let mut globals = self.vostok_globals().clone();
        globals.set_request_priority(priority);
        self.with_vostok_globals(globals)
    }
}

mod private {
    /// Prevents other implementations, so that adding a method is not a breaking change.
    pub trait Sealed {}
    impl Sealed for opentelemetry::Context {}
}
