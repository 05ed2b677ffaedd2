//! With the cargo feature `span-processor`, the transactions of Sentry's span processor continue
//! the incoming trace.

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

/// Serves a request with these headers. Returns the trace context of its transaction, and the
/// headers of an outgoing call.
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
    let mut outgoing = HashMap::new();
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
            propagator.inject_context(&cx, &mut outgoing);
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
                other => panic!("a transaction without a trace context: {other:?}"),
            },
            _ => None,
        })
        .collect();
    assert!(transactions.len() <= 1);
    (transactions.pop(), outgoing)
}

fn sampling_all() -> ClientOptions {
    ClientOptions::default().traces_sample_rate(1.0)
}

const LISTS: [&str; 2] = ["sentry", "tracecontext,baggage,kontur,vostok,sentry"];

#[test]
fn transaction_has_trace_and_parent_of_the_header() {
    for list in LISTS {
        for flag in ["-1", ""] {
            let sentry_trace = format!("{TRACE}-{PARENT}{flag}");
            let baggage = "sentry-release=shop%401.0,userId=42";
            let (transaction, outgoing) = serve(
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
                outgoing["sentry-trace"],
                format!("{TRACE}-{span_id}-1"),
                "{list}"
            );
            assert!(
                outgoing["baggage"].starts_with("sentry-release=shop%401.0"),
                "{list}"
            );
        }
    }
}

#[test]
fn transaction_keeps_the_decision_of_the_header() {
    for (flag, sampled) in [(1, true), (0, false)] {
        let sentry_trace = format!("{TRACE}-{PARENT}-{flag}");
        let headers = [("sentry-trace", &*sentry_trace)];
        let (transaction, outgoing) = serve("sentry", sampling_all(), &headers);
        assert_eq!(transaction.is_some(), sampled);
        assert!(outgoing["sentry-trace"].ends_with(&format!("-{flag}")));
    }
}

/// Both follow Sentry's table of organizations, for each spelling of the incoming one in `baggage`.
#[test]
fn processor_and_propagator_continue_same_traces() {
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

                let (transaction, outgoing) = serve_with(propagator, options, &headers);

                let case = format!("{baggage:?}, own {own:?}, strict {strict}");
                let transaction = transaction.expect("it is sampled");
                assert_eq!(
                    transaction.trace_id.to_string() == TRACE,
                    continued,
                    "{case}"
                );
                let sent = &outgoing["sentry-trace"];
                assert_eq!(sent.starts_with(TRACE), continued, "{case}");
                assert!(
                    sent.starts_with(&transaction.trace_id.to_string()),
                    "{case}"
                );
            }
        }
    }
}
