//! Requests of untrusted clients, and calls to third parties.

use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Wake};

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    Span, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
    TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_autoprop::{
    suppress_propagation, suppress_propagation_in, Builder, PropagationContextExt,
};
use opentelemetry_propagator_sentry::{SentryContextExt, SentryPropagator};
use opentelemetry_propagator_vostok::VostokContextExt;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::SdkTracerProvider;

const LIST: &str = "tracecontext,baggage,kontur,vostok,sentry";
const TRACE: u128 = 0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468;
const SPAN: u64 = 0x0bcd_098a_5926_42e4;

type Headers = HashMap<String, String>;

fn span_context(trace_id: u128, span_id: u64) -> SpanContext {
    SpanContext::new(
        TraceId::from(trace_id),
        SpanId::from(span_id),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    )
}

/// Returns the headers of another service, in all formats.
fn request() -> Headers {
    let cx = Context::new()
        .with_baggage([KeyValue::new("user", "7")])
        .with_remote_span_context(span_context(TRACE, SPAN));
    let mut headers = Headers::new();
    let propagator = opentelemetry_autoprop::from_list(LIST).unwrap();
    propagator.inject_context(&cx, &mut headers);
    headers.insert("request-priority".to_owned(), "Critical".to_owned());
    headers.insert(
        "baggage".to_owned(),
        "user=7,sentry-public_key=abc".to_owned(),
    );
    headers
}

fn public() -> Builder {
    opentelemetry_autoprop::builder().public_endpoint()
}

fn from_env(list: &'static str) -> impl TextMapPropagator {
    let builder =
        public().lookup(move |variable| (variable == "OTEL_PROPAGATORS").then(|| list.to_owned()));
    builder.from_env()
}

#[test]
fn public_endpoint_continues_nothing_of_any_format() {
    for list in [
        LIST,
        "tracecontext",
        "baggage",
        "kontur",
        "vostok",
        "sentry",
    ] {
        let propagator = from_env(list);
        let cx = propagator.extract_with_context(&Context::new(), &request());
        assert!(!cx.span().span_context().is_valid(), "{list}");
        assert!(cx.baggage().is_empty(), "{list}");
        assert_eq!(cx.vostok_request_priority(), None, "{list}");
        assert!(
            cx.sentry_trace().is_none() && cx.sentry_dsc().is_none(),
            "{list}"
        );

        let stated = (list != "baggage").then(|| span_context(TRACE, SPAN));
        assert_eq!(cx.untrusted_parent(), stated.as_ref(), "{list}");

        let mut sent = Headers::new();
        propagator.inject_context(&cx, &mut sent);
        assert_eq!(sent, Headers::new(), "{list}");
    }
}

#[test]
fn public_endpoint_sends_a_trace_of_its_own() {
    let propagator = from_env(LIST);
    let cx = propagator.extract_with_context(&Context::new(), &request());
    let provider = SdkTracerProvider::builder().build();
    let span = provider.tracer("test").start_with_context("request", &cx);
    let cx = cx.with_span(span);
    let own = cx.span().span_context().trace_id();
    assert_ne!(own, TraceId::from(TRACE));

    let mut sent = Headers::new();
    propagator.inject_context(&cx, &mut sent);
    let read = opentelemetry_autoprop::from_list(LIST)
        .unwrap()
        .extract_with_context(&Context::new(), &sent);
    assert_eq!(read.span().span_context().trace_id(), own);
    assert!(!sent.contains_key("baggage"), "{sent:?}");
    assert!(!sent.contains_key("request-priority"), "{sent:?}");
    assert!(
        cx.untrusted_parent().is_some(),
        "the link is available while the request is served"
    );
}

#[test]
fn public_endpoint_keeps_what_the_context_held() {
    let propagator = from_env(LIST);
    let before = Context::new()
        .with_baggage([KeyValue::new("ours", "1")])
        .with_remote_span_context(span_context(7, 1));
    let cx = propagator.extract_with_context(&before, &request());
    assert_eq!(cx.span().span_context(), &span_context(7, 1));
    assert_eq!(cx.baggage().len(), 1);
    assert_eq!(cx.untrusted_parent(), Some(&span_context(TRACE, SPAN)));

    let next = propagator.extract_with_context(&cx, &Headers::new());
    assert_eq!(
        next.untrusted_parent(),
        None,
        "that of the earlier request is gone"
    );
}

#[test]
fn public_endpoint_drops_foreign_context_values() {
    let propagator = public()
        .register(
            "sdk",
            opentelemetry_autoprop::Foreign::new(TraceContextPropagator::new()),
        )
        .register(
            "sdk-baggage",
            opentelemetry_autoprop::Foreign::new(BaggagePropagator::new()),
        )
        .from_list("sdk,sdk-baggage")
        .unwrap();
    let cx = propagator.extract_with_context(&Context::new(), &request());
    assert!(!cx.span().span_context().is_valid());
    assert!(cx.baggage().is_empty());
    assert_eq!(cx.untrusted_parent(), Some(&span_context(TRACE, SPAN)));
}

#[test]
fn public_endpoint_merges_the_stated_span_context() {
    let headers = Headers::from([
        ("x-kontur-trace-id".to_owned(), format!("{TRACE:032x}")),
        ("x-kontur-trace-issampled".to_owned(), "false".to_owned()),
        (
            "traceparent".to_owned(),
            format!("00-{TRACE:032x}-{SPAN:016x}-01"),
        ),
    ]);
    let propagator = public().from_list("kontur,tracecontext").unwrap();
    let cx = propagator.extract_with_context(&Context::new(), &headers);
    let stated = cx.untrusted_parent().unwrap();
    assert_eq!(stated.span_id(), SpanId::from(SPAN));
    assert!(!stated.is_sampled());
    let explanation = propagator.explain(&Context::new(), &headers);
    assert_eq!(
        explanation.parent.unwrap().span_id_from.unwrap(),
        "tracecontext"
    );
    assert!(!explanation.context.span().span_context().is_valid());
}

#[test]
fn public_endpoint_states_no_refused_trace() {
    let sentry = SentryPropagator::builder()
        .org_id("1")
        .strict_trace_continuation(true)
        .build()
        .unwrap();
    let propagator = public()
        .with_format(sentry)
        .from_list("tracecontext,sentry")
        .unwrap();
    let cx = propagator.extract_with_context(&Context::new(), &request());
    assert_eq!(cx.untrusted_parent(), None);
}

#[test]
fn request_without_headers_leaves_the_context() {
    let cx = from_env(LIST).extract_with_context(&Context::new(), &Headers::new());
    assert_eq!(cx.untrusted_parent(), None);
    assert!(!cx.span().span_context().is_valid());
}

#[test]
fn debug_names_a_public_endpoint() {
    let debug = |builder: Builder, list| format!("{:?}", builder.from_list(list).unwrap());
    assert_eq!(
        debug(public(), "kontur,baggage"),
        "PublicEndpoint(kontur, baggage)"
    );
    assert_eq!(
        debug(public().extract_only(["baggage"]), "kontur,baggage"),
        "PublicEndpoint { extract: [kontur, baggage], inject: [kontur] }"
    );
}

/// Returns the headers that each kind of list injects into the current context.
fn sent() -> Vec<Headers> {
    let mixed = opentelemetry_autoprop::builder()
        .register(
            "sdk",
            opentelemetry_autoprop::Foreign::new(BaggagePropagator::new()),
        )
        .from_list("tracecontext,sdk,baggage");
    let lists = [LIST, "kontur", "baggage"].map(opentelemetry_autoprop::from_list);
    let propagators = lists.into_iter().chain([mixed]);
    let inject = |propagator: Result<opentelemetry_autoprop::Propagator, _>| {
        let mut headers = Headers::new();
        propagator.unwrap().inject(&mut headers);
        headers
    };
    propagators.map(inject).collect()
}

fn attach_trace() -> opentelemetry::ContextGuard {
    Context::new()
        .with_baggage([KeyValue::new("user", "7")])
        .with_remote_span_context(span_context(TRACE, SPAN))
        .attach()
}

#[test]
fn suppress_propagation_lasts_for_the_call() {
    let _trace = attach_trace();
    let before = sent();
    assert!(
        before.iter().all(|headers| !headers.is_empty()),
        "{before:?}"
    );
    let during = suppress_propagation(|| {
        assert_eq!(
            Context::current().span().span_context(),
            &span_context(TRACE, SPAN),
            "the current span must not change"
        );
        sent()
    });
    assert!(during.iter().all(HashMap::is_empty), "{during:?}");
    assert_eq!(sent(), before);
}

#[test]
fn suppress_propagation_covers_derived_contexts() {
    let _trace = attach_trace();
    suppress_propagation(|| {
        let tracer = SdkTracerProvider::builder().build().tracer("test");
        let span = tracer.start("call");
        assert!(span.is_recording());
        let _call = Context::current_with_span(span).attach();
        assert!(sent().iter().all(HashMap::is_empty));
    });
}

#[test]
fn suppress_propagation_in_covers_every_poll() {
    struct NoWake;
    impl Wake for NoWake {
        fn wake(self: Arc<Self>) {}
    }
    let _trace = attach_trace();
    let before = sent();
    let mut polls = 0;
    let call = suppress_propagation_in(std::future::poll_fn(|_| {
        assert!(sent().iter().all(HashMap::is_empty));
        polls += 1;
        match polls {
            1 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    }));
    let waker = Arc::new(NoWake).into();
    let mut task = std::task::Context::from_waker(&waker);
    let mut call = pin!(call);
    assert!(call.as_mut().poll(&mut task).is_pending());
    assert_eq!(sent(), before, "between two polls");
    assert!(call.as_mut().poll(&mut task).is_ready());
    assert_eq!(sent(), before);
}

#[test]
fn suppressed_context_still_extracts() {
    let cx = Context::new().with_propagation_suppressed();
    assert!(cx.is_propagation_suppressed());
    let propagator = opentelemetry_autoprop::from_list(LIST).unwrap();
    let cx = propagator.extract_with_context(&cx, &request());
    assert_eq!(cx.span().span_context().trace_id(), TraceId::from(TRACE));
}
