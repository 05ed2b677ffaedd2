//! OpenTelemetry propagation by the `X-Kontur-Trace-*` headers.
//!
//! ```text
//! x-kontur-trace-id: 27bb7faa48294cf49ae6007d70905468
//! x-kontur-trace-spanid: 0bcd098a592642e4
//! x-kontur-trace-issampled: true
//! ```
//!
//! [`KonturPropagator`] continues a trace that came with these headers and sends it on;
//! [`KonturResponsePropagator`] puts the trace id alone on a response, where people copy it from
//! into the trace viewer.
//!
//! ```
//! use std::collections::HashMap;
//! use opentelemetry::propagation::TextMapPropagator;
//! use opentelemetry::trace::TraceContextExt;
//! use opentelemetry::Context;
//! use opentelemetry_propagator_kontur::KonturPropagator;
//!
//! let request = HashMap::from([
//!     ("x-kontur-trace-id".to_owned(), "27bb7faa-4829-4cf4-9ae6-007d70905468".to_owned()),
//!     ("x-kontur-trace-spanid".to_owned(), "0bcd098a".to_owned()),
//! ]);
//! let propagator = KonturPropagator::new();
//! let cx = propagator.extract_with_context(&Context::new(), &request);
//!
//! let mut onward = HashMap::new();
//! propagator.inject_context(&cx, &mut onward);
//! assert_eq!(onward["x-kontur-trace-id"], "27bb7faa48294cf49ae6007d70905468");
//! assert_eq!(onward["x-kontur-trace-spanid"], "000000000bcd098a");
//! assert_eq!(onward["x-kontur-trace-issampled"], "true");
//! ```
//!
//! # Options
//!
//! | [builder](KonturPropagatorBuilder) | default | meaning |
//! |---|---|---|
//! | [`sample_undecided`](KonturPropagatorBuilder::sample_undecided) | `true` | the trace is sampled when the headers hold no decision |
//! | [`continue_trace_id_alone`](KonturPropagatorBuilder::continue_trace_id_alone) | `true` | a trace id without a usable span id is continued |
//!
//! # Bad input
//!
//! Never an error for the request, and never a panic. A trace id that is none leaves the
//! [`Context`](opentelemetry::Context) as it was; a span id that is none counts as missing; a
//! sampling flag that is none counts as no decision. The reason goes to OpenTelemetry's internal
//! logging at debug level (cargo feature `internal-logs`, on by default).
//!
//! The [`header`] module reads and writes the single headers, for those who handle them by hand.

pub mod header;
mod propagator;

pub use header::ParseError;
pub use propagator::{KonturPropagator, KonturPropagatorBuilder, KonturResponsePropagator};
