//! `Context-Properties` against [`propagator_oracle::vostok`], beside a `Context-Globals`.

use opentelemetry_propagator_vostok::header;
use propagator_oracle as oracle;

use super::vostok::{self, Options};
use crate::case::Case;
use crate::generate::{Format, Grammar};
use crate::invariants;

/// What the mutator writes into inputs.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[Format::VostokProperties, Format::VostokGlobals],
    options: vostok::OPTIONS,
};

/// Options: those of [`vostok_globals`](super::vostok_globals).
pub fn check(input: &[u8]) {
    let case = Case::parse(input);
    vostok::check(&case);
    let options = Options::of(&case);
    for (_, value) in &case.headers {
        if let Ok(value) = std::str::from_utf8(value) {
            check_header(&options, value);
        }
    }
}

/// The parser of the header agrees with the oracle, and its error is safe to log.
fn check_header(options: &Options<'_>, value: &str) {
    let (allow, limit) = (&options.allow_properties, options.max_header_len);
    let parsed = invariants::bounded(value.len(), || {
        header::parse_properties(value, allow, limit)
    });
    if let Err(error) = &parsed {
        invariants::assert_safe_to_log(error);
    }
    let properties = parsed.ok().map(|entries| vostok::named(&entries));
    assert_eq!(properties, oracle::vostok::properties(value, allow, limit));
    vostok::check_entries(header::PROPERTIES, value);
}
