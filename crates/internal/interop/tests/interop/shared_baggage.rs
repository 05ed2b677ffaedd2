//! Members of users and of Sentry in `baggage`: each arrives once.

use std::collections::BTreeMap;

use interop::headers::{lines, members, of_sentry, split};
use interop::peer::{Package, Peer, Sent};
use interop::service::{url, Answer};
use interop::tracer::{Application, DSN, ENVIRONMENT, LISTS, RELEASE};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::{Context, KeyValue};
use rstest::rstest;
use serde_json::json;

use crate::dsc::{assert_same, dsc, stated};

const TRACE: &str = "771a43a4192642f0b136d5159a501700-1234567890abcdef-1";

/// Members of Sentry and of users on one line and on several, with whitespace, properties, and a
/// key similar to Sentry's.
const SHARED: [&[&str]; 5] = [
    &["user=42,sentry-trace_id=771a43a4192642f0b136d5159a501700,sentry-release=shop%401.0,tenant=kontur;ttl=30,sentryx=1"],
    &["user=42 ,\tsentry-trace_id=771a43a4192642f0b136d5159a501700 , sentry-release=shop%401.0,  tenant=kontur;ttl=30 ,sentryx=1"],
    &["user=42,tenant=kontur;ttl=30,sentryx=1", "sentry-trace_id=771a43a4192642f0b136d5159a501700,sentry-release=shop%401.0"],
    &["sentry-trace_id=771a43a4192642f0b136d5159a501700,sentry-release=shop%401.0", "user=42,tenant=kontur;ttl=30,sentryx=1"],
    &["sentry-trace_id=771a43a4192642f0b136d5159a501700,user=42", "tenant=kontur;ttl=30", "sentryx=1,sentry-release=shop%401.0"],
];

#[rstest]
fn members_of_any_lines_are_read_and_forwarded_once(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(SHARED[0], SHARED[1], SHARED[2], SHARED[3], SHARED[4])] baggage: &[&str],
) {
    let mut sent = vec![("sentry-trace", TRACE)];
    sent.extend(baggage.iter().map(|line| ("baggage", *line)));

    let answer = peer.relay(&url(list), &sent).answer.unwrap();

    assert_eq!(
        lines_received(&answer),
        baggage.len(),
        "the client did not join the lines"
    );
    let expected = dsc(&[
        ("trace_id", "771a43a4192642f0b136d5159a501700"),
        ("release", "shop@1.0"),
    ]);
    assert_eq!(answer.dsc.as_ref(), Some(&expected));
    for (key, value) in [("user", "42"), ("tenant", "kontur"), ("sentryx", "1")] {
        assert_eq!(answer.entries.get(key).map(String::as_str), Some(value));
    }
    let mut outgoing = split(&answer.outgoing["baggage"]);
    outgoing.sort();
    assert_eq!(
        outgoing,
        [
            "sentry-release=shop%401.0",
            "sentry-trace_id=771a43a4192642f0b136d5159a501700",
            "sentryx=1",
            "tenant=kontur;ttl=30",
            "user=42",
        ]
    );

    let theirs = peer.read(Package::Sentry, &lines(&sent), &json!({}));
    assert_same(theirs.dsc.as_ref().unwrap(), &expected);
    assert_eq!(
        theirs.others,
        ["user=42", "tenant=kontur;ttl=30", "sentryx=1"]
    );
}

#[rstest]
fn members_of_a_rust_service_arrive_with_the_dsc(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
) {
    let application = Application::new(list, 1.0, 6);
    let cx =
        Context::new().with_baggage([KeyValue::new("user", "42"), KeyValue::new("sentryx", "1")]);
    let headers = application.inject(&application.start_span(&cx));

    let all = members(&headers);
    let mut keys: Vec<_> = all.iter().map(|member| member.split('=').next()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), all.len(), "a member repeats: {all:?}");

    let options = json!({ "dsn": DSN, "traces_sample_rate": 1 });
    let reading = peer.read(Package::Sentry, &headers, &options);
    let mut others = reading.others;
    others.sort();
    assert_eq!(others, ["sentryx=1", "user=42"]);
    let ours = stated(&of_sentry(&all).join(","));
    assert_eq!(ours["release"], RELEASE);
    assert_same(&reading.dsc.unwrap(), &ours);
}

#[rstest]
fn members_of_a_peers_user_arrive_with_the_dsc(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
) {
    let order = json!({
        "trace_id": "771a43a4192642f0b136d5159a501700",
        "sample_rand": 0.25,
        "baggage": "user=42, tenant=%D0%BA%D0%BE%D0%BD%D1%82%D1%83%D1%80;ttl=30",
        "options": {
            "dsn": DSN,
            "release": RELEASE,
            "environment": ENVIRONMENT,
            "traces_sample_rate": 1,
        },
    });

    let Sent { meant, answer } = peer.send(Package::Sentry, &url(list), order);

    assert_eq!(answer.dsc, meant.dsc);
    let users: BTreeMap<_, _> = answer
        .entries
        .iter()
        .filter(|(key, _)| !key.starts_with("sentry-"))
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        users,
        BTreeMap::from([("tenant", "контур"), ("user", "42")])
    );
    let outgoing = split(&answer.outgoing["baggage"]);
    let mut others: Vec<_> = outgoing
        .iter()
        .filter(|member| !member.starts_with("sentry-"))
        .collect();
    others.sort();
    assert_eq!(
        others,
        [
            "tenant=%D0%BA%D0%BE%D0%BD%D1%82%D1%83%D1%80;ttl=30",
            "user=42"
        ]
    );
    assert_eq!(of_sentry(&outgoing).len(), meant.dsc.unwrap().len());
}

fn lines_received(answer: &Answer) -> usize {
    let is_baggage = |(name, _): &&(String, String)| name == "baggage";
    answer.received.iter().filter(is_baggage).count()
}
