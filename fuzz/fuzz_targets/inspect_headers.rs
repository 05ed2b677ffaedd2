//! Any bytes: what `inspect` finds in them, and its reports.
//!
//! - The trace of a report is the one that a service with the same list continues.
//! - A format is refused exactly if its header is there and states no trace.
//! - Nothing that is printed is a control sequence, apart from the own colors.
//! - The headers that are sent on are legal, and are found again in a paste of them.

#![no_main]

propagator_fuzz::deep!(inspect_headers);
