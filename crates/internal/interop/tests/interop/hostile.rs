//! Hostile headers: the service responds, ignores invalid headers, and uses the others.
//!
//! Each case also states whether Sentry's packages continue a trace from the same headers.

use interop::headers::lines;
use interop::peer::{Package, Peer, Reading};
use interop::service::url;
use interop::tracer::{DSN, LISTS};
use rstest::rstest;
use serde_json::json;

use crate::dsc::{dsc, stated, Dsc};
use Outcome::{Continues, Refuses};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "771a43a4192642f0b136d5159a501700-1234567890abcdef-1";

/// Whether a package of Sentry continues a trace from a header.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Refuses,
    Continues,
}

impl Outcome {
    #[track_caller]
    fn assert_is_that_of(self, reading: &Reading) {
        let continues = reading.raised.is_none() && reading.span_id.is_some();
        assert_eq!(continues, self == Continues, "{reading:?}");
    }
}

/// Values of `sentry-trace` without a valid trace, with the outcomes of Python's SDK, of Python's
/// propagator, and of both packages of JavaScript.
#[rstest]
#[case::a_flag_alone("-1", [Refuses, Refuses], Refuses)]
#[case::hyphens_alone("--", [Refuses, Refuses], Refuses)]
#[case::a_trace_id_alone(
    "771a43a4192642f0b136d5159a501700",
    [Refuses, Refuses],
    Refuses
)]
#[case::a_trace_id_of_zeros(
    "00000000000000000000000000000000-1234567890abcdef-1",
    [Continues, Refuses],
    Continues
)]
#[case::a_span_id_of_zeros(
    "771a43a4192642f0b136d5159a501700-0000000000000000-1",
    [Continues, Refuses],
    Continues
)]
#[case::no_hyphens(
    "771a43a4192642f0b136d5159a5017001234567890abcdef1",
    [Continues, Continues],
    Continues
)]
#[case::upper_case(
    "771A43A4192642F0B136D5159A501700-1234567890ABCDEF-1",
    [Refuses, Refuses],
    Refuses
)]
#[case::another_flag(
    "771a43a4192642f0b136d5159a501700-1234567890abcdef-2",
    [Refuses, Refuses],
    Refuses
)]
#[case::a_flag_too_many(
    "771a43a4192642f0b136d5159a501700-1234567890abcdef-1-1",
    [Refuses, Refuses],
    Refuses
)]
#[case::bytes_beyond_ascii("\u{e9}\u{ff}\u{80}", [Refuses, Refuses], Refuses)]
#[case::thousands_of_digits(&"1".repeat(8000), [Refuses, Refuses], Refuses)]
#[case::thousands_of_commas(&",".repeat(8000), [Refuses, Refuses], Refuses)]
fn invalid_sentry_trace_is_ignored(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[case] trace: &str,
    #[case] python: [Outcome; 2],
    #[case] javascript: Outcome,
) {
    let sent = [
        ("sentry-trace", trace),
        ("baggage", "sentry-release=1,user=42"),
    ];

    let relayed = peer.relay(&url(list), &sent);
    assert_eq!(relayed.status, 200);
    let answer = relayed.answer.unwrap();
    assert_eq!(answer.span, None);
    assert_eq!(answer.dsc, None);
    assert_eq!(answer.entries.get("user").map(String::as_str), Some("42"));
    assert!(
        !answer.outgoing["baggage"].contains("sentry-release=1,"),
        "the DSC is not forwarded without its trace"
    );

    let with_traceparent = [sent[0], sent[1], ("traceparent", TRACEPARENT)];
    let span = peer
        .relay(&url(list), &with_traceparent)
        .answer
        .unwrap()
        .span
        .unwrap();
    assert_eq!(
        span.trace_id, "0af7651916cd43dd8448eb211c80319c",
        "another format is still used"
    );
    assert_eq!(span.span_id, "b7ad6b7169203331");

    let outcomes = match peer {
        Peer::Python => python,
        Peer::JavaScript => [javascript; 2],
    };
    for (package, outcome) in [Package::Sentry, Package::OtelSentry]
        .into_iter()
        .zip(outcomes)
    {
        outcome.assert_is_that_of(&peer.read(package, &lines(&sent), &options()));
    }
}

/// Values of `baggage` next to a valid `sentry-trace`, with the resulting DSC and the outcome of
/// Python's SDK.
#[rstest]
#[case::invalid_numbers(
    "sentry-sample_rand=NaN,sentry-sample_rate=inf",
    dsc(&[("sample_rand", "NaN"), ("sample_rate", "inf")]),
    Refuses
)]
#[case::invalid_percent_encoding(
    "sentry-release=%zz%ff%,sentry-environment=%D0",
    dsc(&[("release", "%zz\u{fffd}%"), ("environment", "\u{fffd}")]),
    Continues
)]
#[case::reserved_names(
    "sentry-__proto__=1,__proto__=2,sentry-constructor=3",
    dsc(&[("__proto__", "1"), ("constructor", "3")]),
    Continues
)]
#[case::bytes_beyond_ascii("sentry-release=\u{e9}", Dsc::new(), Continues)]
#[case::value_over_the_limit(
    &format!("sentry-release={},sentry-environment=x", "1".repeat(9000)),
    dsc(&[("environment", "x")]),
    Continues
)]
#[case::members_over_the_limit(&numbered(300), stated_by_numbered(64), Continues)]
fn foreign_dsc_is_kept_up_to_the_limits(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[case] baggage: &str,
    #[case] expected: Dsc,
    #[case] python: Outcome,
) {
    let sent = [("sentry-trace", TRACE), ("baggage", baggage)];

    let relayed = peer.relay(&url(list), &sent);
    assert_eq!(relayed.status, 200);
    let answer = relayed.answer.unwrap();
    assert_eq!(
        answer.span.unwrap().trace_id,
        "771a43a4192642f0b136d5159a501700"
    );
    assert_eq!(answer.dsc, Some(expected.clone()));
    let outgoing = answer.outgoing.get("baggage").map_or("", String::as_str);
    assert!(outgoing.len() <= 8192);
    let mut sent_on = stated(outgoing);
    if expected.is_empty() {
        sent_on.remove("sample_rand");
    }
    assert_eq!(sent_on, expected);

    let outcome = if peer == Peer::Python {
        python
    } else {
        Continues
    };
    outcome.assert_is_that_of(&peer.read(Package::Sentry, &lines(&sent), &options()));
}

#[rstest]
fn property_cannot_add_a_member(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values("user=42;p=%2Cadmin=1", "user=42;p=%2cadmin%3d1", "user=42;%2Cadmin=1")] baggage: &str,
) {
    let answer = peer
        .relay(&url(list), &[("baggage", baggage)])
        .answer
        .unwrap();
    let reading = peer.read(
        Package::Otel,
        &lines(&[("baggage", &answer.outgoing["baggage"])]),
        &json!({}),
    );

    assert_eq!(reading.entries.get("admin"), None, "{:?}", answer.outgoing);
}

fn options() -> serde_json::Value {
    json!({ "dsn": DSN, "traces_sample_rate": 1 })
}

fn numbered(count: usize) -> String {
    let members: Vec<_> = (0..count).map(|i| format!("sentry-k{i}=v")).collect();
    members.join(",")
}

fn stated_by_numbered(count: usize) -> Dsc {
    (0..count)
        .map(|i| (format!("k{i}"), "v".to_owned()))
        .collect()
}
