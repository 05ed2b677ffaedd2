//! A second, naive implementation of each format.
//!
//! It follows the description of the formats, one character at a time, and does not depend on the
//! library. A mistake remains undetected only if both implementations contain it. Readers allocate
//! little, so that they do not slow down the fuzzer.

pub mod baggage;
pub mod base64;
pub mod guid;
pub mod header_baggage;
pub mod hex;
pub mod kontur;
pub mod merging;
pub mod notations;
pub mod otel_propagators;
pub mod other_formats;
pub mod percent;
pub mod renderings;
pub mod sentry;
pub mod vostok;
pub mod w3c;

/// The facts that the headers of one format state about the caller's span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedTrace {
    /// The trace id, not zero.
    pub trace_id: u128,
    /// The span id, which is not zero, or `None` if the headers state none.
    pub span_id: Option<u64>,
    /// The sampling decision, or `None` if the headers state none.
    pub sampled: Option<bool>,
}

/// Returns the substitute for a missing span id, which is the first half of the trace id, or the
/// second half if the first is zero.
pub fn derived_span_id(trace_id: u128) -> u64 {
    let first = (trace_id >> 64) as u64;
    let second = trace_id as u64;
    if first == 0 {
        second
    } else {
        first
    }
}

/// Returns a value without the spaces and tabs around it.
pub fn trim(value: &str) -> &str {
    value.trim_matches([' ', '\t'])
}

/// Reads a header of one value from all its lines. The first line is used if it is valid and not
/// empty, otherwise the first non-empty element of all lines. `first` is the line that the carrier
/// returns for a single lookup.
pub fn first_value<T>(
    first: Option<&str>,
    lines: &[&str],
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let element = || {
        let elements = lines.iter().flat_map(|line| line.split(','));
        elements.map(trim).find(|element| !element.is_empty())
    };
    let first = first?;
    let value = if trim(first).is_empty() {
        None
    } else {
        read(first)
    };
    value.or_else(|| read(element()?))
}
