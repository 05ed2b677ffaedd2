//! `Context-Properties` against [`propagator_oracle::vostok`], beside a `Context-Globals`.

use opentelemetry_propagator_vostok::header;
use propagator_oracle as oracle;

use super::vostok::{self, Options};
use crate::case::Case;
use crate::generate::{Format, Grammar};
use crate::laws;

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

/// The reader of the header agrees with the oracle, and its error is fit for a log line.
fn check_header(options: &Options<'_>, value: &str) {
    let (keep, limit) = (&options.keep_properties, options.max_header_len);
    let parsed = laws::bounded(value.len(), || header::parse_properties(value, keep, limit));
    if let Err(error) = &parsed {
        laws::assert_fit_for_a_log(error);
    }
    let properties = parsed.ok().map(|entries| vostok::named(&entries));
    assert_eq!(properties, oracle::vostok::properties(value, keep, limit));
    vostok::check_entries(header::PROPERTIES, value);
}
