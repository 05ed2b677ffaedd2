//! Runs every case of `docs/vectors/`, which other implementations run too.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, Tracer, TracerProvider,
};
use opentelemetry::Context;
use opentelemetry_autoprop::{from_list, Propagator};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_sentry::SentryContextExt;
use opentelemetry_propagator_vostok::VostokContextExt;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::{json, Map, Value};

const FILES: [(&str, &str); 10] = [
    ("b3", include_str!("../../../docs/vectors/b3.jsonl")),
    (
        "baggage",
        include_str!("../../../docs/vectors/baggage.jsonl"),
    ),
    ("jaeger", include_str!("../../../docs/vectors/jaeger.jsonl")),
    ("kontur", include_str!("../../../docs/vectors/kontur.jsonl")),
    (
        "merging",
        include_str!("../../../docs/vectors/merging.jsonl"),
    ),
    (
        "ottrace",
        include_str!("../../../docs/vectors/ottrace.jsonl"),
    ),
    ("sentry", include_str!("../../../docs/vectors/sentry.jsonl")),
    (
        "tracecontext",
        include_str!("../../../docs/vectors/tracecontext.jsonl"),
    ),
    ("vostok", include_str!("../../../docs/vectors/vostok.jsonl")),
    ("xray", include_str!("../../../docs/vectors/xray.jsonl")),
];

/// Lists in which a format reads and writes the same as alone. `sentry` shares its header with
/// `baggage`, so its cases are left out.
const LONGER_LISTS: [&str; 2] = [
    "tracecontext,baggage,kontur,vostok,sentry,b3,xray,jaeger,ottrace",
    "ottrace,jaeger,xray,b3,sentry,vostok,kontur,baggage,tracecontext",
];

fn cases() -> Vec<(&'static str, Value)> {
    let lines = FILES.iter().flat_map(|(file, text)| {
        let lines = text.lines();
        lines.map(move |line| (*file, serde_json::from_str(line).unwrap()))
    });
    lines.collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// A carrier whose values may contain any character.
struct Lines<'a>(Vec<(&'a str, &'a str)>);

impl Extractor for Lines<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name)?.first().copied()
    }

    fn get_all(&self, name: &str) -> Option<Vec<&str>> {
        let lines = self.0.iter();
        let lines = lines.filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let lines: Vec<_> = lines.map(|(_, line)| *line).collect();
        (!lines.is_empty()).then_some(lines)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }
}

impl<'a> Lines<'a> {
    fn of(case: &'a Value) -> Self {
        let lines = case["received"].as_array().unwrap().iter();
        Lines(lines.map(|line| (text(&line[0]), text(&line[1]))).collect())
    }

    /// Returns the lines as headers of HTTP, if they can be.
    fn http(&self) -> Option<HeaderMap> {
        let lines = self.0.iter().map(|(name, line)| {
            let line = HeaderValue::from_str(line).ok()?;
            line.to_str().ok()?;
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, line))
        });
        lines.collect()
    }
}

/// Returns the context that the headers are extracted into.
fn given(case: &Value) -> Context {
    let (given, mut cx) = (&case["given"], Context::new());
    if let Some(trace_id) = given["trace_id"].as_str() {
        cx = cx.with_remote_span_context(SpanContext::new(
            TraceId::from_hex(trace_id).unwrap(),
            SpanId::from_hex(text(&given["span_id"])).unwrap(),
            TraceFlags::default().with_sampled(given["sampled"].as_bool().unwrap()),
            true,
            given["tracestate"]
                .as_str()
                .unwrap_or_default()
                .parse()
                .unwrap(),
        ));
    }
    let mut baggage = Baggage::new();
    for (key, entry) in given["baggage"].as_object().into_iter().flatten() {
        baggage.insert_with_metadata(key.clone(), text(&entry[0]).to_owned(), text(&entry[1]));
    }
    cx.with_baggage(baggage)
}

/// The headers that are sent.
type Sent = BTreeMap<String, String>;

/// Describes a context in the words of the files.
fn described(cx: &Context, is_undecided: bool, sent: &Sent) -> Value {
    let mut found = Map::new();
    let mut add = |name: &str, value: Value| found.insert(name.to_owned(), value);
    let span = cx.span();
    let span_context = span.span_context();
    if span_context.is_valid() {
        add("trace_id", span_context.trace_id().to_string().into());
        add("span_id", span_context.span_id().to_string().into());
        add("sampled", span_context.is_sampled().into());
        if is_undecided {
            add("undecided", true.into());
        }
        let tracestate = span_context.trace_state().header();
        if !tracestate.is_empty() {
            add("tracestate", tracestate.into());
        } else if let Some(tracestate) = sent.get("tracestate") {
            // OpenTelemetry's type rejects some valid keys. Such a list is kept outside of it.
            add("tracestate", tracestate.clone().into());
        }
    }
    let entries = cx.baggage().iter();
    let entries: BTreeMap<_, _> = entries
        .map(|(key, (value, properties))| (key.as_str(), [value.as_str(), properties.as_str()]))
        .collect();
    if !entries.is_empty() {
        add("baggage", json!(entries));
    }
    if let Some(priority) = cx.vostok_request_priority() {
        add("request_priority", priority.as_str().into());
    }
    if let Some(sampling_context) = cx.sentry_dsc() {
        let members: BTreeMap<_, _> = sampling_context.iter().collect();
        add("sampling_context", json!(members));
    }
    found.into()
}

/// Extracts the headers of a case and injects the result. Describes the context in between.
fn run(propagator: &Propagator, case: &Value, carrier: &dyn Extractor) -> (Context, Value, Sent) {
    let given = given(case);
    let cx = propagator.extract_with_context(&given, carrier);
    let parent = propagator.explain(&given, carrier).parent;
    let is_undecided = parent.is_some_and(|parent| parent.sampled_from.is_none());
    let sent = injected(propagator, &cx);
    let extracted = described(&cx, is_undecided, &sent);
    (cx, extracted, sent)
}

fn injected(propagator: &Propagator, cx: &Context) -> Sent {
    let mut carrier = HashMap::new();
    propagator.inject_context(cx, &mut carrier);
    carrier.into_iter().collect()
}

/// Returns headers with the members of `baggage` in a fixed order, because baggage has none.
fn comparable(headers: &Sent) -> BTreeMap<&str, Vec<&str>> {
    let headers = headers.iter().map(|(name, value)| {
        let mut members: Vec<_> = value
            .split(if name == "baggage" { ',' } else { '\n' })
            .collect();
        members.sort_unstable();
        (name.as_str(), members)
    });
    headers.collect()
}

fn expected_headers(case: &Value) -> Sent {
    let headers = case["injected"].as_object().unwrap().iter();
    headers
        .map(|(name, value)| (name.clone(), text(value).to_owned()))
        .collect()
}

#[test]
fn every_case_is_read_and_written_as_stated() {
    let mut failed = Vec::new();
    for (file, case) in cases() {
        let propagator = from_list(text(&case["list"])).unwrap();
        let lines = Lines::of(&case);
        let http = lines.http();
        let http = http.as_ref().map(HeaderExtractor);
        let mut carriers: Vec<&dyn Extractor> = vec![&lines];
        carriers.extend(http.as_ref().map(|http| http as &dyn Extractor));
        for carrier in carriers {
            let (_, found, sent) = run(&propagator, &case, carrier);
            if found != case["extracted"]
                || comparable(&sent) != comparable(&expected_headers(&case))
            {
                failed.push(format!(
                    "{file}: {case}\n  extracted {found}\n  injected {sent:?}"
                ));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn names_of_cases_are_unique() {
    let mut names = BTreeSet::new();
    for (file, case) in cases() {
        let name = text(&case["name"]).to_owned();
        assert!(names.insert((file, name)), "{file}: {}", case["name"]);
    }
}

#[test]
fn cases_mean_the_same_in_longer_lists() {
    for longer in LONGER_LISTS {
        let propagator = from_list(longer).unwrap();
        for (file, case) in cases() {
            let list = text(&case["list"]);
            if list == "sentry" || !longer.split(',').any(|name| name == list) {
                continue;
            }
            let (_, found, mut sent) = run(&propagator, &case, &Lines::of(&case));
            assert_eq!(found, case["extracted"], "{file} in {longer}: {case}");
            let expected = expected_headers(&case);
            sent.retain(|name, _| expected.contains_key(name));
            assert_eq!(
                comparable(&sent),
                comparable(&expected),
                "{file} in {longer}: {case}"
            );
        }
    }
}

#[test]
fn local_span_keeps_the_trace_context() {
    let tracer = SdkTracerProvider::builder().build().tracer("test");
    let propagator = from_list("tracecontext").unwrap();
    for (_, case) in cases() {
        if case["list"] != "tracecontext" {
            continue;
        }
        let (cx, _, _) = run(&propagator, &case, &Lines::of(&case));
        let cx = cx.with_span(tracer.start_with_context("span", &cx));
        let span_id = cx.span().span_context().span_id().to_string();
        let mut sent = injected(&propagator, &cx);
        if let Some(parent) = case["extracted"]["span_id"].as_str() {
            let traceparent = sent["traceparent"].replace(&span_id, parent);
            sent.insert("traceparent".to_owned(), traceparent);
            assert_eq!(sent, expected_headers(&case), "{case}");
        } else {
            // The SDK chooses the other flags of a new trace.
            let flags = cx.span().span_context().trace_flags();
            assert!(flags.is_sampled(), "{case}");
            let written = format!("-{flags:02x}");
            assert!(sent["traceparent"].ends_with(&written), "{case}");
            let trace_id = cx.span().span_context().trace_id().to_string();
            assert!(!case["received"].to_string().contains(&trace_id), "{case}");
            assert!(!sent.contains_key("tracestate"), "{case}");
        }
    }
}
