//! `sentry-trace` and `baggage` against [`propagator_oracle::sentry`].

use opentelemetry::propagation::Extractor;
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_sentry::{
    DynamicSamplingContext, SentryContextExt, SentryPropagator, SentryTrace,
};
use propagator_oracle as oracle;

use crate::carrier::{self, Lines};
use crate::case::Case;
use crate::generate::{Format, Grammar};
use crate::laws;

/// What the mutator writes into inputs.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[Format::Sentry],
    options: &[
        ("held", laws::HELD),
        ("sample_undecided", &["true", "false"]),
        ("strict", &["true", "false"]),
        ("org_id", &["1", "2", ""]),
        ("dsn", &["plain", "org"]),
        ("sample_rate", &["0", "1", "0.25", "0.0000001", "0.999999"]),
        ("release", &["shop@1.0", "ёж,;= "]),
        ("environment", &["production", ""]),
    ],
};

/// Options: `@held`, `@sample_undecided`, `@strict`, `@org_id`, `@sample_rate`, `@release`,
/// `@environment`, and `@dsn plain` or `@dsn org` for one that names an organisation.
pub fn check(input: &[u8]) {
    let case = Case::parse(input);
    for (_, value) in &case.headers {
        if let Ok(value) = std::str::from_utf8(value) {
            check_trace(value);
            check_dsc(value);
        }
    }
    let options = Options::of(&case);
    options.check_extract(&case, &Lines::of(&case));
    options.check_extract(&case, &HeaderExtractor(&carrier::http_headers(&case)));
    options.check_inject(&laws::initial(&case), None);
}

fn check_trace(value: &str) {
    let parsed = laws::bounded(value.len(), || value.parse::<SentryTrace>());
    match &parsed {
        Ok(trace) => assert_eq!(trace.to_string().parse(), Ok(*trace)),
        Err(error) => laws::assert_fit_for_a_log(error),
    }
    let told = parsed.ok().map(|trace| told(&trace));
    assert_eq!(told, oracle::sentry::read_trace(value));
}

fn told(trace: &SentryTrace) -> oracle::Told {
    oracle::Told {
        trace_id: trace.trace_id.to_string(),
        span_id: trace.span_id.to_string(),
        sampled: trace.sampled,
    }
}

fn check_dsc(line: &str) {
    let dsc = laws::bounded(line.len(), || DynamicSamplingContext::from_baggage([line]));
    assert_dsc(&dsc, &oracle::sentry::dsc([line]));
}

/// The members are as they came, and decode to what the oracle reads.
fn assert_dsc(dsc: &DynamicSamplingContext, members: &[&str]) {
    assert_eq!(dsc.as_str(), members.join(","));
    assert_eq!(dsc.is_empty(), members.is_empty());
    assert_eq!(dsc.iter().count(), members.len());
    let items = oracle::sentry::items(members);
    for (key, _) in dsc.iter() {
        assert!(items.contains_key(&*key), "{key}");
    }
    for (key, value) in &items {
        assert_eq!(dsc.get(key).as_deref(), Some(value.as_str()), "{key}");
    }
}

/// The options of a case.
struct Options<'a> {
    sample_undecided: bool,
    strict: bool,
    org_id: Option<&'a str>,
    /// The DSN, and the organisation that it names.
    dsn: Option<(&'static str, Option<&'static str>)>,
    sample_rate: Option<f64>,
    release: Option<&'a str>,
    environment: Option<&'a str>,
}

impl<'a> Options<'a> {
    fn of(case: &'a Case) -> Options<'a> {
        Options {
            sample_undecided: case.flag("sample_undecided", true),
            strict: case.flag("strict", false),
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
            .sample_undecided(self.sample_undecided)
            .strict_trace_continuation(self.strict);
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
        builder.build().expect("options that are in order")
    }

    /// The own organisation: the one that is set, else the DSN's.
    fn own_org_id(&self) -> Option<&str> {
        self.org_id
            .or_else(|| self.dsn?.1)
            .filter(|org_id| !org_id.is_empty())
    }

    fn check_extract(&self, case: &Case, carrier: &dyn Extractor) {
        let lines = carrier.get_all("baggage").unwrap_or_default();
        let dsc = oracle::sentry::dsc(lines);
        let items = oracle::sentry::items(&dsc);
        let theirs = items.get("org_id").map(String::as_str);
        let theirs = theirs.filter(|org_id| !org_id.is_empty());
        let is_continued = oracle::sentry::is_continued(theirs, self.own_org_id(), self.strict);
        let told = carrier
            .get("sentry-trace")
            .and_then(oracle::sentry::read_trace)
            .filter(|_| is_continued);

        let before = laws::initial(case);
        // To learn the organisation, values are decoded: as much again, and more for bytes that
        // are no UTF-8.
        let decodes = self.strict || self.own_org_id().is_some();
        let size = case.size() * if decodes { 2 } else { 1 };
        let after = laws::extract(&self.propagator(), &before, carrier, size);
        let expected = laws::joined(&laws::held(&before), told.as_ref(), self.sample_undecided);
        laws::assert_span_context(&laws::held(&before), &laws::held(&after), &expected);
        assert_eq!(after.sentry_trace().map(self::told), told);
        match (after.sentry_dsc(), &told) {
            (Some(frozen), Some(_)) => assert_dsc(frozen, &dsc),
            (frozen, told) => assert_eq!((frozen, told), (None, &None)),
        }
        self.check_inject(&after, told.map(|_| dsc));
        self.check_another_trace(&after);
    }

    /// `dsc` is what came with the trace of the current span, if that came with Sentry's headers.
    fn check_inject(&self, cx: &Context, dsc: Option<Vec<&str>>) {
        let propagator = self.propagator();
        let injected = laws::inject(&propagator, cx);
        let header = |name| injected.get(name).map(str::to_owned);
        let headers = cx.sentry_headers(&propagator);
        assert_eq!(headers.sentry_trace, header("sentry-trace"));
        assert_eq!(headers.baggage, header("baggage"));

        let span = laws::held(cx);
        if !span.is_valid() {
            assert_eq!(injected, Lines::default());
            return;
        }
        let ids = (span.trace_id().to_string(), span.span_id().to_string());
        let trace = oracle::sentry::write_trace(&ids.0, &ids.1, span.is_sampled());
        assert_eq!(headers.sentry_trace, Some(trace));
        match (dsc, &headers.baggage) {
            (Some(dsc), baggage) => assert_eq!(baggage.as_deref().unwrap_or(""), dsc.join(",")),
            (None, Some(baggage)) => self.check_head(baggage, &ids.0, span.is_sampled()),
            (None, None) => assert_eq!(self.dsn, None),
        }

        // Of a trace that this organisation continues, everything comes back. An empty DSC is of
        // no organisation.
        if propagator.continues(&DynamicSamplingContext::from_baggage(
            header("baggage").as_deref(),
        )) {
            laws::assert_round_trip(&propagator, cx, &injected);
            let again = laws::extracted(&propagator, &injected);
            assert_eq!(laws::held(&again).is_sampled(), span.is_sampled());
        }
    }

    /// The Dynamic Sampling Context of a trace that starts here says what was configured, and its
    /// numbers repeat the decision.
    fn check_head(&self, baggage: &str, trace_id: &str, sampled: bool) {
        assert!(baggage.len() <= 8192, "{} bytes", baggage.len());
        let members = oracle::sentry::dsc([baggage]);
        assert_eq!(members.join(","), baggage, "all members are Sentry's");
        let mut items = oracle::sentry::items(&members);
        assert_eq!(items.len(), members.len(), "each key once: {baggage}");

        let rand = items.remove("sample_rand");
        let rate = items.remove("sample_rate");
        if let Some(rand) = &rand {
            let decimals = rand.strip_prefix("0.").expect("a number below 1");
            assert!(
                decimals.len() == 6 && decimals.parse::<u32>().is_ok(),
                "{rand}"
            );
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

        // As long as it gets: with both numbers, and not sampled.
        let longest = baggage.len()
            + usize::from(sampled)
            + match (self.sample_rate, rand) {
                (Some(rate), None) => {
                    format!(",sentry-sample_rate={rate},sentry-sample_rand=0.000000").len()
                }
                _ => 0,
            };
        let expected = [
            ("trace_id", Some(trace_id)),
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

    /// What came with one trace is not sent with another one.
    fn check_another_trace(&self, cx: &Context) {
        let held = laws::held(cx);
        let other =
            laws::span_context("remote 0000000000000000000000000000000a 000000000000000b 1");
        let other = other.expect("a span context");
        if held.trace_id() != other.trace_id() {
            use opentelemetry::trace::TraceContextExt;
            let cx = cx.with_remote_span_context(other);
            assert_eq!(cx.sentry_dsc(), None);
            assert_eq!(cx.sentry_trace(), None);
            self.check_inject(&cx, None);
        }
    }
}
