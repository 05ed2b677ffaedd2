//! The names of the headers, and of the globals that the propagator understands.

/// The header of the distributed globals, which contain the tracing entry.
pub const GLOBALS: &str = "context-globals";

/// The header of the distributed properties.
pub const PROPERTIES: &str = "context-properties";

/// The name of the global that holds the trace.
pub const TRACING_CONTEXT: &str = "vostok.tracing.context";

/// The name of the global that holds the [`RequestPriority`](crate::RequestPriority).
pub const REQUEST_PRIORITY: &str = "vostok.request.priority";
