//! Tests of the propagator through carriers: continuation, sampling decisions, and traces that
//! start in this service.

use std::collections::HashMap;

use http::{HeaderMap, HeaderValue};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_core::baggage::MemberList;
use opentelemetry_propagator_core::Format;
use opentelemetry_propagator_sentry::{SentryContextExt, SentryPropagator};
use proptest::prelude::*;

const TRACE: &str = "771a43a4192642f0b136d5159a501700";
const IDS: &str = "771a43a4192642f0b136d5159a501700-1234567890abcdef";
const DSN: &str = "https://49d0f7386ad645858ae85020e393bef3@o447951.ingest.sentry.io/1";

fn request(headers: &[(&'static str, &str)]) -> HeaderMap {
    let mut request = HeaderMap::new();
    for (name, value) in headers {
        request.append(*name, HeaderValue::from_str(value).unwrap());
    }
    request
}

fn extract(propagator: &SentryPropagator, headers: &[(&'static str, &str)]) -> Context {
    propagator.extract_with_context(&Context::new(), &HeaderExtractor(&request(headers)))
}

fn inject(propagator: &SentryPropagator, cx: &Context) -> HashMap<String, String> {
    let mut request = HashMap::new();
    propagator.inject_context(cx, &mut request);
    request
}

fn span_context(cx: &Context) -> SpanContext {
    cx.span().span_context().clone()
}

fn local_trace(trace_id: TraceId, sampled: bool) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        trace_id,
        SpanId::from(0x1234_5678_90ab_cdef),
        TraceFlags::new(u8::from(sampled)),
        false,
        TraceState::NONE,
    ))
}

fn local(sampled: bool) -> Context {
    local_trace(TraceId::from_hex(TRACE).unwrap(), sampled)
}

#[test]
fn continuation_depends_on_both_organizations() {
    for (theirs, ours, lenient, strict) in [
        (Some("1"), Some("1"), true, true),
        (None, None, true, true),
        (Some("1"), Some("2"), false, false),
        (None, Some("1"), true, false),
        (Some("1"), None, true, false),
    ] {
        let org = theirs
            .map(|org| format!(",sentry-org_id={org}"))
            .unwrap_or_default();
        let baggage = format!("sentry-public_key=k{org},userId=42");
        for (is_strict, continued) in [(false, lenient), (true, strict)] {
            let mut builder = SentryPropagator::builder().strict_trace_continuation(is_strict);
            if let Some(ours) = ours {
                builder = builder.org_id(ours);
            }
            let propagator = builder.build().unwrap();
            let cx = extract(
                &propagator,
                &[("sentry-trace", &format!("{IDS}-0")), ("baggage", &baggage)],
            );
            let row = format!("theirs {theirs:?}, ours {ours:?}, strict {is_strict}");
            assert_eq!(cx.has_active_span(), continued, "{row}");
            assert_eq!(cx.sentry_trace().is_some(), continued, "{row}");
            assert_eq!(cx.sentry_dsc().is_some(), continued, "{row}");
        }
    }
}

#[test]
fn org_id_option_overrides_the_one_of_the_dsn() {
    let baggage = |org| [("sentry-trace", IDS), ("baggage", org)];
    let by_dsn = SentryPropagator::builder().dsn(DSN).build().unwrap();
    assert!(extract(&by_dsn, &baggage("sentry-org_id=447951")).has_active_span());
    assert!(!extract(&by_dsn, &baggage("sentry-org_id=7")).has_active_span());

    let given = SentryPropagator::builder()
        .dsn(DSN)
        .org_id("7")
        .build()
        .unwrap();
    assert!(!extract(&given, &baggage("sentry-org_id=447951")).has_active_span());
    assert!(extract(&given, &baggage("sentry-org_id=7")).has_active_span());
    assert!(
        extract(&given, &baggage("sentry-org_id=")).has_active_span(),
        "an empty id is a missing one"
    );
}

#[test]
fn sample_when_undecided_applies_to_a_deferred_flag() {
    for (flag, option, sampled) in [
        ("", true, true),
        ("", false, false),
        ("-0", true, false),
        ("-1", false, true),
    ] {
        let propagator = SentryPropagator::builder()
            .sample_when_undecided(option)
            .build()
            .unwrap();
        let cx = extract(&propagator, &[("sentry-trace", &format!("{IDS}{flag}"))]);
        assert_eq!(
            cx.span().span_context().is_sampled(),
            sampled,
            "{flag:?}, {option}"
        );
        // A deferred decision stays deferred until a local span decides.
        assert_eq!(
            inject(&propagator, &cx)["sentry-trace"],
            format!("{IDS}{flag}")
        );
        let with_flag = format!("{IDS}-{}", u8::from(sampled));
        assert_eq!(
            inject(&propagator, &local(sampled))["sentry-trace"],
            with_flag
        );
    }
}

#[test]
fn extract_collects_dsc_from_all_baggage_lines() {
    let propagator = SentryPropagator::builder().dsn(DSN).build().unwrap();
    let cx = extract(
        &propagator,
        &[
            ("sentry-trace", IDS),
            ("baggage", "userId=42,sentry-a=1"),
            ("baggage", "sentry-b=%D0%B9 , tenant=kontur"),
        ],
    );
    assert_eq!(
        inject(&propagator, &cx)["baggage"],
        "sentry-a=1,sentry-b=%D0%B9"
    );
}

#[test]
fn extract_without_dsc_freezes_an_empty_one() {
    let with_dsn = SentryPropagator::builder().dsn(DSN).build().unwrap();
    for (propagator, sent) in [
        (&SentryPropagator::new(), None),
        (&with_dsn, Some("sentry-sample_rand=0.126927")),
    ] {
        let request = [("sentry-trace", IDS), ("baggage", "userId=42")];
        let cx = extract(propagator, &request);
        assert!(cx.sentry_dsc().unwrap().is_empty());
        let baggage = inject(propagator, &cx).remove("baggage");
        assert_eq!(baggage.as_deref(), sent);
    }
}

#[test]
fn omit_unsampled_trace_leaves_out_both_headers() {
    let propagator = SentryPropagator::builder()
        .dsn(DSN)
        .omit_unsampled_trace(true)
        .build()
        .unwrap();
    assert!(inject(&propagator, &local(false)).is_empty());
    assert_eq!(inject(&propagator, &local(true)).len(), 2);
    let cx = extract(&propagator, &[("sentry-trace", &format!("{IDS}-0"))]);
    assert!(inject(&propagator, &cx).is_empty());
}

#[test]
fn inject_omits_the_dsc_of_another_trace() {
    let propagator = SentryPropagator::new();
    let cx = extract(
        &propagator,
        &[("sentry-trace", IDS), ("baggage", "sentry-a=1")],
    );
    let replaced = cx.with_remote_span_context(SpanContext::new(
        TraceId::from(8),
        SpanId::from(1),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    ));
    assert!(replaced.sentry_trace().is_none() && replaced.sentry_dsc().is_none());
    assert_eq!(inject(&propagator, &replaced).get("baggage"), None);
}

#[test]
fn extract_replaces_the_current_span() {
    let before = Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from_hex(TRACE).unwrap(),
        SpanId::from(1),
        TraceFlags::NOT_SAMPLED,
        true,
        "a=b".parse().unwrap(),
    ));
    let propagator = SentryPropagator::new();
    let headers = request(&[
        ("sentry-trace", &format!("{IDS}-1")),
        ("baggage", "sentry-a=1"),
    ]);
    let cx = propagator.extract_with_context(&before, &HeaderExtractor(&headers));
    let expected = SpanContext::new(
        TraceId::from_hex(TRACE).unwrap(),
        SpanId::from(0x1234_5678_90ab_cdef),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    assert_eq!(span_context(&cx), expected);
    assert_eq!(inject(&propagator, &cx)["baggage"], "sentry-a=1");
}

#[test]
fn extract_skips_an_empty_first_line() {
    let cx = extract(
        &SentryPropagator::new(),
        &[("sentry-trace", ""), ("sentry-trace", IDS)],
    );
    assert!(cx.has_active_span());
}

#[test]
fn org_id_follows_the_grammar_of_baggage() {
    for strict in [true, false] {
        let propagator = SentryPropagator::builder()
            .org_id(" 1")
            .strict_trace_continuation(strict)
            .build()
            .unwrap();
        for (member, continued) in [
            ("sentry-org_id=1", true),
            ("sentry-org_id= 1", true),
            ("sentry-org_id = 1", true),
            ("sentry-org_id\t=\t1 ; p=1", true),
            ("sentry-org_id=1;p=1", true),
            ("sentry-org_id=%31", true),
            ("sentry-org_id=2", false),
            ("sentry-org_id = 2", false),
            ("sentry-org_id=2;p=1", false),
            ("sentry-org_id=;p=1", !strict),
        ] {
            let cx = extract(&propagator, &[("sentry-trace", IDS), ("baggage", member)]);
            assert_eq!(
                cx.has_active_span(),
                continued,
                "{member:?}, strict {strict}"
            );
        }
    }
}

#[test]
fn inject_builds_a_dsc_from_the_options() {
    let propagator = SentryPropagator::builder()
        .dsn(DSN)
        .release("shop@1.0 β")
        .environment("a/b,c;d=e")
        .sample_rate(0.25)
        .build()
        .unwrap();
    let head = "sentry-trace_id=771a43a4192642f0b136d5159a501700,\
                sentry-public_key=49d0f7386ad645858ae85020e393bef3,\
                sentry-release=shop%401.0%20%CE%B2,sentry-environment=a%2Fb%2Cc%3Bd%3De,\
                sentry-org_id=447951";
    let sent = inject(&propagator, &local(true));
    assert_eq!(sent["sentry-trace"], format!("{IDS}-1"));
    assert_eq!(
        sent["baggage"],
        format!("{head},sentry-sample_rate=0.25,sentry-sample_rand=0.031731,sentry-sampled=true")
    );
    assert_eq!(
        inject(&propagator, &local(false))["baggage"],
        format!("{head},sentry-sample_rate=0.25,sentry-sample_rand=0.345195,sentry-sampled=false")
    );
}

#[test]
fn inject_omits_numbers_that_contradict_the_decision() {
    for (rate, sampled, numbers) in [
        (
            1.0,
            true,
            "sentry-sample_rate=1,sentry-sample_rand=0.126927,",
        ),
        (1.0, false, ""),
        (0.0, true, ""),
        (
            0.0,
            false,
            "sentry-sample_rate=0,sentry-sample_rand=0.126927,",
        ),
    ] {
        let propagator = SentryPropagator::builder()
            .dsn("https://k@sentry.example.com/1")
            .sample_rate(rate)
            .build()
            .unwrap();
        assert_eq!(
            inject(&propagator, &local(sampled))["baggage"],
            format!(
                "sentry-trace_id={TRACE},sentry-public_key=k,{numbers}sentry-sampled={sampled}"
            )
        );
    }
}

#[test]
fn inject_omits_a_rate_that_is_not_set() {
    let propagator = SentryPropagator::builder()
        .dsn("https://k@sentry.example.com/1")
        .release("")
        .build()
        .unwrap();
    assert_eq!(
        inject(&propagator, &local(true))["baggage"],
        format!("sentry-trace_id={TRACE},sentry-public_key=k,sentry-sample_rand=0.126927,sentry-sampled=true")
    );
}

#[test]
fn inject_builds_no_dsc_without_a_dsn() {
    let released = SentryPropagator::builder().release("shop@1.0").build();
    for propagator in [SentryPropagator::default(), released.unwrap()] {
        let outgoing = inject(&propagator, &local(true));
        assert_eq!(
            outgoing,
            HashMap::from([("sentry-trace".to_owned(), format!("{IDS}-1"))])
        );
    }
}

#[cfg(feature = "span-processor")]
#[test]
fn extract_stores_the_span_processors_context() {
    use sentry_core::TracePropagationContext;

    for (flag, baggage) in [
        ("-1", "sentry-org_id=1"),
        ("-0", ""),
        ("", "sentry-org_id=447951,userId=42"),
    ] {
        let sentry_trace = format!("{IDS}{flag}");
        let headers = [("sentry-trace", &*sentry_trace), ("baggage", baggage)];
        let cx = extract(&SentryPropagator::new(), &headers);
        let expected = TracePropagationContext::try_from_headers(headers).unwrap();
        assert_eq!(cx.get(), Some(&expected), "{headers:?}");
    }
}

#[test]
fn inject_writes_nothing_without_a_valid_span() {
    let propagator = SentryPropagator::builder().dsn(DSN).build().unwrap();
    assert!(inject(&propagator, &Context::new()).is_empty());
}

#[test]
fn extract_limits_the_dsc_to_64_members_and_8_kib() {
    let line: Vec<_> = (0..100)
        .map(|i| format!("sentry-k{i}={}", "x".repeat(150)))
        .collect();
    let propagator = SentryPropagator::new();
    let cx = extract(
        &propagator,
        &[("sentry-trace", IDS), ("baggage", &line.join(","))],
    );
    let sent = &inject(&propagator, &cx)["baggage"];
    assert!(sent.len() <= 8192 && sent.split(',').count() <= 64);
    assert!(
        sent.split(',')
            .eq(line.iter().take(sent.split(',').count())),
        "every member is whole"
    );
}

#[test]
fn build_leaves_out_values_that_exceed_the_limit() {
    let sent = |environment: usize, public_key: usize| {
        SentryPropagator::builder()
            .dsn(format!("https://{}@sentry.io/1", "k".repeat(public_key)))
            .release("shop@1.0")
            .environment("e".repeat(environment))
            .sample_rate(0.25)
            .build()
            .map(|propagator| inject(&propagator, &local(false)).remove("baggage"))
            .unwrap()
    };
    let room = 8192 - sent(1, 32).unwrap().len() + 1;
    let (filled, over) = (sent(room, 32).unwrap(), sent(room + 1, 32).unwrap());
    assert_eq!(filled.len(), 8192);
    assert!(!over.contains("sentry-environment"), "{over}");
    for other in ["sentry-release=shop%401.0,", "sentry-sampled=false"] {
        assert!(over.contains(other), "{over}");
    }
    assert_eq!(sent(1, 9000), None, "no DSC without the public key");
}

proptest! {
    #[test]
    fn extract_reads_back_every_injected_span(trace_id in 1u128.., span_id in 1u64.., sampled: bool, rate in 0.0..=1.0) {
        let propagator = SentryPropagator::builder().dsn(DSN).sample_rate(rate).build().unwrap();
        let cx = Context::new().with_remote_span_context(SpanContext::new(
            TraceId::from(trace_id),
            SpanId::from(span_id),
            TraceFlags::new(u8::from(sampled)),
            true,
            TraceState::NONE,
        ));
        let sent = inject(&propagator, &cx);
        let read = propagator.extract_with_context(&Context::new(), &sent);
        prop_assert_eq!(&span_context(&read), &span_context(&cx));
        prop_assert_eq!(inject(&propagator, &read), sent);

        let dsc = read.sentry_dsc().unwrap();
        prop_assert_eq!(dsc.get("trace_id").unwrap(), TraceId::from(trace_id).to_string());
        prop_assert_eq!(dsc.get("sampled").unwrap(), sampled.to_string());
        if let (Some(rate), Some(rand)) = (dsc.get("sample_rate"), dsc.get("sample_rand")) {
            let (rate, rand): (f64, f64) = (rate.parse().unwrap(), rand.parse().unwrap());
            prop_assert_eq!(rand < rate, sampled);
        }
    }

    #[test]
    fn extract_keeps_the_context_for_invalid_headers(
        sentry_trace in "[ -~\t]{0,80}",
        baggage in "[ -~\t]{0,200}",
    ) {
        let propagator = SentryPropagator::builder().org_id("1").build().unwrap();
        let before = local(true);
        let headers = request(&[("sentry-trace", &sentry_trace), ("baggage", &baggage)]);
        let cx = propagator.extract_with_context(&before, &HeaderExtractor(&headers));
        if cx.sentry_trace().is_none() {
            prop_assert_eq!(&span_context(&cx), &span_context(&before));
        } else {
            prop_assert!(cx.span().span_context().is_remote());
        }
    }
}

#[test]
fn write_adds_nothing_without_a_span() {
    let propagator = SentryPropagator::builder().dsn(DSN).build().unwrap();
    let mut headers = HashMap::new();
    let mut list = MemberList::default();
    propagator.write(&Context::new(), &mut headers, &mut list);
    assert_eq!((headers, list), (HashMap::new(), MemberList::default()));
}
