//! OpenTelemetry propagation by Vostok's `Context-Globals` and `Context-Properties` headers.
//!
//! ```text
//! context-globals: FgAAAHZvc3Rvay50cmFjaW5nLmNvbnRleHRJAAAAMjdiYjdmYWEtNDgyOS00Y2Y0LTlhZTYt…
//!
//! which is Base64 of a run of names and values, each with its length before it:
//!   vostok.tracing.context    27bb7faa-4829-4cf4-9ae6-007d70905468;0bcd098a-5926-42e4-9603-2b13607e899e
//!   vostok.request.priority   Ordinary
//! ```
//!
//! [`VostokPropagator`] continues the trace, keeps the globals that are on its allow-list, and
//! sends both on. [`VostokContextExt`] reads and sets the globals in a
//! [`Context`](opentelemetry::Context).
//!
//! ```
//! use std::collections::HashMap;
//! use opentelemetry::propagation::TextMapPropagator;
//! use opentelemetry::trace::TraceContextExt;
//! use opentelemetry::Context;
//! use opentelemetry_propagator_vostok::{RequestPriority, VostokContextExt, VostokPropagator};
//!
//! let request = HashMap::from([(
//!     "context-globals".to_owned(),
//!     "FwAAAHZvc3Rvay5yZXF1ZXN0LnByaW9yaXR5CAAAAE9yZGluYXJ5FgAAAHZvc3Rvay50cmFjaW5nLmNvbnRleHRJ\
//!      AAAAMjdiYjdmYWEtNDgyOS00Y2Y0LTlhZTYtMDA3ZDcwOTA1NDY4OzBiY2QwOThhLTU5MjYtNDJlNC05NjAzLTJi\
//!      MTM2MDdlODk5ZQ==".to_owned(),
//! )]);
//! let propagator = VostokPropagator::new();
//! let cx = propagator.extract_with_context(&Context::new(), &request);
//!
//! let span = cx.span();
//! assert_eq!(span.span_context().trace_id().to_string(), "27bb7faa48294cf49ae6007d70905468");
//! assert_eq!(span.span_context().span_id().to_string(), "0bcd098a592642e4");
//! assert_eq!(cx.vostok_request_priority(), Some(RequestPriority::Ordinary));
//! ```
//!
//! # Options
//!
//! | [builder](VostokPropagatorBuilder) | default | meaning |
//! |---|---|---|
//! | [`keep_globals`](VostokPropagatorBuilder::keep_globals) | `vostok.request.priority` | which globals of others are kept and sent on |
//! | [`keep_properties`](VostokPropagatorBuilder::keep_properties) | none | the same for `context-properties` |
//! | [`max_header_len`](VostokPropagatorBuilder::max_header_len) | 16 KiB | a longer header is ignored without decoding |
//! | [`sample`](VostokPropagatorBuilder::sample) | `true` | whether a continued trace is sampled: the header has no flag |
//!
//! # Bad input
//!
//! Never an error for the request, and never a panic. A header that is damaged or whose tracing
//! entry is none leaves the [`Context`](opentelemetry::Context) as it was; where a good tracing
//! entry stood before the damage, the trace is continued and all else is dropped. The reason goes
//! to OpenTelemetry's internal logging at debug level (cargo feature `internal-logs`, on by
//! default).
//!
//! The [`header`] module decodes and encodes the headers, for those who handle them by hand.

mod context;
mod encoding;
mod entries;
pub mod header;
mod propagator;

pub use context::VostokContextExt;
pub use entries::Entries;
pub use header::{ParseError, RequestPriority};
pub use propagator::{VostokPropagator, VostokPropagatorBuilder};
