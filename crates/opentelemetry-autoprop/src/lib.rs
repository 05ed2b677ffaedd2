#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod baggage;
mod builder;
mod declared;
mod error;
mod joining;
mod known;
mod propagator;
#[cfg(feature = "sentry")]
mod sentry;

pub use builder::Builder;
pub use error::Error;
pub use propagator::Propagator;

/// The variable that names the propagators.
pub const OTEL_PROPAGATORS: &str = "OTEL_PROPAGATORS";

/// The propagator that `OTEL_PROPAGATORS` names.
///
/// It never fails: what is wrong with the variable is a warning through OpenTelemetry's internal
/// logging, and what is left of it counts.
///
/// ```
/// let propagator = opentelemetry_autoprop::from_env();
/// opentelemetry::global::set_text_map_propagator(propagator);
/// ```
pub fn from_env() -> Propagator {
    builder().from_env()
}

/// The propagator that `OTEL_PROPAGATORS` names, or all that is wrong with the variable.
///
/// # Errors
///
/// Every name that is unknown, whose cargo feature is off, or that no crate serves.
///
/// ```
/// let propagator = opentelemetry_autoprop::try_from_env()?;
/// # Ok::<(), opentelemetry_autoprop::Error>(())
/// ```
pub fn try_from_env() -> Result<Propagator, Error> {
    builder().try_from_env()
}

/// The propagator that a list names, written as in `OTEL_PROPAGATORS`.
///
/// # Errors
///
/// Every name that is unknown, whose cargo feature is off, or that no crate serves.
///
/// ```
/// let propagator = opentelemetry_autoprop::from_list("tracecontext, Baggage")?;
/// assert!(propagator.names().eq(["tracecontext", "baggage"]));
///
/// let error = opentelemetry_autoprop::from_list("tracecontxt").unwrap_err();
/// assert!(error.to_string().starts_with(
///     "unknown propagator \"tracecontxt\", did you mean \"tracecontext\"?"
/// ));
/// # Ok::<(), opentelemetry_autoprop::Error>(())
/// ```
pub fn from_list(list: &str) -> Result<Propagator, Error> {
    builder().from_list(list)
}

/// Installs the propagator that `OTEL_PROPAGATORS` names as the global one, and returns it.
///
/// ```
/// let propagator = opentelemetry_autoprop::init();
/// println!("{propagator:?}");
/// ```
pub fn init() -> Propagator {
    builder().init()
}

/// Propagators of one's own, another default, another variable.
///
/// ```
/// # #[cfg(feature = "kontur")] {
/// use opentelemetry_propagator_kontur::KonturPropagator;
///
/// let propagator = opentelemetry_autoprop::builder()
///     .with("kontur", KonturPropagator::builder().sample_undecided(false).build())
///     .default_list("tracecontext,kontur")
///     .from_env();
/// # }
/// ```
pub fn builder() -> Builder {
    Builder::new()
}
