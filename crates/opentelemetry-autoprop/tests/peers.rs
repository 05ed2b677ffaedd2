//! Cases from the test suites of other implementations, and inputs of public bug reports.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::Context;
use opentelemetry_autoprop::{from_list, Propagator};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::trace::{IdGenerator, Sampler, SdkTracerProvider};
use serde_json::Value;

fn lines(jsonl: &str) -> Vec<Value> {
    let lines = jsonl.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A carrier that is not HTTP, and whose values may contain any character.
struct Plain<'a>(Vec<(&'a str, &'a str)>);

impl Extractor for Plain<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name)?.first().copied()
    }

    fn get_all(&self, name: &str) -> Option<Vec<&str>> {
        let is_same = |(other, _): &&(&str, &str)| other.eq_ignore_ascii_case(name);
        let lines: Vec<_> = self
            .0
            .iter()
            .filter(is_same)
            .map(|(_, line)| *line)
            .collect();
        (!lines.is_empty()).then_some(lines)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }
}

fn extract(propagator: &Propagator, cx: &Context, case: &Value) -> Context {
    let headers = array(&case["headers"]).iter();
    let headers: Vec<_> = headers
        .map(|pair| (text(&pair[0]), text(&pair[1])))
        .collect();
    if case["carrier"] == "plain" {
        return propagator.extract_with_context(cx, &Plain(headers));
    }
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    propagator.extract_with_context(cx, &HeaderExtractor(&map))
}

fn inject(propagator: &Propagator, cx: &Context) -> HashMap<String, String> {
    let mut outgoing = HashMap::new();
    propagator.inject_context(cx, &mut outgoing);
    outgoing
}

/// Returns the context that a case describes.
fn context(case: &Value) -> Context {
    let context = &case["context"];
    let mut cx = Context::new();
    if let Some(trace_id) = context["trace_id"].as_str() {
        let pairs = array(&context["tracestate"]).iter();
        let pairs = pairs.map(|pair| (text(&pair[0]), text(&pair[1])));
        cx = cx.with_remote_span_context(SpanContext::new(
            TraceId::from_hex(trace_id).unwrap(),
            SpanId::from_hex(text(&context["span_id"])).unwrap(),
            TraceFlags::new(context["flags"].as_u64().unwrap_or_default() as u8),
            true,
            TraceState::from_key_value(pairs).unwrap(),
        ));
    }
    if let Some(entries) = context["baggage"].as_array() {
        let mut baggage = Baggage::new();
        for entry in entries {
            let (key, value) = (text(&entry[0]).to_owned(), text(&entry[1]).to_owned());
            let properties = entry[2].as_str().unwrap_or_default();
            baggage.insert_with_metadata(key, value, properties);
        }
        cx = cx.with_baggage(baggage);
    }
    cx
}

#[derive(Debug)]
struct FixedIds;

impl IdGenerator for FixedIds {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from_bytes([0x11; 16])
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from_bytes([0x22; 8])
    }
}

/// Returns a context with an SDK span as the child of the current span.
fn with_span(cx: &Context, sampler: &str) -> Context {
    let sampler = match sampler {
        "parent" => Sampler::ParentBased(Box::new(Sampler::AlwaysOn)),
        "always_on" => Sampler::AlwaysOn,
        "always_off" => Sampler::AlwaysOff,
        other => panic!("unknown sampler {other:?}"),
    };
    let provider = SdkTracerProvider::builder()
        .with_id_generator(FixedIds)
        .with_sampler(sampler)
        .build();
    let span = provider.tracer("test").start_with_context("span", cx);
    cx.with_span(span)
}

/// Returns the members of a `baggage` header in a fixed order, and every other value verbatim.
fn comparable(headers: &BTreeMap<String, String>) -> BTreeMap<&str, Vec<&str>> {
    let headers = headers.iter().map(|(name, value)| {
        let mut parts: Vec<_> = value.split(',').collect();
        if name == "baggage" {
            parts.sort_unstable();
        }
        (name.as_str(), parts)
    });
    headers.collect()
}

fn strings(object: &Value) -> BTreeMap<String, String> {
    let members = object.as_object().unwrap().iter();
    members
        .map(|(name, value)| (name.clone(), text(value).to_owned()))
        .collect()
}

/// Returns what differs from the expectation of a case.
fn differences(case: &Value) -> Vec<String> {
    let propagator = from_list(text(&case["propagators"])).unwrap();
    let mut cx = context(case);
    if case["inject_only"] != true {
        cx = extract(&propagator, &cx, case);
    }
    if let Some(sampler) = case["span"].as_str() {
        cx = with_span(&cx, sampler);
    }
    let expect = &case["expect"];
    let mut differences = Vec::new();
    let mut compare = |what: &str, found: Value| {
        if !expect[what].is_null() && found != expect[what] {
            differences.push(format!("{what}: {found}"));
        }
    };
    let span = cx.span();
    let span_context = span.span_context();
    compare("valid", span_context.is_valid().into());
    compare("trace_id", span_context.trace_id().to_string().into());
    compare("span_id", span_context.span_id().to_string().into());
    compare("sampled", span_context.is_sampled().into());
    compare("flags", span_context.trace_flags().to_u8().into());
    compare("tracestate", span_context.trace_state().header().into());
    if let Some(expected) = expect["baggage"].as_object() {
        let found = cx.baggage();
        let is_same = |(key, expected): (&String, &Value)| {
            let Some((value, properties)) = found.get_with_metadata(key) else {
                return false;
            };
            // A suite without properties states none.
            let properties_agree = expected[1].as_str().map_or(true, |expected| {
                properties.as_str().trim() == expected.trim()
            });
            let expected = expected.as_str().or_else(|| expected[0].as_str());
            Some(value.as_str()) == expected && properties_agree
        };
        if found.len() != expected.len() || !expected.iter().all(is_same) {
            differences.push(format!("baggage: {found:?}"));
        }
    }
    let injected: BTreeMap<_, _> = inject(&propagator, &cx).into_iter().collect();
    if expect["injected"].is_object()
        && comparable(&injected) != comparable(&strings(&expect["injected"]))
    {
        differences.push(format!("injected: {injected:?}"));
    }
    if expect["injected_has"].is_object() {
        let expected = strings(&expect["injected_has"]);
        if expected
            .iter()
            .any(|(name, value)| injected.get(name) != Some(value))
        {
            differences.push(format!("injected: {injected:?}"));
        }
    }
    differences
}

/// Identifies a case.
fn id(case: &Value) -> String {
    let part = |part| text(&case[part]);
    format!(
        "{} / {} / {}",
        part("suite"),
        part("name"),
        part("propagators")
    )
}

#[test]
fn cases_of_others_deviate_only_where_listed() {
    let cases = lines(include_str!("data/peers.jsonl"));
    assert_eq!(cases.len(), 558);
    let listed = lines(include_str!("data/peers-deviations.jsonl"));
    let listed: BTreeSet<_> = listed.iter().map(id).collect();
    let mut deviating = BTreeSet::new();
    let mut unlisted = Vec::new();
    for case in &cases {
        let differences = differences(case);
        if differences.is_empty() {
            continue;
        }
        if !listed.contains(&id(case)) {
            unlisted.push(format!(
                "{}: {}\n  {case}",
                id(case),
                differences.join(", ")
            ));
        }
        deviating.insert(id(case));
    }
    assert!(unlisted.is_empty(), "{}", unlisted.join("\n"));
    assert_eq!(deviating, listed);
}

#[test]
fn reported_inputs_are_sent_on() {
    for report in lines(include_str!("data/reports.jsonl")) {
        let name = text(&report["id"]);
        let propagator = from_list(text(&report["propagators"])).unwrap();
        let expect = &report["expect"];
        let mut cx = extract(&propagator, &Context::new(), &report);
        if let Some(trace_id) = expect["new_trace_id"].as_str() {
            cx = send_again(&propagator, trace_id, &report);
        }
        let span = cx.span();
        let span_context = span.span_context();
        let found = |what: &str| -> Value {
            match what {
                "trace_id" => span_context.trace_id().to_string().into(),
                "span_id" => span_context.span_id().to_string().into(),
                _ => span_context.is_sampled().into(),
            }
        };
        for what in ["trace_id", "span_id", "sampled"] {
            if !expect[what].is_null() {
                assert_eq!(found(what), expect[what], "{name}: {what}");
            }
        }
        for field in array(&expect["fields_contain"]) {
            assert!(
                propagator.fields().any(|other| other == text(field)),
                "{name}"
            );
        }
        let sent = inject(&propagator, &cx);
        let flags = || sent["traceparent"].rsplit('-').next().unwrap();
        for (header, value) in expect["sent"].as_object().into_iter().flatten() {
            assert_eq!(
                sent.get(header).map(String::as_str),
                value.as_str(),
                "{name}"
            );
        }
        for (header, value) in expect["sent_to_the_same_span"]
            .as_object()
            .into_iter()
            .flatten()
        {
            assert_eq!(
                sent.get(header).map(String::as_str),
                value.as_str(),
                "{name}"
            );
        }
        for header in array(&expect["not_sent"]) {
            assert!(!sent.contains_key(text(header)), "{name}: {header}");
        }
        for (header, part) in expect["sent_contains"].as_object().into_iter().flatten() {
            assert!(sent[header].contains(text(part)), "{name}: {sent:?}");
        }
        if let Some(expected) = expect["sent_traceparent_flags"].as_str() {
            assert_eq!(flags(), expected, "{name}");
        }
        if let Some(bit) = expect["sent_traceparent_flags_without_bit"].as_str() {
            let number = |hex| u8::from_str_radix(hex, 16).unwrap();
            assert_eq!(number(flags()) & number(bit), 0, "{name}");
        }
        if let Some(suffix) = expect["sent_b3_suffix"].as_str() {
            assert!(sent["b3"].ends_with(suffix), "{name}: {sent:?}");
        }
        if let Some(reader) = expect["readable_by"].as_str() {
            let read = from_list(reader).unwrap().extract(&sent);
            assert_eq!(
                read.span().span_context().trace_id(),
                span_context.trace_id()
            );
        }
    }
}

/// Sends the headers of a report with another trace, and extracts them again.
fn send_again(propagator: &Propagator, trace_id: &str, report: &Value) -> Context {
    let cx = Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from_hex(trace_id).unwrap(),
        SpanId::from(1),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    ));
    let headers = array(&report["headers"]).iter();
    let owned = |value: &Value| text(value).to_owned();
    let mut carrier: HashMap<_, _> = headers
        .map(|pair| (owned(&pair[0]), owned(&pair[1])))
        .collect();
    for field in propagator.fields() {
        carrier.remove(field);
    }
    propagator.inject_context(&cx, &mut carrier);
    propagator.extract(&carrier)
}
