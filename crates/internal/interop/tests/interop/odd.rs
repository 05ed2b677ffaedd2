//! Unusual but valid headers.

use interop::headers::{lines, of_sentry, split};
use interop::peer::{Package, Peer};
use interop::service::url;
use interop::tracer::LISTS;
use rstest::rstest;
use serde_json::json;

use crate::dsc::{assert_same, dsc, stated, Dsc};

const TRACE_ID: &str = "771a43a4192642f0b136d5159a501700";
const SPAN_ID: &str = "1234567890abcdef";

/// Forms of `sentry-trace`, with their decision, and whether JavaScript's SDK accepts them.
/// Python's SDK accepts all of them.
#[rstest]
#[case::sampled("{ids}-1", Some(true), true)]
#[case::not_sampled("{ids}-0", Some(false), true)]
#[case::deferred("{ids}", None, true)]
#[case::empty_flag("{ids}-", None, true)]
#[case::within_whitespace(" \t{ids}-1\t ", Some(true), true)]
#[case::in_the_form_of_traceparent("00-{ids}-00", None, false)]
#[case::joined_by_a_comma(
    "{ids}-0,00000000000000000000000000000001-0000000000000001-1",
    Some(false),
    false
)]
#[case::after_empty_values(" , ,{ids}-1", Some(true), false)]
fn every_form_of_sentry_trace_is_read(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[case] form: &str,
    #[case] sampled: Option<bool>,
    #[case] javascript_accepts: bool,
) {
    let trace = form.replace("{ids}", &format!("{TRACE_ID}-{SPAN_ID}"));
    let sent = [
        ("sentry-trace", trace.as_str()),
        ("baggage", "sentry-release=1"),
    ];

    let answer = peer.relay(&url(list), &sent).answer.unwrap();
    let span = answer.span.unwrap();
    assert_eq!(
        (span.trace_id.as_str(), span.span_id.as_str()),
        (TRACE_ID, SPAN_ID)
    );
    assert_eq!(answer.sentry_sampled, sampled);
    assert_eq!(span.sampled, sampled.unwrap_or(true));

    let theirs = peer.read(Package::Sentry, &lines(&sent), &json!({}));
    let accepts = peer == Peer::Python || javascript_accepts;
    assert_eq!(theirs.span_id.as_deref(), accepts.then_some(SPAN_ID));
    assert_eq!(theirs.trace_id.as_deref() == Some(TRACE_ID), accepts);
    assert_eq!(theirs.sampled, if accepts { sampled } else { None });
}

/// Values of `baggage` and their DSC.
#[rstest]
#[case::percent_encoded_utf_8(
    "sentry-release=%D0%9C%D0%B0%D0%B3%D0%B0%D0%B7%D0%B8%D0%BD%401",
    dsc(&[("release", "Магазин@1")])
)]
#[case::encoded_in_lower_case("sentry-release=%d0%bc%40", dsc(&[("release", "м@")]))]
#[case::encoded_separators("sentry-release=a%2Cb%3Bc%3Dd", dsc(&[("release", "a,b;c=d")]))]
#[case::equals_signs("sentry-release=a=b==", dsc(&[("release", "a=b==")]))]
#[case::a_plus_sign("sentry-release=1.0+build", dsc(&[("release", "1.0+build")]))]
#[case::whitespace_around_members(
    "  a=1 , sentry-release=1\t,\tsentry-environment=x  ",
    dsc(&[("release", "1"), ("environment", "x")])
)]
#[case::empty_members(",,sentry-release=1,,", dsc(&[("release", "1")]))]
#[case::an_invalid_member("junk,sentry-release=1,sentry-junk", dsc(&[("release", "1")]))]
#[case::a_key_similar_to_sentrys("sentryx=1,sentry-release=1", dsc(&[("release", "1")]))]
#[case::an_unknown_key("sentry-future=1,sentry-release=1", dsc(&[("future", "1"), ("release", "1")]))]
fn baggage_forms_are_read_and_forwarded_verbatim(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[case] baggage: &str,
    #[case] expected: Dsc,
) {
    let trace = format!("{TRACE_ID}-{SPAN_ID}-1");
    let sent = [("sentry-trace", trace.as_str()), ("baggage", baggage)];

    let answer = peer.relay(&url(list), &sent).answer.unwrap();
    assert_eq!(answer.dsc, Some(expected.clone()));
    let received: Vec<_> = of_sentry(&split(baggage))
        .into_iter()
        .filter(|member| member.contains('='))
        .collect();
    assert_eq!(of_sentry(&split(&answer.outgoing["baggage"])), received);

    let theirs = peer.read(Package::Sentry, &lines(&sent), &json!({}));
    assert_same(&theirs.dsc.unwrap(), &expected);
}

/// Members that the grammar of W3C Baggage allows, with the values that Python's and JavaScript's
/// SDK read. The Rust service reads `1`.
#[rstest]
#[case::whitespace("sentry-release = 1", [None, Some("1")])]
#[case::whitespace_before_the_value("sentry-release= 1", [Some(" 1"), Some("1")])]
#[case::a_property("sentry-release=1;ttl=30", [Some("1;ttl=30"), Some("1;ttl=30")])]
#[case::whitespace_and_a_property("sentry-release = 1 ; ttl=30", [None, Some("1 ; ttl=30")])]
fn baggage_is_read_by_its_grammar(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[case] member: &str,
    #[case] read_by_peers: [Option<&str>; 2],
) {
    let trace = format!("{TRACE_ID}-{SPAN_ID}-1");
    let sent = [("sentry-trace", trace.as_str()), ("baggage", member)];

    let answer = peer.relay(&url(list), &sent).answer.unwrap();
    assert_eq!(answer.dsc, Some(dsc(&[("release", "1")])));
    assert_eq!(answer.outgoing["baggage"], member);

    let theirs = peer.read(Package::Sentry, &lines(&sent), &json!({}));
    let theirs = theirs.dsc.unwrap_or_default();
    let expected = read_by_peers[peer as usize];
    assert_eq!(theirs.get("release").map(String::as_str), expected);
}

#[rstest]
fn repeated_key_has_its_last_value_and_is_forwarded(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
) {
    let trace = format!("{TRACE_ID}-{SPAN_ID}-1");
    let baggage = "sentry-release=1,sentry-release=2";
    let sent = [("sentry-trace", trace.as_str()), ("baggage", baggage)];

    let answer = peer.relay(&url(list), &sent).answer.unwrap();
    let expected = dsc(&[("release", "2")]);
    assert_eq!(answer.dsc.as_ref(), Some(&expected));
    assert_eq!(
        answer.outgoing["baggage"], baggage,
        "all members are forwarded"
    );

    let theirs = peer.read(Package::Sentry, &lines(&sent), &json!({}));
    assert_same(&theirs.dsc.unwrap(), &expected);
}

#[rstest]
fn sentry_trace_alone_gets_only_sample_rand(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
) {
    let trace = format!("{TRACE_ID}-{SPAN_ID}-1");
    let answer = peer
        .relay(&url(list), &[("sentry-trace", &trace)])
        .answer
        .unwrap();

    assert_eq!(answer.dsc, Some(Dsc::new()));
    let outgoing = stated(&answer.outgoing["baggage"]);
    assert_eq!(
        outgoing.keys().collect::<Vec<_>>(),
        ["sample_rand"],
        "only the head of a trace creates the rest of a DSC"
    );
}

#[rstest]
fn baggage_without_sentry_trace_continues_nothing(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
) {
    let baggage = format!("sentry-trace_id={TRACE_ID},sentry-release=theirs,user=42");
    let answer = peer
        .relay(&url(list), &[("baggage", &baggage)])
        .answer
        .unwrap();

    assert_eq!(answer.span, None);
    assert_eq!(answer.dsc, None);
    let outgoing = split(&answer.outgoing["baggage"]);
    assert!(outgoing.contains(&"user=42".to_owned()));
    assert!(
        !outgoing.contains(&"sentry-release=theirs".to_owned()),
        "{outgoing:?}"
    );
}
