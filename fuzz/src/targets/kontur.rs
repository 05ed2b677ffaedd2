//! `X-Kontur-Trace-*` against [`propagator_oracle::kontur`].

use opentelemetry::propagation::Extractor;
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_kontur::{header, KonturPropagator, KonturResponsePropagator};

use crate::carrier::{self, Lines};
use crate::case::Case;
use crate::generate::{Format, Grammar};
use crate::laws;
use propagator_oracle as oracle;

/// What the mutator writes into inputs.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[Format::Kontur],
    options: &[
        ("sample_undecided", &["true", "false"]),
        ("continue_trace_id_alone", &["true", "false"]),
        ("held", laws::HELD),
    ],
};

/// Options: `@sample_undecided`, `@continue_trace_id_alone`, `@held`.
pub fn check(input: &[u8]) {
    let case = Case::parse(input);
    check_errors(&case);
    check_extract(&case, &Lines::of(&case));
    check_extract(&case, &HeaderExtractor(&carrier::http_headers(&case)));
    check_inject(&laws::initial(&case));
}

fn check_extract(case: &Case, carrier: &dyn Extractor) {
    let sample_undecided = case.flag("sample_undecided", true);
    let continue_alone = case.flag("continue_trace_id_alone", true);
    let propagator = KonturPropagator::builder()
        .sample_undecided(sample_undecided)
        .continue_trace_id_alone(continue_alone)
        .build();
    let told = oracle::kontur::read(
        carrier.get("x-kontur-trace-id"),
        carrier.get("x-kontur-trace-spanid"),
        carrier.get("x-kontur-trace-issampled"),
        continue_alone,
    );

    let before = laws::initial(case);
    let after = laws::extract(&propagator, &before, carrier, case.size());
    let expected = laws::joined(&laws::held(&before), told.as_ref(), sample_undecided);
    laws::assert_span_context(&laws::held(&before), &laws::held(&after), &expected);
    check_inject(&after);
}

fn check_inject(cx: &Context) {
    let propagator = KonturPropagator::new();
    let injected = laws::inject(&propagator, cx);
    let response = laws::inject(&KonturResponsePropagator::new(), cx);

    let span = laws::held(cx);
    let expected: Vec<(String, String)> = if span.is_valid() {
        let ids = (span.trace_id().to_string(), span.span_id().to_string());
        oracle::kontur::write(&ids.0, &ids.1, span.is_sampled())
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec()
    } else {
        Vec::new()
    };
    assert_eq!(injected.0, expected);
    assert_eq!(response.0, expected[..expected.len().min(1)]);
    laws::assert_round_trip(&propagator, cx, &injected);

    let again = laws::held(&laws::extracted(&propagator, &injected));
    assert_eq!(again.is_sampled(), span.is_valid() && span.is_sampled());
}

/// Each header alone: its reader agrees with the oracle, and its error is fit for a log line.
fn check_errors(case: &Case) {
    for (_, value) in &case.headers {
        let Ok(value) = std::str::from_utf8(value) else {
            continue;
        };
        let trace_id = header::parse_trace_id(value);
        let span_id = header::parse_span_id(value);
        let is_sampled = header::parse_is_sampled(value);
        assert_eq!(
            trace_id.as_ref().ok().map(ToString::to_string),
            oracle::kontur::read_trace_id(value)
        );
        assert_eq!(
            span_id.as_ref().ok().map(ToString::to_string),
            oracle::kontur::read_span_id(value)
        );
        assert_eq!(
            is_sampled.as_ref().ok(),
            oracle::kontur::read_is_sampled(value).as_ref()
        );
        let errors = [trace_id.err(), span_id.err(), is_sampled.err()];
        for error in errors.into_iter().flatten() {
            laws::assert_fit_for_a_log(&error);
        }
    }
}
