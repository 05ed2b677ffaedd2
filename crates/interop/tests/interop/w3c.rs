//! OpenTelemetry's own propagators beside Sentry's in one list.

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

/// Values with the separators of `baggage`, letters beyond ASCII, and a percent sign.
const ENTRIES: [(&str, &str); 4] = [
    ("tenant", "контур"),
    ("list", "a,b;c=d"),
    ("words", "one two"),
    ("share", "100%"),
];

/// Of them, those that arrive from Python, which writes a blank as `+`. W3C Baggage does not know
/// that sign as one.
const ARRIVES: [(&str, &str); 3] = [ENTRIES[0], ENTRIES[1], ENTRIES[3]];

#[rstest]
fn a_span_of_rust_arrives(
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
fn an_entry_of_rusts_baggage_arrives_beside_sentrys_members(
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
        "for them Sentry's members are baggage like any other"
    );
}

#[rstest]
fn a_span_and_baggage_of_a_peer_arrive(
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
        "the trace did not come with Sentry's headers"
    );
}

/// Members of users, which a peer reads the same whether a Rust service stood between or not.
#[rstest]
#[case::letters_beyond_ascii("tenant=%D0%BA%D0%BE%D0%BD%D1%82%D1%83%D1%80")]
#[case::encoded_separators("list=a%2Cb%3Bc%3Dd")]
#[case::an_encoded_blank("words=one%20two")]
#[case::an_encoded_percent_sign("share=100%25,code=%2541")]
#[case::equals_signs("token=YWJj==,query=a=b")]
#[case::a_property("tenant=kontur;ttl=30;secret")]
#[case::an_encoded_property("tenant=kontur;note=a%2Cb%3Bc")]
#[case::signs_that_need_no_encoding(
    "path=/a/b,mail=x@y.z,sum=1+2,time=12:30,any=!#$&'()*<>?[]^_`{|}~"
)]
fn a_member_of_a_user_is_sent_on_with_the_same_meaning(
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

    let onward = &answer.onward["baggage"];
    assert_eq!(read(onward), read(baggage), "{onward}");
}

fn owned(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = entries
        .iter()
        .map(|&(key, value)| (key.into(), value.into()));
    owned.collect()
}
