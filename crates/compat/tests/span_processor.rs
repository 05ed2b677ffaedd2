//! With the cargo feature `span-processor`, Sentry's own transactions continue the incoming trace.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_propagator_sentry::SentryPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use sentry::protocol::{EnvelopeItem, TraceContext};
use sentry::ClientOptions;
use sentry_opentelemetry::SentrySpanProcessor;

const TRACE: &str = "771a43a4192642f0b136d5159a501700";
const PARENT: &str = "1234567890abcdef";

/// Returns the trace context of the one transaction that a request with these headers makes, and
/// the headers of a call from within it.
fn serve(
    list: &str,
    options: ClientOptions,
    headers: &[(&str, &str)],
) -> (Option<TraceContext>, HashMap<String, String>) {
    let propagator = opentelemetry_autoprop::from_list(list).unwrap();
    serve_with(propagator, options, headers)
}

fn serve_with(
    propagator: Propagator,
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
            let parent = propagator.extract_with_context(&Context::new(), &request);
            let span = provider
                .tracer("test")
                .start_with_context("request", &parent);
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

/// Both follow Sentry's table of organizations, however `baggage` spells the incoming one.
#[test]
fn the_processor_and_the_propagator_continue_the_same_traces() {
    for (incoming, own, continued) in [
        (Some("1"), Some("1"), [true, true]),
        (None, None, [true, true]),
        (Some("1"), Some("2"), [false, false]),
        (None, Some("1"), [true, false]),
        (Some("1"), None, [true, false]),
    ] {
        for (strict, continued) in [(false, continued[0]), (true, continued[1])] {
            for member in [
                "sentry-org_id=ID",
                "sentry-org_id = ID",
                "sentry-org_id=ID;p=2",
            ] {
                let mut sentry = SentryPropagator::builder().strict_trace_continuation(strict);
                let mut options = sampling_all().strict_trace_continuation(strict);
                if let Some(own) = own {
                    sentry = sentry.org_id(own);
                    options = options.org_id(own.parse().unwrap());
                }
                let propagator = opentelemetry_autoprop::builder()
                    .with_format(sentry.build().unwrap())
                    .from_list("tracecontext,sentry")
                    .unwrap();
                let sentry_trace = format!("{TRACE}-{PARENT}-1");
                let baggage = member.replace("ID", incoming.unwrap_or_default());
                let headers = [("sentry-trace", &*sentry_trace), ("baggage", &*baggage)];

                let (transaction, onward) = serve_with(propagator, options, &headers);

                let case = format!("{baggage:?}, own {own:?}, strict {strict}");
                let transaction = transaction.expect("it is sampled");
                assert_eq!(
                    transaction.trace_id.to_string() == TRACE,
                    continued,
                    "{case}"
                );
                let sent = &onward["sentry-trace"];
                assert_eq!(sent.starts_with(TRACE), continued, "{case}");
                assert!(
                    sent.starts_with(&transaction.trace_id.to_string()),
                    "{case}"
                );
            }
        }
    }
}
