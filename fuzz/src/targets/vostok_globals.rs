//! `Context-Globals` against [`propagator_oracle::vostok`].

use opentelemetry_propagator_vostok::header;
use opentelemetry_propagator_vostok::{Globals, RequestPriority, TracingContext};
use propagator_oracle as oracle;

use super::vostok::{self, Options};
use crate::case::Case;
use crate::generate::{Format, Grammar};
use crate::invariants;

/// What the mutator writes into inputs.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[Format::VostokGlobals],
    options: vostok::OPTIONS,
};

/// Options: `@held`, `@set_global`, `@set_property`, and those of the propagator's builder.
pub fn check(input: &[u8]) {
    let case = Case::parse(input);
    vostok::check(&case);
    for (_, value) in &case.headers {
        if let Ok(value) = std::str::from_utf8(value) {
            check_header(&Options::of(&case), value);
            check_tracing(value);
        }
    }
}

/// The parser of the header agrees with the oracle, and its error is safe to log.
fn check_header(options: &Options<'_>, value: &str) {
    let (allow, limit) = (&options.allow_globals, options.max_header_len);
    let parsed = invariants::bounded(value.len(), || Globals::parse(value, allow, limit));
    if let Err(error) = &parsed {
        invariants::assert_safe_to_log(error);
    }
    let globals = parsed.ok().map(|globals| oracle::vostok::Globals {
        trace: globals.tracing.map(ids),
        is_trace_invalid: globals.tracing_error.is_some(),
        allowed: vostok::named(&globals.allowed),
    });
    assert_eq!(globals, oracle::vostok::globals(value, allow, limit));
    vostok::check_entries(header::GLOBALS, value);
}

fn ids(tracing: TracingContext) -> (u128, Option<u64>) {
    let span_id = u64::from_be_bytes(tracing.span_id().to_bytes());
    (
        u128::from_be_bytes(tracing.trace_id().to_bytes()),
        Some(span_id).filter(|span_id| *span_id != 0),
    )
}

/// The value of the tracing entry, and of the priority, by themselves.
fn check_tracing(value: &str) {
    let tracing = value.parse::<TracingContext>();
    let expected = oracle::vostok::read_tracing(value.as_bytes());
    if let Err(error) = &tracing {
        invariants::assert_safe_to_log(error);
    }
    if let Ok(tracing) = tracing {
        assert_eq!(tracing.to_string().parse(), Ok(tracing));
    }
    assert_eq!(tracing.ok().map(ids), expected);

    let priority = value.parse::<RequestPriority>();
    let expected = oracle::vostok::read_priority(value);
    assert_eq!(priority.ok().map(RequestPriority::as_str), expected);
}
