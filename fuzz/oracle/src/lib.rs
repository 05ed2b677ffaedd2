//! A second, naive implementation of each format.
//!
//! Written from the description of the formats alone, for clarity: regular expressions, maps,
//! owned strings, no care for speed. A crate of its own, which does not depend on the library: a
//! mistake has to be made twice to go unseen.

pub mod baggage;
pub mod base64;
pub mod guid;
pub mod header_block;
pub mod kontur;
pub mod otel_propagators;
pub mod percent;
pub mod sentry;
pub mod vostok;

/// What headers tell of the caller's span: ids as lower-case hex digits, never all zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// 32 digits.
    pub trace_id: String,
    /// 16 digits.
    pub span_id: String,
    /// The sampling decision; `None` when the headers hold none.
    pub sampled: Option<bool>,
}

/// The value without the blanks (space and tab) around it.
pub fn trim(value: &str) -> &str {
    value.trim_matches([' ', '\t'])
}

/// Whether digits are all zeros: an id of zeros names nothing.
pub fn is_zero(digits: &str) -> bool {
    digits.chars().all(|digit| digit == '0')
}

/// A regular expression that is compiled once.
macro_rules! regex {
    ($pattern:literal) => {{
        static REGEX: std::sync::LazyLock<regex::Regex> =
            std::sync::LazyLock::new(|| regex::Regex::new($pattern).expect("a valid pattern"));
        &*REGEX
    }};
}
pub(crate) use regex;
