//! `OTEL_PROPAGATORS` for OpenTelemetry Rust: one line in `main`, and whoever runs the service
//! decides by environment variable which propagation headers it speaks.
//!
//! ```
//! let propagator = opentelemetry_autoprop::init();
//! println!("{propagator:?}");
//! ```
//!
//! ```text
//! $ OTEL_PROPAGATORS=tracecontext,kontur,vostok,sentry my-service
//! Propagator(tracecontext, kontur, vostok, sentry)
//! ```
//!
//! [`init`] installs the propagator for [`opentelemetry::global`], where instrumentation of servers
//! and clients finds it. [`from_env`] only makes it; [`from_list`] takes the list from elsewhere;
//! [`builder`] adds propagators of your own, replaces one by a configured one, chooses another
//! default or another variable.
//!
//! # Names
//!
//! | name | headers | cargo feature |
//! |---|---|---|
//! | `tracecontext` | `traceparent`, `tracestate` | always there |
//! | `baggage` | `baggage` | always there |
//! | `kontur` | `x-kontur-trace-id`, `x-kontur-trace-spanid`, `x-kontur-trace-issampled` | `kontur` (default) |
//! | `vostok` | `context-globals`, `context-properties` | `vostok` (default) |
//! | `sentry` | `sentry-trace`, `baggage` | `sentry` (default) |
//! | `b3` | `b3` | `b3` |
//! | `b3multi` | `x-b3-traceid`, `x-b3-spanid`, `x-b3-sampled`, … | `b3` |
//! | `xray` | `x-amzn-trace-id` | `xray` |
//! | `none` | none: a propagator that does nothing, whatever else the list names | always there |
//!
//! `jaeger` and `ottrace` are known to the specification, which deprecates them. No maintained
//! crate reads them for the OpenTelemetry versions supported here; [`Builder::with`] registers one
//! of your own under these names.
//!
//! Names are separated by commas; blanks around them and upper case do not matter; a name counts
//! once. Where the variable is unset or empty, the default is `tracecontext,baggage`. An unknown
//! name is left out with a warning (and is an error of [`try_from_env`] and [`from_list`]); where
//! no name is left, the default is used. `OTEL_SDK_DISABLED` changes nothing here: a service that
//! records no spans still passes on the traces that it is part of.
//!
//! Source: OpenTelemetry's Environment Variable Specification, `OTEL_PROPAGATORS`.
//!
//! # `sentry` and its variables
//!
//! | variable | what it gives |
//! |---|---|
//! | `SENTRY_DSN` | public key and organisation |
//! | `SENTRY_RELEASE`, `SENTRY_ENVIRONMENT` | what the Dynamic Sampling Context of a trace that starts here says |
//! | `SENTRY_TRACES_SAMPLE_RATE` | the rate at which such traces are sampled |
//!
//! Each is optional. A value that can't be used is left out with a warning.
//!
//! # Several formats at once
//!
//! Propagators run in the order of the list, and a later valid trace replaces an earlier one. When
//! `kontur`, `vostok` and `sentry` read the trace that is there already, it stays as it is, with
//! the `tracestate` and the sampling decision of the format that came first.
//!
//! `baggage` has several writers. An [`Injector`](opentelemetry::propagation::Injector) can only
//! set, so in a plain composite the last writer wipes out the others. Here their members are
//! joined: each once, within W3C's limits (64 members, 8192 bytes), Sentry's first, since they come
//! from the head of the trace. Of one key, the later propagator of the list counts; members of
//! Sentry count only as Sentry's propagator wrote them. A list where only one propagator writes
//! `baggage` pays nothing for this.

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
