//! Which traces of other organisations are continued: the same as by Sentry's SDKs.

use interop::headers::lines;
use interop::peer::{Package, Peer};
use interop::service::url_of_organisation;
use interop::tracer::LISTS;
use rstest::rstest;
use serde_json::json;

const TRACE_ID: &str = "771a43a4192642f0b136d5159a501700";

#[rstest]
#[case::the_same(Some("1"), Some("1"), false, true)]
#[case::the_same_strictly(Some("1"), Some("1"), true, true)]
#[case::neither(None, None, false, true)]
#[case::neither_strictly(None, None, true, true)]
#[case::different(Some("1"), Some("2"), false, false)]
#[case::different_strictly(Some("1"), Some("2"), true, false)]
#[case::only_ours(None, Some("1"), false, true)]
#[case::only_ours_strictly(None, Some("1"), true, false)]
#[case::only_theirs(Some("1"), None, false, true)]
#[case::only_theirs_strictly(Some("1"), None, true, false)]
fn a_trace_is_continued_as_by_sentrys_sdks(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[case] incoming: Option<&str>,
    #[case] own: Option<&str>,
    #[case] strict: bool,
    #[case] continued: bool,
) {
    let trace = format!("{TRACE_ID}-1234567890abcdef-1");
    let org_id = incoming.map_or_else(String::new, |id| format!(",sentry-org_id={id}"));
    let baggage = format!("sentry-trace_id={TRACE_ID}{org_id},user=42");
    let sent = [
        ("sentry-trace", trace.as_str()),
        ("baggage", baggage.as_str()),
    ];

    let answer = peer
        .relay(&url_of_organisation(list, own, strict), &sent)
        .answer
        .unwrap();
    let ours = answer.span.map(|span| span.trace_id);
    assert_eq!(ours.as_deref() == Some(TRACE_ID), continued);
    assert_eq!(answer.dsc.is_some(), continued);
    assert_eq!(
        answer.onward["sentry-trace"].starts_with(TRACE_ID),
        continued
    );
    assert_eq!(
        answer.entries.get("user").map(String::as_str),
        Some("42"),
        "it is nobody's DSC"
    );

    // A DSN whose host does not tell the organisation.
    let options = json!({
        "dsn": "https://49d0f7386ad645858ae85020e393bef3@sentry.example/1",
        "org_id": own,
        "strict_trace_continuation": strict,
        "traces_sample_rate": 1,
    });
    let theirs = peer.read(Package::Sentry, &lines(&sent), &options);
    assert_eq!(theirs.trace_id.as_deref() == Some(TRACE_ID), continued);
}
