//! Compares `X-Kontur-Trace-*` with [`propagator_oracle::kontur`].

use opentelemetry::propagation::Extractor;
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_kontur::{KonturPropagator, KonturResponsePropagator};

use crate::carrier::{self, Lines};
use crate::case::Case;
use crate::generate::{Grammar, Headers};
use crate::invariants;
use propagator_oracle as oracle;

/// The headers and options that the mutator inserts.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[Headers::Kontur],
    options: &[
        ("sample_when_undecided", &["true", "false"]),
        ("allow_missing_span_id", &["true", "false"]),
        ("omit_unsampled_flag", &["true", "false"]),
        ("held", invariants::HELD),
    ],
};

/// Checks an input. Options: `@sample_when_undecided`, `@allow_missing_span_id`,
/// `@omit_unsampled_flag`, `@held`.
pub fn check(input: &[u8]) {
    let case = Case::parse(input);
    check_extract(&case, &Lines::of(&case));
    check_extract(&case, &HeaderExtractor(&carrier::http_headers(&case)));
    check_inject(&case, &invariants::initial(&case));
}

fn check_extract(case: &Case, carrier: &dyn Extractor) {
    let sample_when_undecided = case.flag("sample_when_undecided", true);
    let allow_missing_span_id = case.flag("allow_missing_span_id", true);
    let propagator = KonturPropagator::builder()
        .sample_when_undecided(sample_when_undecided)
        .allow_missing_span_id(allow_missing_span_id)
        .build();
    let stated = stated(carrier, allow_missing_span_id);

    let before = invariants::initial(case);
    let after = invariants::extract(&propagator, &before, carrier, case.size());
    let expected = invariants::replaced(
        &invariants::held(&before),
        stated.as_ref(),
        sample_when_undecided,
    );
    invariants::assert_span_context(
        &invariants::held(&before),
        &invariants::held(&after),
        &expected,
    );
    check_inject(case, &after);
}

/// Returns the statement of the headers.
pub(super) fn stated(
    carrier: &dyn Extractor,
    allow_missing_span_id: bool,
) -> Option<oracle::ExpectedTrace> {
    use oracle::kontur::{read, read_is_sampled, read_span_id, read_trace_id};
    read(
        carrier::first_value(carrier, "x-kontur-trace-id", read_trace_id),
        carrier::first_value(carrier, "x-kontur-trace-spanid", read_span_id),
        carrier::first_value(carrier, "x-kontur-trace-issampled", read_is_sampled),
        allow_missing_span_id,
    )
}

fn check_inject(case: &Case, cx: &Context) {
    let omit_unsampled_flag = case.flag("omit_unsampled_flag", false);
    // A missing flag means "not sampled" between services with this option.
    let propagator = KonturPropagator::builder()
        .omit_unsampled_flag(omit_unsampled_flag)
        .sample_when_undecided(!omit_unsampled_flag)
        .build();
    let injected = invariants::inject(&propagator, cx);
    let response = invariants::inject(&KonturResponsePropagator::new(), cx);

    let span = invariants::held(cx);
    let mut expected = match invariants::ids(&span) {
        Some((trace_id, span_id)) => oracle::kontur::write(trace_id, span_id, span.is_sampled())
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec(),
        None => Vec::new(),
    };
    if omit_unsampled_flag && !span.is_sampled() {
        expected.truncate(2);
    }
    assert_eq!(injected.0, expected);
    assert_eq!(response.0, expected[..expected.len().min(1)]);
    invariants::assert_round_trip(&propagator, cx, &injected);

    let again = invariants::held(&invariants::extracted(&propagator, &injected));
    assert_eq!(again.is_sampled(), span.is_valid() && span.is_sampled());
}
