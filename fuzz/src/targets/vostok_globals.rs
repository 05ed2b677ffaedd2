//! `Context-Globals` against [`propagator_oracle::vostok`].

use opentelemetry_propagator_vostok::header;
use opentelemetry_propagator_vostok::RequestPriority;
use propagator_oracle as oracle;

use super::vostok::{self, Options};
use crate::case::Case;
use crate::generate::{Format, Grammar};
use crate::laws;

/// What the mutator writes into inputs.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[Format::VostokGlobals],
    options: vostok::OPTIONS,
};

/// Options: `@held`, `@keep_globals`, `@keep_properties`, `@max_header_len`, `@sample`,
/// `@set_global`, `@set_property`.
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

/// The reader of the header agrees with the oracle, and its error is fit for a log line.
fn check_header(options: &Options<'_>, value: &str) {
    let (keep, limit) = (&options.keep_globals, options.max_header_len);
    let parsed = laws::bounded(value.len(), || header::parse_globals(value, keep, limit));
    if let Err(error) = &parsed {
        laws::assert_fit_for_a_log(error);
    }
    let globals = parsed.ok().map(|globals| oracle::vostok::Globals {
        trace: globals.tracing.map(|tracing| {
            (
                tracing.trace_id().to_string(),
                tracing.span_id().to_string(),
            )
        }),
        kept: vostok::named(&globals.kept),
    });
    assert_eq!(globals, oracle::vostok::globals(value, keep, limit));
    vostok::check_entries(header::GLOBALS, value);
}

/// The value of the tracing entry, and of the priority, by themselves.
fn check_tracing(value: &str) {
    let tracing = value.parse::<header::TracingContext>();
    let expected = oracle::vostok::read_tracing(value.as_bytes());
    if let Err(error) = &tracing {
        laws::assert_fit_for_a_log(error);
    }
    if let Ok(tracing) = tracing {
        assert_eq!(tracing.to_string().parse(), Ok(tracing));
    }
    let ids = tracing.ok().map(|tracing| {
        let (trace_id, span_id) = (tracing.trace_id(), tracing.span_id());
        (trace_id.to_string(), span_id.to_string())
    });
    assert_eq!(ids, expected);

    let named = ["Sheddable", "Ordinary", "Critical"]
        .into_iter()
        .find(|name| name.eq_ignore_ascii_case(value));
    let priority = value.parse::<RequestPriority>();
    assert_eq!(priority.ok().map(RequestPriority::as_str), named);
}
