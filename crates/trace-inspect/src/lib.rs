//! Finds trace headers in text of any kind, and shows which trace a service would continue and what
//! it would send on.
//!
//! The binary `trace-inspect` is this library with a command line. Two calls do the work:
//!
//! - [`headers::read`] finds the messages of an input. It takes any bytes.
//! - [`report::Report::new`] explains one message for a list of propagators.
//!
//! [`output::text`] and [`output::json`] print the result.
//!
//! ```
//! use trace_inspect::{headers, output, report::Report};
//!
//! let reading = headers::read(br#"{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}"#);
//! let propagator = opentelemetry_autoprop::from_list("tracecontext,kontur")?;
//! let report = Report::new(&reading.messages[0], &propagator);
//! assert_eq!(report.trace.unwrap().from, "tracecontext");
//!
//! let json = output::json::all(&reading, &[propagator], |trace_id| format!("https://viewer.example/{trace_id}"), 100);
//! assert_eq!(json["trace"]["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
//! # Ok::<(), opentelemetry_autoprop::Error>(())
//! ```

mod facts;
mod formats;
mod header_map;
pub mod headers;
pub mod output;
pub mod report;
mod warnings;
