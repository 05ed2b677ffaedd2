//! The names of the headers, and of the entries that this crate interprets.

/// The name of the header that contains the distributed globals, including the tracing entry.
#[doc(alias = "Context-Globals")]
pub const GLOBALS: &str = "context-globals";

/// The name of the header that contains the distributed properties.
#[doc(alias = "Context-Properties")]
pub const PROPERTIES: &str = "context-properties";

/// The name of the header according to which a Vostok service sheds load. Its value is a
/// [`RequestPriority`](crate::RequestPriority).
#[doc(alias = "Request-Priority")]
pub const REQUEST_PRIORITY_HEADER: &str = "request-priority";

/// The name of the global that contains the trace.
pub const TRACING_CONTEXT: &str = "vostok.tracing.context";

/// The name of the global that contains the [`RequestPriority`](crate::RequestPriority).
pub const REQUEST_PRIORITY: &str = "vostok.request.priority";

/// The name of the property that directs the calls of a Vostok service to a test stand.
///
/// It is the only distributed property that Vostok's public libraries register. It is not on the
/// default allow-list, because it decides which instance of a service answers a request. An
/// untrusted client could use it to redirect calls. On a test stand, allow it as follows:
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
