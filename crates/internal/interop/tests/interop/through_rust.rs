//! Traces through a Rust service: the data of the first service arrives in the last one.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use interop::headers::{of_sentry, split};
use interop::peer::{Package, Peer, Sent};
use interop::service::url;
use interop::tracer::{Application, DSN, ENVIRONMENT, LISTS, RELEASE};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use rstest::rstest;
use serde_json::json;

use crate::dsc::{assert_same, number, stated};

#[rstest]
fn trace_goes_from_a_peer_to_a_peer(
    #[values(Peer::Python, Peer::JavaScript)] head: Peer,
    #[values(Peer::Python, Peer::JavaScript)] tail: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(0.0, 1.0)] rate: f64,
) {
    let options = json!({
        "dsn": DSN,
        "release": RELEASE,
        "environment": ENVIRONMENT,
        "traces_sample_rate": rate,
    });
    let order = json!({
        "trace_id": "771a43a4192642f0b136d5159a501700",
        "sample_rand": 0.5,
        "options": options,
    });
    let Sent { meant, answer } = head.send(Package::Sentry, &url(list), order);
    let headers = header_map(&answer.outgoing);

    let tail = tail.read(
        Package::Sentry,
        &headers,
        &json!({ "dsn": DSN, "traces_sample_rate": 1 }),
    );

    assert_eq!(tail.trace_id, meant.trace_id);
    let between = answer.outgoing["sentry-trace"].split('-').nth(1).unwrap();
    assert_eq!(
        tail.span_id.as_deref(),
        Some(between),
        "the parent is the span of the Rust service"
    );
    assert_eq!(tail.sampled, meant.sampled);
    assert_eq!(tail.own_sampled, meant.sampled);
    assert_same(&tail.dsc.unwrap(), &meant.dsc.unwrap());
}

#[rstest]
fn trace_goes_from_rust_through_a_peer_to_rust(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(0.0, 1.0)] rate: f64,
) {
    let head = Application::new(list, rate, 4);
    let cx = head.start_span(&Context::new());
    let headers = head.inject(&cx);
    let options = json!({ "dsn": DSN, "traces_sample_rate": 1 });
    let between = peer.read(Package::Sentry, &headers, &options).outgoing;
    let between: Vec<_> = between
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();

    let tail = peer.relay(&url(list), &between).answer.unwrap();

    let span = tail.span.unwrap();
    assert_eq!(
        span.trace_id,
        cx.span().span_context().trace_id().to_string()
    );
    assert_eq!(span.sampled, rate == 1.0);
    assert_same(
        &tail.dsc.unwrap(),
        &stated(headers["baggage"].to_str().unwrap()),
    );
    assert_eq!(
        of_sentry(&split(&tail.outgoing["baggage"])),
        of_sentry(&split(
            &tail
                .received
                .iter()
                .find(|(name, _)| name == "baggage")
                .unwrap()
                .1
        )),
    );
}

#[rstest]
fn deferred_decision_is_made_at_the_tail(
    #[values(Peer::Python, Peer::JavaScript)] head: Peer,
    #[values(Peer::Python, Peer::JavaScript)] tail: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(0.0, 1.0)] rate: f64,
) {
    let order = json!({
        "trace_id": "771a43a4192642f0b136d5159a501700",
        "options": { "dsn": DSN, "release": RELEASE, "environment": ENVIRONMENT },
    });
    let Sent { meant, answer } = head.send(Package::Sentry, &url(list), order);
    assert_eq!(meant.sampled, None);

    let options = json!({ "dsn": DSN, "traces_sample_rate": rate });
    let tail = tail.read(Package::Sentry, &header_map(&answer.forwarded), &options);

    assert_eq!(tail.trace_id, meant.trace_id);
    assert_eq!(tail.sampled, None);
    assert_eq!(tail.own_sampled, Some(rate == 1.0));
    let mut theirs = tail.dsc.unwrap();
    // JavaScript's SDK adds the rate with which it makes the decision.
    theirs.remove("sample_rate");
    assert_same(&theirs, &meant.dsc.unwrap());
}

/// The last service decides about a deferred trace by the number in the DSC, so that all services
/// with the same rate make the same decision.
#[rstest]
fn sample_rand_decides_at_the_tail(
    #[values(Peer::Python, Peer::JavaScript)] tail: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values("0.000000", "0.299999", "0.300000", "0.999999")] sample_rand: &str,
) {
    const RATE: f64 = 0.3;
    let trace_id = "771a43a4192642f0b136d5159a501700";
    let trace = format!("{trace_id}-1234567890abcdef");
    let baggage = format!("sentry-trace_id={trace_id},sentry-sample_rand={sample_rand}");
    let answer = tail
        .relay(
            &url(list),
            &[("sentry-trace", &trace), ("baggage", &baggage)],
        )
        .answer
        .unwrap();
    assert_eq!(answer.forwarded["sentry-trace"], trace);
    assert_eq!(answer.forwarded["baggage"], baggage);

    let options = json!({ "dsn": DSN, "traces_sample_rate": RATE });
    let tail = tail.read(Package::Sentry, &header_map(&answer.forwarded), &options);

    assert_eq!(tail.own_sampled, Some(number(sample_rand) < RATE));
}

fn header_map(headers: &BTreeMap<String, String>) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        map.insert(name, HeaderValue::from_str(value).unwrap());
    }
    map
}
