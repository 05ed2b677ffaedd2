// Links of the README. The first definition applies: here they lead to the items of this version, and
// on the page of the repository to docs.rs.
//! [`from_env`]: from_env()
//! [`try_from_env`]: try_from_env()
//! [`from_list`]: from_list()
//! [`builder`]: builder()
//! [`extract_only`]: Builder::extract_only
//! [`inject_only`]: Builder::inject_only
//! [`public_endpoint`]: Builder::public_endpoint
//! [`untrusted_parent`]: PropagationContextExt::untrusted_parent
//! [`suppress_propagation`]: suppress_propagation()
//! [`suppress_propagation_in`]: suppress_propagation_in()
//! [`Propagator::explain`]: Propagator::explain
//! [`trust`]: Builder::trust
//! [`from_config`]: Builder::from_config
//! [`other_parents`]: PropagationContextExt::other_parents
//! [`Foreign`]: Foreign
//! [`Format`]: Format
#![cfg_attr(feature = "sdk", doc = "[`SampleUndecided`]: SampleUndecided")]
#![cfg_attr(
    feature = "sdk",
    doc = "[`SampleUndecided::from_env`]: SampleUndecided::from_env"
)]
#![cfg_attr(feature = "sdk", doc = "[`SampleByTraceId`]: SampleByTraceId")]
#![cfg_attr(feature = "sdk", doc = "[`LinkSpanProcessor`]: LinkSpanProcessor")]
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod context;
mod env_lookup;
mod error;
mod explain;
mod foreign;
mod late;
#[cfg(feature = "sdk")]
mod links;
mod list;
mod propagator;
mod registry;
mod report;
mod resolve;
#[cfg(feature = "sdk")]
mod sampler;
#[cfg(feature = "sentry")]
mod sentry_env;
mod trust;

pub use builder::Builder;
pub use context::{suppress_propagation, suppress_propagation_in, PropagationContextExt};
pub use error::Error;
pub use explain::{Explanation, MergedParent, Statement};
pub use foreign::{Foreign, IntoPropagator};
#[cfg(feature = "sdk")]
#[cfg_attr(docsrs, doc(cfg(feature = "sdk")))]
pub use links::LinkSpanProcessor;
pub use propagator::Propagator;
pub use registry::{known_formats, KnownFormat};
#[cfg(feature = "sdk")]
#[cfg_attr(docsrs, doc(cfg(feature = "sdk")))]
pub use sampler::{SampleByTraceId, SampleUndecided};
pub use trust::Trust;

#[doc(inline)]
pub use opentelemetry_propagator_core::Format;

#[doc(inline)]
pub use opentelemetry_propagator_core::{
    baggage::{Member, MemberList, Members},
    extract_alone, inject_alone, ParentMerger, RemoteParent, Request, StatedTraceState,
};

/// The variable that names the propagators.
pub const OTEL_PROPAGATORS: &str = "OTEL_PROPAGATORS";

/// The variable that names the propagators that extract. It replaces [`OTEL_PROPAGATORS`] for this
/// direction, unless it is unset, empty, or contains no known name.
pub const OTEL_RUST_PROPAGATORS_EXTRACT: &str = "OTEL_RUST_PROPAGATORS_EXTRACT";

/// The variable that names the propagators that inject. It replaces [`OTEL_PROPAGATORS`] for this
/// direction, unless it is unset, empty, or contains no known name.
pub const OTEL_RUST_PROPAGATORS_INJECT: &str = "OTEL_RUST_PROPAGATORS_INJECT";

/// The variable that limits how far requests are trusted: `continue`, `restart` or `ignore`, as
/// [`Trust`] describes. It can only make a service stricter than its code is.
pub const OTEL_RUST_PROPAGATORS_TRUST: &str = "OTEL_RUST_PROPAGATORS_TRUST";

/// Returns the propagator that `OTEL_PROPAGATORS` names. For one direction,
/// [`OTEL_RUST_PROPAGATORS_EXTRACT`] or [`OTEL_RUST_PROPAGATORS_INJECT`] replaces it.
///
/// It never fails. Invalid names are ignored, and the default list applies if no name is valid.
/// Problems of the variables are reported once, in one message. The message is an event of
/// `tracing` at the level `ERROR` with the target `autoprop`. If no subscriber takes the event, the
/// message is written to standard error. Call this function after installing the subscriber, so
/// that the event reaches your log.
///
/// ```
/// let propagator = opentelemetry_autoprop::from_env();
/// opentelemetry::global::set_text_map_propagator(propagator);
/// ```
pub fn from_env() -> Propagator {
    builder().from_env()
}

/// Returns the propagator that the variables name, as [`from_env`] does.
///
/// # Errors
///
/// Returns an error if a variable is not UTF-8, or if it contains a name that is unknown or
/// whose cargo feature is off. The error lists all problems.
///
/// ```
/// let propagator = opentelemetry_autoprop::try_from_env()?;
/// # Ok::<(), opentelemetry_autoprop::Error>(())
/// ```
pub fn try_from_env() -> Result<Propagator, Error> {
    builder().try_from_env()
}

/// Returns the propagator that a list names. Its syntax is that of `OTEL_PROPAGATORS`.
///
/// # Errors
///
/// Returns an error if the list contains a name that is unknown, or whose cargo feature is
/// off. The error lists all problems.
///
/// ```
/// let propagator = opentelemetry_autoprop::from_list("tracecontext, Baggage")?;
/// assert!(propagator.names().eq(["tracecontext", "baggage"]));
///
/// let error = opentelemetry_autoprop::from_list("tracecontxt").unwrap_err();
/// assert!(error.to_string().starts_with(
///     "unknown propagator \"tracecontxt\"; did you mean \"tracecontext\"?"
/// ));
/// # Ok::<(), opentelemetry_autoprop::Error>(())
/// ```
pub fn from_list(list: &str) -> Result<Propagator, Error> {
    builder().from_list(list)
}

/// Returns a builder that accepts configured propagators, a default list, or the name of a
/// variable.
///
/// ```
/// # #[cfg(feature = "kontur")] {
/// use opentelemetry_propagator_kontur::KonturPropagator;
///
/// let propagator = opentelemetry_autoprop::builder()
///     .with_format(KonturPropagator::builder().sample_when_undecided(false).build())
///     .default_list("tracecontext,kontur")
///     .from_env();
/// # }
/// ```
pub fn builder() -> Builder {
    Builder::new()
}
