//! With the cargo feature `span-processor`, Sentry's own transactions continue the incoming trace.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Span, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::Context;
use opentelemetry_sdk::trace::SdkTracerProvider;
use sentry::protocol::{EnvelopeItem, TraceContext};
use sentry::ClientOptions;
use sentry_opentelemetry::SentrySpanProcessor;

const TRACE: &str = "771a43a4192642f0b136d5159a501700";
const PARENT: &str = "1234567890abcdef";

/// The trace context of the one transaction that a request with these headers makes, and the
/// headers of a call from within it.
fn serve(
    list: &str,
    options: ClientOptions,
    headers: &[(&str, &str)],
) -> (Option<TraceContext>, HashMap<String, String>) {
    let request: HashMap<String, String> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mut onward = HashMap::new();
    let envelopes = sentry::test::with_captured_envelopes_options(
        || {
            let provider = SdkTracerProvider::builder()
                .with_span_processor(SentrySpanProcessor::new())
                .build();
            let propagator = opentelemetry_autoprop::from_list(list).unwrap();
            let parent = propagator.extract_with_context(&Context::new(), &request);
            let span = provider
                .tracer("test")
                .start_with_context("request", &parent);
            assert_eq!(span.span_context().trace_id().to_string(), TRACE);
            let cx = parent.with_span(span);
            propagator.inject_context(&cx, &mut onward);
            cx.span().end();
        },
        options,
    );
    let mut transactions: Vec<_> = envelopes
        .iter()
        .flat_map(|envelope| envelope.items())
        .filter_map(|item| match item {
            EnvelopeItem::Transaction(transaction) => match transaction.contexts.get("trace") {
                Some(sentry::protocol::Context::Trace(trace)) => Some((**trace).clone()),
                other => panic!("a transaction has a trace context: {other:?}"),
            },
            _ => None,
        })
        .collect();
    assert!(transactions.len() <= 1);
    (transactions.pop(), onward)
}

fn sampling_all() -> ClientOptions {
    ClientOptions::default().traces_sample_rate(1.0)
}

const LISTS: [&str; 2] = ["sentry", "tracecontext,baggage,kontur,vostok,sentry"];

#[test]
fn a_transaction_has_the_trace_and_the_parent_of_the_header() {
    for list in LISTS {
        for flag in ["-1", ""] {
            let sentry_trace = format!("{TRACE}-{PARENT}{flag}");
            let baggage = "sentry-release=shop%401.0,userId=42";
            let (transaction, onward) = serve(
                list,
                sampling_all(),
                &[("sentry-trace", &sentry_trace), ("baggage", baggage)],
            );
            let transaction = transaction.expect("it is sampled");
            assert_eq!(transaction.trace_id.to_string(), TRACE, "{list}");
            assert_eq!(
                transaction
                    .parent_span_id
                    .map(|id| id.to_string())
                    .as_deref(),
                Some(PARENT),
                "{list}"
            );
            let span_id = transaction.span_id;
            assert_eq!(
                onward["sentry-trace"],
                format!("{TRACE}-{span_id}-1"),
                "{list}"
            );
            assert!(
                onward["baggage"].starts_with("sentry-release=shop%401.0"),
                "{list}"
            );
        }
    }
}

#[test]
fn the_decision_of_the_header_is_kept() {
    for (flag, sampled) in [(1, true), (0, false)] {
        let sentry_trace = format!("{TRACE}-{PARENT}-{flag}");
        let headers = [("sentry-trace", &*sentry_trace)];
        let (transaction, onward) = serve("sentry", sampling_all(), &headers);
        assert_eq!(transaction.is_some(), sampled);
        assert!(onward["sentry-trace"].ends_with(&format!("-{flag}")));
    }
}
