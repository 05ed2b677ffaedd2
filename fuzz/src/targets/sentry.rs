//! Compares `sentry-trace` and `baggage` with [`propagator_oracle::sentry`].

use opentelemetry::propagation::Extractor;
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_core::is_same_trace;
use opentelemetry_propagator_sentry::{
    DynamicSamplingContext, SentryContextExt, SentryPropagator, SentryTrace,
};
use propagator_oracle as oracle;

use crate::carrier::{self, Lines};
use crate::case::Case;
use crate::generate::{Grammar, Headers};
use crate::invariants;

/// The headers and options that the mutator inserts.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[Headers::Sentry],
    options: &[
        ("held", invariants::HELD),
        ("sample_when_undecided", &["true", "false"]),
        ("strict", &["true", "false"]),
        ("omit_unsampled_trace", &["true", "false"]),
        ("org_id", &["1", "2", ""]),
        ("dsn", &["plain", "org"]),
        ("sample_rate", &["0", "1", "0.25", "0.0000001", "0.999999"]),
        ("release", &["shop@1.0", "ёж,;= "]),
        ("environment", &["production", ""]),
    ],
};

/// Checks an input. Options: `@held`, `@sample_when_undecided`, `@strict`, `@org_id`,
/// `@omit_unsampled_trace`, `@sample_rate`, `@release`, `@environment`, and `@dsn plain`, or `@dsn org` for a DSN that
/// contains an organization.
pub fn check(input: &[u8]) {
    let case = Case::parse(input);
    let options = Options::of(&case);
    options.check_extract(&case, &Lines::of(&case));
    options.check_extract(&case, &HeaderExtractor(&carrier::http_headers(&case)));
    options.check_inject(&invariants::initial(&case), None);
}

fn stated(trace: &SentryTrace) -> oracle::ExpectedTrace {
    oracle::ExpectedTrace {
        trace_id: u128::from_be_bytes(trace.trace_id.to_bytes()),
        span_id: Some(u64::from_be_bytes(trace.span_id.to_bytes())),
        sampled: trace.sampled,
    }
}

/// Checks that the members are those that the oracle sends on, and are decoded to the same values.
fn assert_dsc(dsc: &DynamicSamplingContext, members: &[String]) {
    assert_eq!(dsc.as_str(), members.join(","));
    assert_eq!(dsc.is_empty(), members.is_empty());
    let items: Vec<_> = members
        .iter()
        .filter_map(|member| oracle::sentry::item(member))
        .collect();
    let found = dsc
        .iter()
        .map(|(key, value)| (key.into_owned(), value.into_owned()));
    assert_eq!(found.collect::<Vec<_>>(), items);
    for (key, _) in &items {
        let last = items.iter().rfind(|(other, _)| other == key);
        let last = last.map(|(_, value)| value.as_str());
        assert_eq!(dsc.get(key).as_deref(), last, "{key}");
    }
}

/// Checks that a number is below 1 and has six decimals.
fn assert_sample_rand(rand: Option<&str>) {
    let decimals = rand.and_then(|rand| rand.strip_prefix("0."));
    let is_number = |text: &str| text.len() == 6 && text.parse::<u32>().is_ok();
    assert!(decimals.is_some_and(is_number), "{rand:?}");
}

/// The options of a case.
struct Options<'a> {
    sample_when_undecided: bool,
    strict: bool,
    omit_unsampled_trace: bool,
    org_id: Option<&'a str>,
    /// The DSN, and the organization that its host contains.
    dsn: Option<(&'static str, Option<&'static str>)>,
    sample_rate: Option<f64>,
    release: Option<&'a str>,
    environment: Option<&'a str>,
}

impl<'a> Options<'a> {
    fn of(case: &'a Case) -> Options<'a> {
        Options {
            sample_when_undecided: case.flag("sample_when_undecided", true),
            strict: case.flag("strict", false),
            omit_unsampled_trace: case.flag("omit_unsampled_trace", false),
            org_id: case.option("org_id"),
            dsn: match case.option("dsn") {
                Some("plain") => Some(("https://key@sentry.example/1", None)),
                Some("org") => Some(("https://key@o17.ingest.us.sentry.io/1", Some("17"))),
                _ => None,
            },
            sample_rate: case
                .option("sample_rate")
                .and_then(|rate| rate.parse().ok())
                .filter(|rate| (0.0..=1.0).contains(rate)),
            release: case.option("release"),
            environment: case.option("environment"),
        }
    }

    fn propagator(&self) -> SentryPropagator {
        let mut builder = SentryPropagator::builder()
            .sample_when_undecided(self.sample_when_undecided)
            .strict_trace_continuation(self.strict)
            .omit_unsampled_trace(self.omit_unsampled_trace);
        if let Some(org_id) = self.org_id {
            builder = builder.org_id(org_id);
        }
        if let Some((dsn, _)) = self.dsn {
            builder = builder.dsn(dsn);
        }
        if let Some(rate) = self.sample_rate {
            builder = builder.sample_rate(rate);
        }
        if let Some(release) = self.release {
            builder = builder.release(release);
        }
        if let Some(environment) = self.environment {
            builder = builder.environment(environment);
        }
        builder.build().expect("the options are valid")
    }

    /// Returns the organization of the service, which is the one that is set, or else that of the
    /// DSN.
    fn own_org_id(&self) -> Option<&str> {
        self.org_id
            .map(str::trim)
            .or_else(|| self.dsn?.1)
            .filter(|org_id| !org_id.is_empty())
    }

    fn check_extract(&self, case: &Case, carrier: &dyn Extractor) {
        let lines = carrier.get_all("baggage").unwrap_or_default();
        let dsc = oracle::sentry::dsc(&lines);
        let theirs = oracle::sentry::org_id(&dsc);
        let own = self.own_org_id();
        let is_continued = oracle::sentry::is_continued(theirs.as_deref(), own, self.strict);
        let read = oracle::sentry::read_trace;
        let trace = carrier::first_value(carrier, "sentry-trace", read).filter(|_| is_continued);

        let before = invariants::initial(case);
        // Decoding values to find the organization allocates their length again, and more for bytes
        // that are not UTF-8.
        let decodes = self.strict || own.is_some();
        let size = case.size() * if decodes { 2 } else { 1 };
        let after = invariants::extract(&self.propagator(), &before, carrier, size);
        let expected = invariants::replaced(
            &invariants::held(&before),
            trace.as_ref(),
            self.sample_when_undecided,
        );
        invariants::assert_span_context(
            &invariants::held(&before),
            &invariants::held(&after),
            &expected,
        );
        assert_eq!(after.sentry_trace().map(stated), trace);
        match (after.sentry_dsc(), &trace) {
            (Some(frozen), Some(_)) => assert_dsc(frozen, &dsc),
            (frozen, trace) => assert_eq!((frozen, trace), (None, &None)),
        }
        self.check_inject(&after, trace.map(|trace| (trace, dsc)));
        self.check_another_trace(&after);
    }

    /// Checks the written headers. `incoming` contains the trace and the sampling context that were
    /// extracted, if the current span continues them.
    fn check_inject(&self, cx: &Context, incoming: Option<(oracle::ExpectedTrace, Vec<String>)>) {
        let propagator = self.propagator();
        let injected = invariants::inject(&propagator, cx);
        let (sentry_trace, baggage) = (injected.get("sentry-trace"), injected.get("baggage"));
        let span = invariants::held(cx);
        let is_omitted = self.omit_unsampled_trace && !span.is_sampled();
        let Some((trace_id, span_id)) = invariants::ids(&span).filter(|_| !is_omitted) else {
            assert_eq!(injected, Lines::default());
            return;
        };
        // A deferred decision is sent as deferred.
        let is_deferred = matches!(&incoming, Some((trace, _)) if trace.sampled.is_none());
        let sampled = (!is_deferred).then_some(span.is_sampled());
        let trace = oracle::sentry::write_trace(trace_id, span_id, sampled);
        assert_eq!(sentry_trace, Some(&*trace));
        match (incoming, baggage) {
            // Without a sampling context, every service compares the same number with its rate.
            (Some((_, dsc)), Some(baggage)) if dsc.is_empty() && self.dsn.is_some() => {
                assert_sample_rand(baggage.strip_prefix("sentry-sample_rand="));
            }
            (Some((_, dsc)), baggage) => {
                assert_eq!(baggage.unwrap_or_default(), dsc.join(","));
            }
            (None, Some(baggage)) => self.check_root_dsc(baggage, trace_id, span.is_sampled()),
            (None, None) => assert_eq!(self.dsn, None),
        }

        // If this organization continues the trace, everything is read back. An empty DSC states
        // no organization.
        if propagator.should_continue_trace(&DynamicSamplingContext::parse(baggage)) {
            invariants::assert_round_trip(&propagator, cx, &injected);
            let again = invariants::extracted(&propagator, &injected);
            assert_eq!(invariants::held(&again).is_sampled(), span.is_sampled());
        }
    }

    /// Checks that the Dynamic Sampling Context of a new trace contains the configured values, and
    /// that its numbers agree with the decision.
    fn check_root_dsc(&self, baggage: &str, trace_id: u128, sampled: bool) {
        assert!(baggage.len() <= 8192, "{} bytes", baggage.len());
        let members = oracle::sentry::dsc(&[baggage]);
        assert_eq!(members.join(","), baggage, "all members are Sentry's");
        let mut items = oracle::sentry::items(&members);
        assert_eq!(items.len(), members.len(), "each key once: {baggage}");

        let rand = items.remove("sample_rand");
        let rate = items.remove("sample_rate");
        if rand.is_some() {
            assert_sample_rand(rand.as_deref());
        }
        let number = |text: &Option<String>| text.as_ref().map(|text| text.parse::<f64>().unwrap());
        match (self.sample_rate, number(&rate), number(&rand)) {
            (None, rate, rand) => assert!(rate.is_none() && rand.is_some(), "{baggage}"),
            (Some(own), Some(rate), Some(rand)) => {
                assert_eq!(rate, own);
                assert_eq!(rand < rate, sampled, "{baggage}");
            }
            (Some(own), rate, rand) => {
                assert_eq!((rate, rand), (None, None), "{baggage}");
                assert_eq!(own, if sampled { 0.0 } else { 1.0 }, "{baggage}");
            }
        }

        // The header is longest if it contains both numbers and `false`.
        let longest = baggage.len()
            + usize::from(sampled)
            + match (self.sample_rate, rand) {
                (Some(rate), None) => {
                    format!(",sentry-sample_rate={rate},sentry-sample_rand=0.000000").len()
                }
                _ => 0,
            };
        let trace_id = format!("{trace_id:032x}");
        let expected = [
            ("trace_id", Some(&*trace_id)),
            ("sampled", Some(if sampled { "true" } else { "false" })),
            ("public_key", Some("key")),
            ("release", self.release),
            ("environment", self.environment),
            ("org_id", self.own_org_id()),
        ];
        let expected = expected
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())))
            .filter(|(_, value)| !value.is_empty())
            .filter(|(key, value)| {
                let member = format!(",sentry-{key}={}", oracle::percent::encode(value));
                items.contains_key(key) || longest + member.len() <= 8192
            });
        assert_eq!(items, expected.collect());
    }

    /// Checks that the sampling context of one trace is not sent with another trace.
    fn check_another_trace(&self, cx: &Context) {
        let held = invariants::held(cx);
        let other =
            invariants::span_context("remote 0000000000000000000000000000000a 000000000000000b 1");
        let other = other.expect("the span context is valid");
        if !is_same_trace(held.trace_id(), other.trace_id()) {
            use opentelemetry::trace::TraceContextExt;
            let cx = cx.with_remote_span_context(other);
            assert_eq!(cx.sentry_dsc(), None);
            assert_eq!(cx.sentry_trace(), None);
            self.check_inject(&cx, None);
        }
    }
}
