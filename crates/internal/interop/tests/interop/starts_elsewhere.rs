//! Traces that start with one of Sentry's packages arrive in a Rust service.

use interop::headers::{of_sentry, split};
use interop::peer::{Package, Peer, Sent};
use interop::service::{url, Answer};
use interop::tracer::{DSN, ENVIRONMENT, LISTS, RELEASE};
use rstest::rstest;
use serde_json::{json, Value};

const TRACE_ID: &str = "771a43a4192642f0b136d5159a501700";

#[rstest]
fn ids_flag_and_dsc_arrive(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(Package::Sentry, Package::OtelSentry)] package: Package,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(0.0, 1.0)] rate: f64,
) {
    let Sent { meant, answer } = peer.send(package, &url(list), order(json!(rate)));

    let span = answer.span.clone().unwrap();
    assert_eq!(Some(span.trace_id), meant.trace_id);
    assert_eq!(Some(span.span_id), meant.span_id);
    assert_eq!(span.sampled, rate == 1.0);
    assert_eq!(answer.sentry_sampled, meant.sampled);
    assert_eq!(answer.sentry_sampled, Some(rate == 1.0));
    assert_eq!(answer.dsc, meant.dsc);
    let dsc = answer.dsc.as_ref().unwrap();
    assert_eq!(dsc["release"], RELEASE);
    assert_eq!(dsc["environment"], ENVIRONMENT);
    assert_forwarded(&answer);
}

#[rstest]
fn both_decisions_of_a_partial_rate_arrive(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(true, false)] sampled: bool,
) {
    let mut order = order(json!(0.5));
    // JavaScript is given the number. Python draws it from the trace id.
    order["sample_rand"] = if sampled { 0.25.into() } else { 0.75.into() };
    order["trace_id"] = format!("{:032x}", if sampled { 5 } else { 4 }).into();

    let Sent { meant, answer } = peer.send(Package::Sentry, &url(list), order);

    assert_eq!(meant.sampled, Some(sampled));
    assert_eq!(answer.sentry_sampled, Some(sampled));
    assert_eq!(answer.span.as_ref().unwrap().sampled, sampled);
    assert_eq!(answer.dsc, meant.dsc);
    assert_forwarded(&answer);
}

#[rstest]
fn deferred_decision_arrives_and_is_made_here(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
) {
    let Sent { meant, answer } = peer.send(Package::Sentry, &url(list), order(Value::Null));

    assert_eq!(meant.sampled, None);
    let span = answer.span.clone().unwrap();
    assert_eq!(Some(span.trace_id), meant.trace_id);
    assert_eq!(answer.sentry_sampled, None);
    assert!(
        span.sampled,
        "a trace without a decision is sampled by default"
    );
    assert!(answer.outgoing["sentry-trace"].ends_with("-1"));
    assert_eq!(answer.dsc, meant.dsc);
    assert_forwarded(&answer);
}

fn order(rate: Value) -> Value {
    json!({
        "trace_id": TRACE_ID,
        "sample_rand": 0.25,
        "options": {
            "dsn": DSN,
            "release": RELEASE,
            "environment": ENVIRONMENT,
            "traces_sample_rate": rate,
        },
    })
}

/// Asserts that the outgoing headers contain the same trace, and Sentry's members of `baggage`
/// verbatim.
fn assert_forwarded(answer: &Answer) {
    let arrived = |name: &str| {
        let line = answer
            .received
            .iter()
            .find(|(received, _)| received == name);
        line.map(|(_, value)| value.as_str()).unwrap()
    };
    let trace = &answer.outgoing["sentry-trace"];
    assert_eq!(
        trace.split('-').next(),
        arrived("sentry-trace").split('-').next()
    );
    assert_eq!(
        of_sentry(&split(&answer.outgoing["baggage"])),
        of_sentry(&split(arrived("baggage")))
    );
}
