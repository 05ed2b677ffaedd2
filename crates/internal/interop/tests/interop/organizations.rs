//! Traces of other organizations are continued and refused as by Sentry's SDKs.

use interop::headers::lines;
use interop::peer::{Package, Peer};
use interop::service::url_of_organization;
use interop::tracer::{Application, DSN_WITHOUT_ORG_ID, LISTS};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use rstest::rstest;
use serde_json::{json, Value};

const TRACE_ID: &str = "771a43a4192642f0b136d5159a501700";

/// A cell of Sentry's table.
struct Case {
    /// The organization of the caller.
    incoming: Option<&'static str>,
    /// The organization of the service that is called.
    own: Option<&'static str>,
    /// Whether the service has strict trace continuation.
    strict: bool,
    /// Whether the service continues the trace.
    continued: bool,
}

impl Case {
    fn new(row: usize, strict: bool) -> Case {
        let (incoming, own, continued) = [
            (Some("1"), Some("1"), [true, true]),
            (None, None, [true, true]),
            (Some("1"), Some("2"), [false, false]),
            (None, Some("1"), [true, false]),
            (Some("1"), None, [true, false]),
        ][row];
        Case {
            incoming,
            own,
            strict,
            continued: continued[usize::from(strict)],
        }
    }

    /// Returns the address of the service.
    fn url(&self, list: &str) -> String {
        url_of_organization(list, self.own, self.strict)
    }

    /// Returns `sentry-trace` and `baggage` of the caller, with one more member.
    fn headers(&self, member: &str) -> (String, String) {
        let org_id = self
            .incoming
            .map_or_else(String::new, |id| format!(",sentry-org_id={id}"));
        (
            format!("{TRACE_ID}-1234567890abcdef-1"),
            format!("sentry-trace_id={TRACE_ID}{org_id},{member}"),
        )
    }
}

#[rstest]
fn trace_is_continued_as_by_sentrys_sdks(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(0, 1, 2, 3, 4)] row: usize,
    #[values(false, true)] strict: bool,
) {
    let case = Case::new(row, strict);
    let (trace, baggage) = case.headers("user=42");
    let sent = [("sentry-trace", &*trace), ("baggage", &*baggage)];

    let answer = peer.relay(&case.url(list), &sent).answer.unwrap();
    let ours = answer.span.map(|span| span.trace_id);
    assert_eq!(ours.as_deref() == Some(TRACE_ID), case.continued);
    assert_eq!(answer.dsc.is_some(), case.continued);
    assert_eq!(
        answer.outgoing["sentry-trace"].starts_with(TRACE_ID),
        case.continued
    );
    let is_refused = strict && !case.continued;
    assert_eq!(
        answer.entries.get("user").map(String::as_str),
        (!is_refused).then_some("42"),
        "a refused request leaves nothing in the context"
    );

    let theirs = peer.read(Package::Sentry, &lines(&sent), &options(case.own, strict));
    assert_eq!(theirs.trace_id.as_deref() == Some(TRACE_ID), case.continued);
}

#[rstest]
fn trace_of_a_package_is_continued_by_organization(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(0, 1, 2, 3, 4)] row: usize,
    #[values(false, true)] strict: bool,
) {
    let case = Case::new(row, strict);
    let order = json!({ "trace_id": TRACE_ID, "sample_rand": 0.25, "options": options(case.incoming, false) });

    let answer = peer.send(Package::Sentry, &case.url(list), order).answer;

    let ours = answer.span.map(|span| span.trace_id);
    assert_eq!(ours.as_deref() == Some(TRACE_ID), case.continued);
    assert_eq!(answer.dsc.is_some(), case.continued);
    if let (Some(dsc), Some(incoming)) = (answer.dsc, case.incoming) {
        assert_eq!(dsc["org_id"], incoming);
    }
}

#[rstest]
fn trace_of_rust_is_continued_by_packages(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(0, 1, 2, 3, 4)] row: usize,
    #[values(false, true)] strict: bool,
) {
    let case = Case::new(row, strict);
    let application = Application::of_organization(list, case.incoming, false);
    let cx = application.start_span(&Context::new());
    let trace_id = cx.span().span_context().trace_id().to_string();

    let headers = application.inject(&cx);
    let theirs = peer.read(Package::Sentry, &headers, &options(case.own, strict));

    assert_eq!(theirs.trace_id == Some(trace_id), case.continued);
    if case.continued {
        let org_id = theirs.dsc.unwrap().remove("org_id");
        assert_eq!(org_id.as_deref(), case.incoming);
    }
}

#[rstest]
fn traceparent_continues_refused_trace_unless_strict(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(0, 1, 2, 3, 4)] row: usize,
    #[values(false, true)] strict: bool,
) {
    let case = Case::new(row, strict);
    let (trace, baggage) = case.headers("sentry-release=theirs");
    let sent = [
        ("sentry-trace", &*trace),
        ("baggage", &*baggage),
        ("traceparent", &format!("00-{TRACE_ID}-1234567890abcdef-01")),
    ];

    let answer = peer.relay(&case.url(list), &sent).answer.unwrap();

    let ours = answer.span.map(|span| span.trace_id);
    assert_eq!(
        ours.as_deref() == Some(TRACE_ID),
        case.continued || !strict,
        "only strict continuation refuses all headers of a trace"
    );
    assert_eq!(answer.dsc.is_some(), case.continued);
    let is_theirs = answer.outgoing["baggage"].contains("sentry-release=theirs");
    assert_eq!(
        is_theirs, case.continued,
        "otherwise this service creates a DSC"
    );
}

fn options(org_id: Option<&str>, strict: bool) -> Value {
    json!({
        "dsn": DSN_WITHOUT_ORG_ID,
        "org_id": org_id,
        "strict_trace_continuation": strict,
        "traces_sample_rate": 1,
    })
}
