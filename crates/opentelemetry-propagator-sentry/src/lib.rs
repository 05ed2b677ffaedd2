//! OpenTelemetry propagation by Sentry's headers, its Dynamic Sampling Context included.
//!
//! ```text
//! sentry-trace: 771a43a4192642f0b136d5159a501700-1234567890abcdef-1
//! baggage: sentry-trace_id=771a43a4192642f0b136d5159a501700,sentry-public_key=49d0f7386ad645858ae85020e393bef3,
//!          sentry-sample_rate=0.01337,sentry-sample_rand=0.001234,sentry-sampled=true,userId=42
//! ```
//!
//! [`SentryPropagator`] makes OpenTelemetry continue a trace that a Sentry SDK started, and passes
//! its Dynamic Sampling Context (DSC) on as it came; for a trace that starts here it builds one.
//! [`SentryContextExt`] reads both in an application.
//!
//! ```
//! use std::collections::HashMap;
//! use opentelemetry::propagation::TextMapPropagator;
//! use opentelemetry::trace::TraceContextExt;
//! use opentelemetry::Context;
//! use opentelemetry_propagator_sentry::{SentryContextExt, SentryPropagator};
//!
//! let request = HashMap::from([
//!     ("sentry-trace".to_owned(), "771a43a4192642f0b136d5159a501700-1234567890abcdef-1".to_owned()),
//!     ("baggage".to_owned(), "userId=42,sentry-release=shop%401.0,sentry-sampled=true".to_owned()),
//! ]);
//! let propagator = SentryPropagator::new();
//! let cx = propagator.extract_with_context(&Context::new(), &request);
//!
//! let span = cx.span();
//! assert_eq!(span.span_context().trace_id().to_string(), "771a43a4192642f0b136d5159a501700");
//! assert_eq!(cx.sentry_dsc().unwrap().get("release").unwrap(), "shop@1.0");
//!
//! let mut onward = HashMap::new();
//! propagator.inject_context(&cx, &mut onward);
//! assert_eq!(onward["baggage"], "sentry-release=shop%401.0,sentry-sampled=true");
//! ```
//!
//! The `baggage` header is shared: this propagator writes Sentry's members and never those of
//! others. Where another propagator of the same list writes `baggage` too, let the composite of
//! the `opentelemetry-autoprop` crate join them, or the later one wipes out the earlier one's.
//!
//! # Options
//!
//! | [builder](SentryPropagatorBuilder) | default | meaning |
//! |---|---|---|
//! | [`dsn`](SentryPropagatorBuilder::dsn) | none | gives the public key and the organisation |
//! | [`org_id`](SentryPropagatorBuilder::org_id) | the DSN's | the own organisation: a trace of another one is not continued |
//! | [`strict_trace_continuation`](SentryPropagatorBuilder::strict_trace_continuation) | `false` | nor one where either side names no organisation |
//! | [`release`](SentryPropagatorBuilder::release), [`environment`](SentryPropagatorBuilder::environment), [`sample_rate`](SentryPropagatorBuilder::sample_rate) | none | what the DSC of a trace that starts here says |
//! | [`sample_undecided`](SentryPropagatorBuilder::sample_undecided) | `true` | the trace is sampled when the header defers the decision |
//!
//! # Bad input
//!
//! Never an error for the request, and never a panic: the [`Context`](opentelemetry::Context)
//! stays as it was. The reason goes to OpenTelemetry's internal logging at debug level (cargo
//! feature `internal-logs`, on by default). Of the DSC, 64 members and 8192 bytes are kept at
//! most.
//!
//! # Beside `sentry-opentelemetry`
//!
//! With the cargo feature `span-processor`, what the `SentrySpanProcessor` of that crate reads is
//! left in the `Context` as well, so that its transactions continue the incoming trace.

mod builder;
mod context;
mod dsc;
pub mod header;
mod propagator;
mod sampling;
#[cfg(feature = "span-processor")]
mod span_processor;

pub use builder::{BuildError, SentryPropagatorBuilder};
pub use context::{SentryContextExt, SentryHeaders};
pub use dsc::DynamicSamplingContext;
pub use header::{ParseError, SentryTrace};
pub use propagator::SentryPropagator;
