//! The reports of `trace-inspect` about arbitrary bytes.
//!
//! - The trace of a report is the one that a service with the same list continues.
//! - A format is reported as refused exactly if its header is present but states no trace.
//! - The output contains no control sequences other than the colors of `trace-inspect`.
//! - The outgoing headers are valid, and `trace-inspect` finds them again if they are its input.

#![no_main]

propagator_fuzz::deep!(tool_fuzz::inspect_headers);
