//! Traces that start in a Rust service arrive in Sentry's packages.

use std::collections::BTreeSet;

use interop::peer::{Package, Peer};
use interop::tracer::{Application, DSN, ENVIRONMENT, LISTS, ORG_ID, PUBLIC_KEY, RELEASE};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use rstest::rstest;
use serde_json::json;

use crate::dsc::{assert_same, dsc, number, stated};

const TRACES: usize = 12;

#[rstest]
fn ids_flag_and_dsc_arrive(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(Package::Sentry, Package::OtelSentry)] package: Package,
    #[values(LISTS[0], LISTS[1])] list: &str,
    #[values(0.0, 0.25, 0.5, 1.0)] rate: f64,
) {
    let application = Application::new(list, rate, 1);
    let mut decisions = BTreeSet::new();
    for _ in 0..TRACES {
        let cx = application.start_span(&Context::new());
        let span = cx.span().span_context().clone();
        let reading = peer.read(
            package,
            &application.inject(&cx),
            &of_the_same_organization(),
        );

        assert_eq!(reading.raised, None);
        assert_eq!(reading.trace_id, Some(span.trace_id().to_string()));
        assert_eq!(reading.span_id, Some(span.span_id().to_string()));
        assert_eq!(reading.sampled, Some(span.is_sampled()));

        let theirs = reading.dsc.unwrap();
        let expected = dsc(&[
            ("trace_id", &span.trace_id().to_string()),
            ("public_key", PUBLIC_KEY),
            ("org_id", ORG_ID),
            ("release", RELEASE),
            ("environment", ENVIRONMENT),
            ("sampled", if span.is_sampled() { "true" } else { "false" }),
            ("sample_rate", &rate.to_string()),
            ("sample_rand", &theirs["sample_rand"]),
        ]);
        assert_eq!(theirs, expected);
        assert_eq!(
            number(&theirs["sample_rand"]) < number(&theirs["sample_rate"]),
            span.is_sampled(),
            "{theirs:?}"
        );
        decisions.insert(span.is_sampled());
    }
    let possible = BTreeSet::from([rate == 1.0, rate > 0.0]);
    assert_eq!(
        decisions, possible,
        "a rate between 0 and 1 must lead to both decisions"
    );
}

#[rstest]
fn continuing_transaction_reports_and_forwards_dsc(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(Package::Sentry, Package::OtelSentry)] package: Package,
    #[values(LISTS[0], LISTS[1])] list: &str,
) {
    let application = Application::new(list, 1.0, 2);
    let cx = application.start_span(&Context::new());
    let span = cx.span().span_context().clone();
    let headers = application.inject(&cx);
    let mut ours = stated(headers["baggage"].to_str().unwrap());
    if (peer, package) == (Peer::Python, Package::OtelSentry) {
        // Its span processor does not inherit the decision. It makes its own and writes its rate.
        ours.insert("sample_rate".to_owned(), "1.0".to_owned());
    }

    let reading = peer.read(package, &headers, &of_the_same_organization());

    let outgoing = &reading.outgoing["sentry-trace"];
    assert!(
        outgoing.starts_with(&format!("{}-", span.trace_id())),
        "{outgoing}"
    );
    assert!(outgoing.ends_with("-1"), "{outgoing}");
    assert_same(&stated(&reading.outgoing["baggage"]), &ours);

    let reported = reading.reported.expect("a sampled transaction is reported");
    assert_eq!(reported.trace_id, span.trace_id().to_string());
    assert_eq!(reported.parent_span_id, Some(span.span_id().to_string()));
    assert_same(&reported.dsc.unwrap(), &ours);
}

#[rstest]
fn unsampled_trace_stays_unsampled(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values(LISTS[0], LISTS[1])] list: &str,
) {
    let application = Application::new(list, 0.0, 3);
    let cx = application.start_span(&Context::new());
    let headers = application.inject(&cx);

    let reading = peer.read(Package::Sentry, &headers, &of_the_same_organization());

    assert_eq!(reading.own_sampled, Some(false));
    assert_eq!(reading.reported, None);
    assert!(reading.outgoing["sentry-trace"].ends_with("-0"));
    assert_same(
        &stated(&reading.outgoing["baggage"]),
        &stated(headers["baggage"].to_str().unwrap()),
    );
}

/// Returns the options of a service that would create another DSC if the trace started there.
fn of_the_same_organization() -> serde_json::Value {
    json!({
        "dsn": DSN,
        "release": "theirs",
        "environment": "theirs",
        "traces_sample_rate": 1.0,
    })
}
