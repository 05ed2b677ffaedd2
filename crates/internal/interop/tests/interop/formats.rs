//! B3, Jaeger, X-Ray and OT trace, with OpenTelemetry's propagators for them.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use interop::peer::{Package, Peer, Reading, Sent};
use interop::service::{url, Span};
use interop::tracer::Application;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use rstest::rstest;
use serde_json::json;

const TRACE_ID: &str = "771a43a4192642f0b136d5159a501700";
const SPAN_ID: &str = "1234567890abcdef";

#[rstest]
fn span_of_rust_arrives(
    #[values(Peer::Python, Peer::JavaScript)] peer: Peer,
    #[values("b3", "b3multi", "jaeger", "ottrace", "xray", "xray-lambda")] format: &str,
    #[values(0.0, 1.0)] rate: f64,
) {
    let application = Application::new(format, rate, 6);
    let cx = application.start_span(&Context::new());

    let headers = application.inject(&cx);
    let reading = peer.read(Package::Formats, &headers, &json!({ "format": format }));

    let span = cx.span().span_context().clone();
    let trace_id = span.trace_id().to_string();
    assert_eq!(reading.trace_id, Some(arriving(format, &trace_id)));
    assert_eq!(reading.span_id, Some(span.span_id().to_string()));
    assert_eq!(reading.sampled, Some(rate == 1.0));
}

#[rstest]
fn span_of_a_peer_arrives_and_is_forwarded(
    #[values(Peer::Python, Peer::JavaScript)] head: Peer,
    #[values(Peer::Python, Peer::JavaScript)] tail: Peer,
    #[values("b3", "b3multi", "jaeger", "ottrace", "xray", "xray-lambda")] format: &str,
    #[values(true, false)] sampled: bool,
) {
    let order = json!({
        "format": format,
        "trace_id": TRACE_ID,
        "span_id": SPAN_ID,
        "sampled": sampled,
    });

    let answer = head.send(Package::Formats, &url(format), order).answer;

    let span = answer.span.unwrap();
    assert_eq!(span, remote(&arriving(format, TRACE_ID), SPAN_ID, sampled));
    let read = |headers| -> Reading {
        let options = json!({ "format": format });
        tail.read(Package::Formats, &header_map(headers), &options)
    };
    let forwarded = read(&answer.forwarded);
    assert_eq!(forwarded.trace_id.as_ref(), Some(&span.trace_id));
    assert_eq!(forwarded.span_id.as_deref(), Some(SPAN_ID));
    assert_eq!(forwarded.sampled, Some(sampled));
    let outgoing = read(&answer.outgoing);
    assert_eq!(outgoing.trace_id.as_ref(), Some(&span.trace_id));
    assert_ne!(outgoing.span_id.as_deref(), Some(SPAN_ID));
    assert_eq!(outgoing.sampled, Some(sampled));
}

/// Python's SDK states that its trace ids are random, which is not a part of the decision.
#[rstest]
fn span_of_pythons_sdk_arrives_in_another_format(
    #[values(Peer::Python, Peer::JavaScript)] tail: Peer,
    #[values("b3", "b3multi", "jaeger", "ottrace", "xray", "xray-lambda")] format: &str,
    #[values(true, false)] is_first: bool,
    #[values(true, false)] sampled: bool,
) {
    let list = if is_first {
        format!("tracecontext,{format}")
    } else {
        format!("{format},tracecontext")
    };
    let order = json!({ "format": "tracecontext", "sampled": sampled });

    let Sent { meant, answer } = Peer::Python.send(Package::Formats, &url(&list), order);

    let (name, value) = &answer.received[0];
    let flags = if sampled { "-03" } else { "-02" };
    assert!(name == "traceparent" && value.ends_with(flags), "{value}");
    let trace_id = meant.trace_id.unwrap();
    for headers in [&answer.forwarded, &answer.outgoing] {
        assert!(headers["traceparent"].ends_with(flags), "{headers:?}");
        let options = json!({ "format": format });
        let reading = tail.read(Package::Formats, &header_map(headers), &options);
        assert_eq!(reading.trace_id, Some(arriving(format, &trace_id)));
        assert_eq!(reading.sampled, Some(sampled));
    }
}

/// The trace id that a format carries. OT trace carries the lower half.
fn arriving(format: &str, trace_id: &str) -> String {
    match format {
        "ottrace" => format!("{:0>32}", &trace_id[16..]),
        _ => trace_id.to_owned(),
    }
}

fn remote(trace_id: &str, span_id: &str, sampled: bool) -> Span {
    Span {
        trace_id: trace_id.to_owned(),
        span_id: span_id.to_owned(),
        sampled,
        tracestate: String::new(),
    }
}

fn header_map(headers: &BTreeMap<String, String>) -> HeaderMap {
    let line = |(name, value): (&String, &String)| {
        let name: HeaderName = name.parse().unwrap();
        (name, HeaderValue::from_str(value).unwrap())
    };
    headers.iter().map(line).collect()
}
