//! Checks a propagator against the cases in `tests/data/`.
//!
//! The tests of other crates include this file by path, to run the same cases through a composite
//! and over HTTP.

// Each test uses only a part of this file.
#![allow(dead_code)]

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, Tracer, TracerProvider};
use opentelemetry::Context;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use serde_json::Value;

/// The trace id in the valid headers of every case.
pub const TRACE_ID: &str = "27bb7faa48294cf49ae6007d70905468";

/// The span id in the valid headers of every case.
pub const SPAN_ID: &str = "0bcd098a592642e4";

/// The expected behavior of a service for the `traceparent` and `tracestate` of one request.
#[derive(Debug)]
pub struct TraceContextCase {
    pub name: String,
    /// The header lines in their order.
    pub headers: Vec<(String, String)>,
    /// The flags of the continued trace, or `None` if a new trace starts.
    pub flags: Option<String>,
    /// The outgoing `tracestate`, or `None` if no such header is sent.
    pub tracestate: Option<String>,
}

/// The expected behavior of a service for the `baggage` of one request.
#[derive(Debug)]
pub struct BaggageCase {
    pub name: String,
    pub lines: Vec<String>,
    /// The expected values and properties by key.
    pub members: BTreeMap<String, (String, String)>,
    /// The outgoing members, sorted.
    pub sent: Vec<String>,
}

/// Returns the cases for Trace Context.
pub fn trace_context() -> Vec<TraceContextCase> {
    let rows = include_str!("../data/trace_context.jsonl");
    let cases: Vec<_> = rows.lines().map(TraceContextCase::parse).collect();
    assert!(cases.len() > 150, "{} cases", cases.len());
    cases
}

/// Returns the cases for Baggage.
pub fn baggage() -> Vec<BaggageCase> {
    let rows = include_str!("../data/baggage.jsonl");
    let cases: Vec<_> = rows.lines().map(BaggageCase::parse).collect();
    assert!(cases.len() > 40, "{} cases", cases.len());
    cases
}

/// Checks a propagator against all cases for Trace Context.
pub fn check_trace_context(propagator: &dyn TextMapPropagator) {
    let tracer = tracer();
    for case in trace_context() {
        let cx = extract(propagator, &case.header_map());
        case.check_extracted(cx.span().span_context());
        case.check_relayed(&inject(propagator, &cx));
        let local = cx.with_span(tracer.start_with_context("span", &cx));
        let flags = local.span().span_context().trace_flags();
        case.check_sent(&inject(propagator, &local), flags);
    }
}

/// Checks a propagator against all cases for Baggage.
pub fn check_baggage(propagator: &dyn TextMapPropagator) {
    for case in baggage() {
        let cx = extract(propagator, &case.header_map());
        case.check_extracted(&cx);
        let sent = inject(propagator, &cx);
        case.check_sent(&sent);
        case.check_extracted(&extract(propagator, &sent));
    }
}

/// Returns a tracer that follows the caller's sampling decision and samples every new trace.
pub fn tracer() -> SdkTracer {
    SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .build()
        .tracer("conformance")
}

fn extract(propagator: &dyn TextMapPropagator, headers: &HeaderMap) -> Context {
    propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers))
}

fn inject(propagator: &dyn TextMapPropagator, cx: &Context) -> HeaderMap {
    let mut headers = HeaderMap::new();
    propagator.inject_context(cx, &mut HeaderInjector(&mut headers));
    headers
}

/// Returns the only line of a header, or `None` if the header is absent.
fn only_line<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    assert!(lines.len() <= 1, "{name}: {lines:?}");
    lines
        .first()
        .map(|line| line.to_str().expect("the line is ASCII"))
}

fn to_header_map<'a>(lines: impl IntoIterator<Item = (&'a str, &'a str)>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("the name is valid");
        headers.append(
            name,
            HeaderValue::from_str(value).expect("the value is valid"),
        );
    }
    headers
}

fn text(value: &Value) -> String {
    value.as_str().expect("the value is a string").to_owned()
}

impl TraceContextCase {
    fn parse(row: &str) -> Self {
        let row: Value = serde_json::from_str(row).expect("the row is JSON");
        let headers = row["headers"].as_array().expect("`headers` is a list");
        TraceContextCase {
            name: text(&row["name"]),
            headers: headers
                .iter()
                .map(|header| (text(&header[0]), text(&header[1])))
                .collect(),
            flags: row["flags"].as_str().map(str::to_owned),
            tracestate: row["tracestate"].as_str().map(str::to_owned),
        }
    }

    /// Returns the headers of the request.
    pub fn header_map(&self) -> HeaderMap {
        let headers = self.headers.iter();
        to_header_map(headers.map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// Checks the extracted span context.
    pub fn check_extracted(&self, span_context: &SpanContext) {
        let Some(flags) = &self.flags else {
            assert_eq!(span_context, &SpanContext::NONE, "{self:?}");
            return;
        };
        assert_eq!(span_context.trace_id().to_string(), TRACE_ID, "{self:?}");
        assert_eq!(span_context.span_id().to_string(), SPAN_ID, "{self:?}");
        assert_eq!(
            format!("{:02x}", span_context.trace_flags()),
            *flags,
            "{self:?}"
        );
        assert!(span_context.is_remote(), "{self:?}");
    }

    /// Checks the outgoing headers of a service without a local span.
    pub fn check_relayed(&self, sent: &HeaderMap) {
        let flags = self.flags.as_ref();
        let traceparent = flags.map(|flags| format!("00-{TRACE_ID}-{SPAN_ID}-{flags}"));
        assert_eq!(
            only_line(sent, "traceparent"),
            traceparent.as_deref(),
            "{self:?}"
        );
        assert_eq!(
            only_line(sent, "tracestate"),
            self.tracestate.as_deref(),
            "{self:?}"
        );
    }

    /// Checks the outgoing headers of a service with a local span, which is sampled if the caller's
    /// span is or if a new trace starts. The SDK chooses the other flags of a new trace.
    pub fn check_sent(&self, sent: &HeaderMap, own: TraceFlags) {
        let traceparent = only_line(sent, "traceparent").expect("`traceparent` is sent");
        let [version, trace_id, span_id, flags] = traceparent.split('-').collect::<Vec<_>>()[..]
        else {
            panic!("{traceparent}: {self:?}");
        };
        assert_eq!(version, "00", "{self:?}");
        assert_ne!(span_id, SPAN_ID, "{self:?}");
        match &self.flags {
            Some(expected) => {
                assert_eq!(trace_id, TRACE_ID, "{self:?}");
                assert_eq!(flags, expected, "{self:?}");
            }
            None => {
                let received = self.headers.iter();
                assert!(
                    !received.clone().any(|(_, value)| value.contains(trace_id)),
                    "{self:?}"
                );
                assert!(own.is_sampled(), "{self:?}");
                assert_eq!(flags, format!("{own:02x}"), "{self:?}");
            }
        }
        assert_eq!(
            only_line(sent, "tracestate"),
            self.tracestate.as_deref(),
            "{self:?}"
        );
    }
}

impl BaggageCase {
    fn parse(row: &str) -> Self {
        let row: Value = serde_json::from_str(row).expect("the row is JSON");
        let list = |field: &str| row[field].as_array().expect("the field is a list").clone();
        let member = |member: &Value| {
            let [key, value, properties] = ["key", "value", "properties"].map(|f| text(&member[f]));
            (key, (value, properties))
        };
        let mut sent: Vec<_> = list("sent").iter().map(text).collect();
        sent.sort_unstable();
        BaggageCase {
            name: text(&row["name"]),
            lines: list("lines").iter().map(text).collect(),
            members: list("members").iter().map(member).collect(),
            sent,
        }
    }

    /// Returns the headers of the request.
    pub fn header_map(&self) -> HeaderMap {
        to_header_map(self.lines.iter().map(|line| ("baggage", line.as_str())))
    }

    /// Checks the entries of OpenTelemetry's baggage.
    pub fn check_extracted(&self, cx: &Context) {
        let entries = cx.baggage().iter();
        let entries: BTreeMap<_, _> = entries
            .map(|(key, (value, properties))| {
                (key.to_string(), (value.to_string(), properties.to_string()))
            })
            .collect();
        assert_eq!(entries, self.members, "{}", self.name);
    }

    /// Checks the outgoing header.
    pub fn check_sent(&self, sent: &HeaderMap) {
        let line = only_line(sent, "baggage").unwrap_or_default();
        assert!(line.len() <= 8192, "{}: {} bytes", self.name, line.len());
        let mut members: Vec<_> = line
            .split(',')
            .filter(|member| !member.is_empty())
            .collect();
        members.sort_unstable();
        assert_eq!(members, self.sent, "{}", self.name);
    }
}
