//! How far requests of three kinds of callers are trusted.

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;
use opentelemetry_autoprop::{builder, Builder, PropagationContextExt, Propagator, Trust};
use opentelemetry_propagator_sentry::{SentryContextExt, SentryPropagator};
use opentelemetry_propagator_vostok::{RequestPriority, VostokContextExt};

type Headers = HashMap<String, String>;

const T: &str = "27bb7faa48294cf49ae6007d70905468";
const S: &str = "0bcd098a592642e4";
const LIST: &str = "tracecontext,baggage,kontur,vostok,sentry,b3,xray";

fn request() -> Headers {
    [
        ("traceparent", format!("00-{T}-{S}-03")),
        ("tracestate", "a=1".to_owned()),
        ("baggage", "userId=42,sentry-release=1".to_owned()),
        ("x-kontur-trace-id", T.to_owned()),
        ("sentry-trace", format!("{T}-{S}-1")),
        ("b3", format!("{T}-{S}-d")),
        ("request-priority", "Critical".to_owned()),
        (
            "x-amzn-trace-id",
            format!(
                "Root=1-{}-{};Parent={S};Sampled=1;Lineage=1:2bcf8a01:0",
                &T[..8],
                &T[8..]
            ),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn extract(propagator: &Propagator) -> Context {
    propagator.extract_with_context(&Context::new(), &request())
}

/// Returns what a service sends that starts a new trace in the context.
fn sent(propagator: &Propagator, cx: &Context) -> Headers {
    use opentelemetry::trace::{Tracer, TracerProvider};
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
    let span = provider.tracer("test").start_with_context("request", cx);
    let mut sent = Headers::new();
    propagator.inject_context(&cx.with_span(span), &mut sent);
    sent
}

fn check(propagator: &Propagator, trust: Trust) {
    let cx = extract(propagator);
    let continues = trust == Trust::Continue;
    assert_eq!(cx.span().span_context().is_valid(), continues, "{trust:?}");
    let caller = cx
        .untrusted_parent()
        .map(|parent| parent.span_id().to_string());
    assert_eq!(caller, (!continues).then(|| S.to_owned()), "{trust:?}");
    assert_eq!(
        cx.baggage().get("userId").is_some(),
        trust < Trust::Ignore,
        "{trust:?}"
    );
    let priority = (trust < Trust::Ignore).then_some(RequestPriority::Critical);
    assert_eq!(cx.vostok_request_priority(), priority, "{trust:?}");
    let sent = sent(propagator, &cx);
    assert_eq!(sent.contains_key("tracestate"), continues, "{trust:?}");
    let has = |header: &str, part: &str| sent.get(header).is_some_and(|it| it.contains(part));
    assert_eq!(has("baggage", "sentry-release=1"), continues, "{trust:?}");
    assert_eq!(
        has("baggage", "userId=42"),
        trust < Trust::Ignore,
        "{trust:?}"
    );
    assert_eq!(sent["b3"].ends_with("-d"), continues, "{trust:?}");
    assert_eq!(has("x-amzn-trace-id", "Lineage"), continues, "{trust:?}");
    assert_eq!(has("traceparent", T), continues, "{trust:?}");
}

fn with_variable(builder: Builder, word: &'static str) -> Builder {
    builder.lookup(move |variable| match variable {
        "OTEL_PROPAGATORS" => Some(LIST.to_owned()),
        "OTEL_RUST_PROPAGATORS_TRUST" => Some(word.to_owned()),
        _ => None,
    })
}

#[test]
fn each_word_of_the_code_applies() {
    for trust in [Trust::Continue, Trust::Restart, Trust::Ignore] {
        check(
            &builder().trust(move |_, _| trust).from_list(LIST).unwrap(),
            trust,
        );
    }
    check(
        &builder().public_endpoint().from_list(LIST).unwrap(),
        Trust::Ignore,
    );
}

#[test]
fn variable_can_only_make_a_service_stricter() {
    let words = [
        ("continue", Trust::Continue),
        (" Restart ", Trust::Restart),
        ("IGNORE", Trust::Ignore),
        ("", Trust::Continue),
        ("ignored", Trust::Continue),
    ];
    for (word, of_operator) in words {
        for of_code in [Trust::Continue, Trust::Restart, Trust::Ignore] {
            let builder = with_variable(builder().trust(move |_, _| of_code), word);
            check(&builder.from_env(), of_operator.max(of_code));
        }
        let propagator = with_variable(builder(), word).from_env();
        check(&propagator, of_operator);
        let name = ["Propagator(", "Restart(", "PublicEndpoint("][of_operator as usize];
        assert!(format!("{propagator:?}").starts_with(name));
        check(
            &with_variable(builder().public_endpoint(), word).from_env(),
            Trust::Ignore,
        );
    }
}

#[test]
fn request_of_a_public_service_is_not_decided_about() {
    let undecided = || builder().trust(|_, _| panic!("the result is known"));
    check(
        &with_variable(undecided(), "ignore").from_env(),
        Trust::Ignore,
    );
    let public = undecided().public_endpoint().from_list(LIST).unwrap();
    check(&public, Trust::Ignore);
}

#[test]
fn only_an_unknown_word_is_reported() {
    for word in ["continue", " Restart ", "IGNORE", "", " "] {
        let result = with_variable(builder(), word).try_from_env();
        assert!(result.is_ok(), "{word:?}");
    }
    let error = with_variable(builder(), "ignored").try_from_env();
    let error = error.unwrap_err().to_string();
    assert!(
        error.starts_with(
            "OTEL_RUST_PROPAGATORS_TRUST: invalid value \"ignored\": \
             expected \"continue\", \"restart\" or \"ignore\""
        ),
        "{error}"
    );
}

#[test]
fn trust_is_decided_for_each_request() {
    struct IsInternal;
    let propagator = builder()
        .trust(
            |cx, carrier| match (cx.get::<IsInternal>(), carrier.get("x-gateway")) {
                (Some(IsInternal), _) => Trust::Continue,
                (None, Some("1")) => Trust::Restart,
                _ => Trust::Ignore,
            },
        )
        .from_list("tracecontext,baggage")
        .unwrap();
    let internal = Context::new().with_value(IsInternal);
    let mut from_gateway = request();
    from_gateway.insert("x-gateway".to_owned(), "1".to_owned());
    let state = |cx: &Context, request: &Headers| {
        let cx = propagator.extract_with_context(cx, request);
        (cx.has_active_span(), !cx.baggage().is_empty())
    };
    assert_eq!(state(&internal, &request()), (true, true));
    assert_eq!(state(&Context::new(), &from_gateway), (false, true));
    assert_eq!(state(&Context::new(), &request()), (false, false));
}

#[test]
fn restart_forgets_the_caller_of_an_earlier_message() {
    let propagator = builder()
        .trust(|_, _| Trust::Restart)
        .from_list("kontur")
        .unwrap();
    let before = extract(&propagator);
    assert!(before.untrusted_parent().is_some());
    let cx = propagator.extract_with_context(&before, &Headers::new());
    assert!(cx.untrusted_parent().is_none());
}

#[test]
fn restart_keeps_the_values_unless_the_trace_is_refused() {
    let restart = |format: &str| {
        let strict = SentryPropagator::builder()
            .org_id("1")
            .strict_trace_continuation(true);
        builder()
            .with_format(strict.build().unwrap())
            .trust(|_, _| Trust::Restart)
            .from_list(format)
            .unwrap()
    };
    let kept = |list: &str, header: Option<(&str, String)>| {
        let mut request = Headers::from([("baggage".to_owned(), "userId=42".to_owned())]);
        request.extend(header.map(|(name, value)| (name.to_owned(), value)));
        let cx = restart(list).extract_with_context(&Context::new(), &request);
        cx.baggage().get("userId").is_some()
    };
    let trace = format!("{T}-{S}-1");
    assert!(kept("baggage,sentry", None), "no trace");
    assert!(kept("baggage", Some(("sentry-trace", trace.clone()))));
    assert!(!kept("baggage,sentry", Some(("sentry-trace", trace))));
}

#[test]
fn restart_keeps_nothing_of_the_trace_for_sentry() {
    for (trust, keeps) in [(Trust::Continue, true), (Trust::Restart, false)] {
        let propagator = builder().trust(move |_, _| trust).from_list("sentry");
        let cx = extract(&propagator.unwrap());
        // As if the new trace had the id of the caller's one.
        let (trace_id, span_id) = (TraceId::from_hex(T).unwrap(), SpanId::from_hex(S).unwrap());
        let flags = TraceFlags::SAMPLED;
        let span_context = SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE);
        let cx = cx.with_remote_span_context(span_context);
        assert_eq!(cx.sentry_trace().is_some(), keeps, "{trust:?}");
        assert_eq!(cx.sentry_dsc().is_some(), keeps, "{trust:?}");
    }
}
