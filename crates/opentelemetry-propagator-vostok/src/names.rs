//! The names of the headers, and of the entries that have a meaning here.

/// The header of the distributed globals, which contain the tracing entry.
pub const GLOBALS: &str = "context-globals";

/// The header of the distributed properties.
pub const PROPERTIES: &str = "context-properties";

/// The header by which a Vostok service sheds load. Its value is a
/// [`RequestPriority`](crate::RequestPriority).
pub const REQUEST_PRIORITY_HEADER: &str = "request-priority";

/// The name of the global that holds the trace.
pub const TRACING_CONTEXT: &str = "vostok.tracing.context";

/// The name of the global that holds the [`RequestPriority`](crate::RequestPriority).
pub const REQUEST_PRIORITY: &str = "vostok.request.priority";

/// The name of the property that sends a Vostok service's calls to a test stand.
///
/// It is the only distributed property that Vostok's public libraries register. It is not on the
/// default allow-list, because it decides which instance of a service answers a request: a client
/// that can send it can redirect calls. Allow it on a test stand:
///
/// ```
/// use opentelemetry_propagator_vostok::header::FORCED_SD_ENVIRONMENT;
/// use opentelemetry_propagator_vostok::VostokPropagator;
///
/// let propagator = VostokPropagator::builder()
///     .allow_properties([FORCED_SD_ENVIRONMENT])
///     .build();
/// ```
pub const FORCED_SD_ENVIRONMENT: &str = "forced.sd.environment";
