//! W3C's headers, with W3C's and Sentry's propagators in one list.

use std::collections::BTreeMap;

use interop::headers::lines;
use interop::peer::{Package, Peer, Sent};
use interop::service::url;
use interop::tracer::{Application, LISTS};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};
use rstest::rstest;
use serde_json::{json, Value};

/// Values with separators of `baggage`, non-ASCII letters, and a percent sign.
const ENTRIES: [(&str, &str); 4] = [
    ("tenant", "контур"),
    ("list", "a,b;c=d"),
    ("words", "one two"),
    ("share", "100%"),
];

/// The entries that arrive from Python. It writes a space as `+`, which is not a space in W3C
/// Baggage.
const ARRIVES: [(&str, &str); 3] = [ENTRIES[0], ENTRIES[1], ENTRIES[3]];

#[rstest]
fn span_of_rust_arrives(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(0.0, 1.0)] rate: f64,
) {
    let application = Application::new(list, rate, 5);
    let cx = application.start_span(&Context::new());

    let reading = peer.read(Package::Otel, &application.inject(&cx), &Value::Null);

    let span = cx.span().span_context().clone();
    assert_eq!(reading.trace_id, Some(span.trace_id().to_string()));
    assert_eq!(reading.span_id, Some(span.span_id().to_string()));
    assert_eq!(reading.sampled, Some(rate == 1.0));
}

#[rstest]
fn entry_of_rust_arrives_with_sentrys_members(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(ENTRIES[0], ENTRIES[1], ENTRIES[2], ENTRIES[3])] entry: (&'static str, &'static str),
) {
    let application = Application::new(list, 1.0, 7);
    let cx = Context::new().with_baggage([KeyValue::new(entry.0, entry.1)]);
    let headers = application.inject(&application.start_span(&cx));

    let reading = peer.read(Package::Otel, &headers, &Value::Null);

    let (sentrys, users): (Vec<_>, Vec<_>) = reading
        .entries
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .partition(|(key, _)| key.starts_with("sentry-"));
    assert_eq!(users, [entry], "{headers:?}");
    assert!(
        !sentrys.is_empty(),
        "OpenTelemetry's packages also read Sentry's members"
    );
}

#[rstest]
fn span_and_baggage_of_a_peer_arrive(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(true, false)] sampled: bool,
) {
    let order = json!({
        "trace_id": "771a43a4192642f0b136d5159a501700",
        "span_id": "1234567890abcdef",
        "sampled": sampled,
        "tracestate": "vendor=a:b,other=1",
        "entries": owned(&ARRIVES),
    });

    let Sent { meant, answer } = peer.send(Package::Otel, &url(list), order);

    let span = answer.span.unwrap();
    assert_eq!(Some(&span.trace_id), meant.trace_id.as_ref());
    assert_eq!(Some(&span.span_id), meant.span_id.as_ref());
    assert_eq!(span.sampled, sampled);
    assert_eq!(span.tracestate, "vendor=a:b,other=1");
    assert_eq!(answer.entries, owned(&ARRIVES));
    assert_eq!(
        answer.dsc, None,
        "the trace did not arrive in Sentry's headers"
    );
}

/// Members of users, which a peer must read alike from the original and from the outgoing header.
#[rstest]
#[case::non_ascii_letters("tenant=%D0%BA%D0%BE%D0%BD%D1%82%D1%83%D1%80")]
#[case::encoded_separators("list=a%2Cb%3Bc%3Dd")]
#[case::an_encoded_space("words=one%20two")]
#[case::an_encoded_percent_sign("share=100%25,code=%2541")]
#[case::equals_signs("token=YWJj==,query=a=b")]
#[case::a_property("tenant=kontur;ttl=30;secret")]
#[case::an_encoded_property("tenant=kontur;note=a%2Cb%3Bc")]
#[case::characters_that_need_no_encoding(
    "path=/a/b,mail=x@y.z,sum=1+2,time=12:30,any=!#$&'()*<>?[]^_`{|}~"
)]
fn user_member_is_forwarded_with_the_same_meaning(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[case] baggage: &str,
) {
    let read = |baggage: &str| {
        let headers = lines(&[("baggage", baggage)]);
        let mut entries = peer.read(Package::Otel, &headers, &Value::Null).entries;
        entries.retain(|key, _| !key.starts_with("sentry-"));
        entries
    };

    let answer = peer
        .relay(&url(list), &[("baggage", baggage)])
        .answer
        .unwrap();

    let outgoing = &answer.outgoing["baggage"];
    assert_eq!(read(outgoing), read(baggage), "{outgoing}");
}

fn owned(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = entries
        .iter()
        .map(|&(key, value)| (key.into(), value.into()));
    owned.collect()
}
