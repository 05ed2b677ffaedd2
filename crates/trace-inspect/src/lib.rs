//! Finds trace headers and trace ids in text of any kind, and shows which trace a service would
//! continue and what it would send on.
//!
//! The binary `trace-inspect` is this library with a command line. Two steps do the work:
//!
//! - [`headers::Reader`] finds the messages of an input while it arrives. It takes any bytes.
//! - [`report::Report::new`] explains one message for a list of propagators.
//!
//! [`output::Text`] and [`output::Json`] print the result.
//!
//! ```
//! use trace_inspect::headers;
//! use trace_inspect::output::{Json, Options, Output, Status};
//! use trace_inspect::report::Report;
//!
//! let (messages, summary) = headers::read(br#"{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}"#);
//! let propagator = opentelemetry_autoprop::from_list("tracecontext,kontur")?;
//! let report = Report::new(&messages[0], &propagator);
//! assert_eq!(report.trace.unwrap().from, "tracecontext");
//!
//! let mut json = Vec::new();
//! let mut output = Json::new(&mut json, Options::new(vec![propagator]));
//! output.message(None, messages[0].clone())?;
//! assert_eq!(output.finish(&summary)?, Status::Continued);
//! let json: serde_json::Value = serde_json::from_slice(&json)?;
//! assert_eq!(json["traces"][0]["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod facts;
mod formats;
mod header_map;
pub mod headers;
pub mod output;
mod reasons;
pub mod report;
mod warnings;
