//! Tests of the propagator through carriers: continuation, baggage and outgoing headers.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use http::HeaderMap;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_jaeger::{JaegerPropagator, JaegerTrace};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use proptest::prelude::*;

const HEADER: &str = "uber-trace-id";
const TRACE: &str = "5759e988bd862e3fe1be46a994272793";
const IDS: &str = "5759e988bd862e3fe1be46a994272793:53995c3f42cd8ad8";

fn extract_into(cx: &Context, headers: &[(&'static str, &str)]) -> Context {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().unwrap());
    }
    JaegerPropagator::new().extract_with_context(cx, &HeaderExtractor(&map))
}

fn extract(headers: &[(&'static str, &str)]) -> Context {
    extract_into(&Context::new(), headers)
}

fn inject(cx: &Context) -> BTreeMap<String, String> {
    let mut headers = HashMap::new();
    JaegerPropagator::new().inject_context(cx, &mut headers);
    headers.into_iter().collect()
}

fn baggage(cx: &Context) -> Vec<String> {
    let entries = cx.baggage().iter();
    let mut entries: Vec<_> = entries
        .map(|(key, (value, _))| format!("{key}={value}"))
        .collect();
    entries.sort();
    entries
}

fn remote(trace_id: u128, span_id: u64, flags: u8) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(trace_id),
        SpanId::from(span_id),
        TraceFlags::new(flags),
        true,
        TraceState::NONE,
    ))
}

#[test]
fn extract_reads_ids_and_decision() {
    for (flags, sampled) in [
        ("1", true),
        ("0", false),
        ("3", true),
        ("", false),
        ("x", false),
    ] {
        let cx = extract(&[(HEADER, &format!("{IDS}:0:{flags}"))]);
        let expected = SpanContext::new(
            TraceId::from_hex(TRACE).unwrap(),
            SpanId::from(0x53995c3f42cd8ad8),
            TraceFlags::default().with_sampled(sampled),
            true,
            TraceState::NONE,
        );
        assert_eq!(cx.span().span_context(), &expected, "{flags:?}");
    }
}

#[test]
fn sample_when_undecided_applies_to_invalid_flags() {
    let propagator = JaegerPropagator::builder()
        .sample_when_undecided(true)
        .build();
    for (flags, sampled) in [("0", false), ("1", true), ("", true), ("100", true)] {
        let headers = HashMap::from([(HEADER.to_owned(), format!("{IDS}:0:{flags}"))]);
        let cx = propagator.extract(&headers);
        assert_eq!(cx.span().span_context().is_sampled(), sampled, "{flags:?}");
    }
}

#[test]
fn extract_takes_the_first_element_with_a_trace() {
    let good = format!("{IDS}:0:1");
    let joined = format!("junk, {good} ,1:1:0:0");
    for lines in [&["junk", &*good, "1:1:0:0"][..], &["", &good], &[&joined]] {
        let headers: Vec<_> = lines.iter().map(|line| (HEADER, *line)).collect();
        let cx = extract(&headers);
        assert_eq!(
            cx.span().span_context().trace_id().to_string(),
            TRACE,
            "{lines:?}"
        );
        assert!(cx.span().span_context().is_sampled(), "{lines:?}");
    }
}

#[test]
fn debug_is_sent_on_with_its_trace() {
    let cx = extract(&[(HEADER, &format!("{IDS}:0:3"))]);
    assert_eq!(cx.span().span_context().trace_flags(), TraceFlags::SAMPLED);
    let provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::AlwaysOff)
        .build();
    let span = provider.tracer("test").start_with_context("span", &cx);
    for cx in [cx.clone(), cx.with_span(span)] {
        assert!(inject(&cx)[HEADER].ends_with(":0:3"));
    }
    let later = extract_into(&cx, &[(HEADER, &format!("{IDS}:0:1"))]);
    assert!(inject(&later)[HEADER].ends_with(":0:1"));
    let other = extract_into(&cx, &[(HEADER, "5:6:0:1")]);
    assert!(inject(&other)[HEADER].ends_with(":0:1"));
    // Bit 2 of a span context is W3C's random flag.
    assert!(inject(&remote(5, 6, 3))[HEADER].ends_with(":0:1"));
    assert!(inject(&remote(5, 6, 2))[HEADER].ends_with(":0:0"));
}

#[test]
fn uberctx_is_read_if_the_trace_header_is_present() {
    for (value, expected) in [
        ("1:1:0:1", &["user=4 2"][..]),
        ("junk", &["user=4 2"]),
        ("", &[]),
        (" ", &[]),
    ] {
        let headers = [(HEADER, value), ("uberctx-User", "4%202")];
        assert_eq!(baggage(&extract(&headers)), expected, "{value:?}");
    }
    assert!(extract(&[("uberctx-user", "42")]).baggage().is_empty());
    let second_line = [(HEADER, ""), (HEADER, "junk"), ("uberctx-user", "42")];
    assert_eq!(baggage(&extract(&second_line)), ["user=42"]);
}

#[test]
fn uberctx_values_are_percent_decoded() {
    for (value, decoded) in [
        ("a%2Cb+c", "a,b+c"),
        ("%D0%9F", "П"),
        ("%ff", "\u{fffd}"),
        ("100%", "100%"),
        ("%zz", "%zz"),
    ] {
        let cx = extract(&[(HEADER, "1:1:0:1"), ("uberctx-k", value)]);
        assert_eq!(baggage(&cx), [format!("k={decoded}")], "{value}");
    }
}

#[test]
fn jaeger_baggage_is_read_without_a_trace() {
    let held =
        Context::new().with_baggage([KeyValue::new("a", "held"), KeyValue::new("z", "held")]);
    let line = " a = 1 ,,b=2;c, c=, =d, e=f=g, h, i=%20";
    let cx = extract_into(
        &held,
        &[("jaeger-baggage", line), ("jaeger-baggage", "j=3")],
    );
    assert!(!cx.has_active_span());
    assert_eq!(baggage(&cx), ["a=1", "b=2;c", "i=%20", "j=3", "z=held"]);
    for line in ["", "user=", "=", ",", "a b=c"] {
        let cx = extract_into(&held, &[("jaeger-baggage", line)]);
        assert_eq!(baggage(&cx), ["a=held", "z=held"], "{line:?}");
    }
}

#[test]
fn baggage_headers_share_one_limit() {
    let line: String = (0..130).map(|i| format!("k{i},")).collect();
    let headers = [
        (HEADER, "1:1:0:1"),
        ("jaeger-baggage", &*line),
        ("uberctx-a", "1"),
    ];
    assert!(
        extract(&headers).baggage().is_empty(),
        "130 elements were looked at"
    );
    let line: String = (0..70).map(|i| format!("k{i}=v,")).collect();
    assert_eq!(extract(&[("jaeger-baggage", &line)]).baggage().len(), 64);
}

#[test]
fn inject_writes_the_trace_and_each_entry() {
    let cx = remote(0xab, 0xcd, 1).with_baggage([
        KeyValue::new("User", "a b,П"),
        KeyValue::new("x", "-._~"),
        KeyValue::new("data-bin", "1"),
    ]);
    let expected = [
        (
            HEADER,
            "000000000000000000000000000000ab:00000000000000cd:0:1",
        ),
        ("uberctx-user", "a%20b%2C%D0%9F"),
        ("uberctx-x", "-._~"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(inject(&cx), BTreeMap::from(expected));

    let only_baggage = Context::new().with_baggage([KeyValue::new("a", "1")]);
    assert!(inject(&only_baggage).is_empty());
}

/// A carrier that counts the calls of its methods.
#[derive(Default)]
struct Counting {
    headers: HashMap<String, String>,
    lookups: Cell<usize>,
    searches: Cell<usize>,
}

impl Extractor for Counting {
    fn get(&self, name: &str) -> Option<&str> {
        self.lookups.set(self.lookups.get() + 1);
        self.headers.get(name).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.searches.set(self.searches.get() + 1);
        self.headers.keys().map(String::as_str).collect()
    }
}

#[test]
fn header_names_are_searched_only_with_the_trace() {
    let count = |propagator: &JaegerPropagator, headers: &[(&str, &str)]| {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let counting = Counting {
            headers: headers.iter().map(owned).collect(),
            ..Counting::default()
        };
        propagator.extract(&counting);
        (counting.lookups.get(), counting.searches.get())
    };
    let with_baggage = JaegerPropagator::new();
    let without = JaegerPropagator::builder().baggage(false).build();
    assert_eq!(count(&without, &[]), (1, 0));
    assert_eq!(
        count(&without, &[(HEADER, "1:1:0:1"), ("uberctx-a", "1")]),
        (1, 0)
    );
    assert_eq!(count(&with_baggage, &[("uberctx-a", "1")]), (2, 0));
    assert_eq!(count(&with_baggage, &[("jaeger-baggage", "a=1")]), (2, 0));
    assert_eq!(
        count(&with_baggage, &[(HEADER, "1:1:0:1"), ("uberctx-a", "1")]).1,
        1
    );
}

#[test]
fn baggage_false_neither_reads_nor_writes_baggage() {
    let propagator = JaegerPropagator::builder().baggage(false).build();
    let headers = HashMap::from([
        (HEADER.to_owned(), format!("{IDS}:0:1")),
        ("uberctx-a".to_owned(), "1".to_owned()),
        ("jaeger-baggage".to_owned(), "b=2".to_owned()),
    ]);
    let cx = propagator.extract(&headers);
    assert!(cx.has_active_span() && cx.baggage().is_empty());
    let mut sent = HashMap::new();
    propagator.inject_context(&cx.with_baggage([KeyValue::new("a", "1")]), &mut sent);
    assert_eq!(
        sent,
        HashMap::from([(HEADER.to_owned(), format!("{IDS}:0:1"))])
    );
    assert!(propagator.fields().eq([HEADER]));
    assert!(JaegerPropagator::new()
        .fields()
        .eq([HEADER, "jaeger-baggage"]));
}

proptest! {
    #[test]
    fn trace_and_baggage_survive(
        trace_id in 1u128.., span_id in 1u64.., sampled: bool, value in "[ -~\u{400}-\u{44f}]{1,40}",
    ) {
        let cx = remote(trace_id, span_id, u8::from(sampled))
            .with_baggage([KeyValue::new("key", value.clone())]);
        let sent: HashMap<_, _> = inject(&cx).into_iter().collect();
        let read = JaegerPropagator::new().extract(&sent);
        let (read_span, span) = (read.span(), cx.span());
        prop_assert_eq!(read_span.span_context(), span.span_context());
        prop_assert_eq!(baggage(&read), [format!("key={value}")]);
    }

    #[test]
    fn the_usual_form_is_read_like_any_other(
        trace_id in "[0-9a-f]{32}|0{32}", span_id in "[0-9a-f]{16}|0{16}", flags in "[0123x]",
    ) {
        let usual = JaegerTrace::parse(&format!("{trace_id}:{span_id}:0:{flags}"));
        let encoded = JaegerTrace::parse(&format!("{trace_id}%3A{span_id}%3a%3a{flags}"));
        prop_assert_eq!(usual, encoded);
    }

    #[test]
    fn any_text_is_harmless(value in "([0-9a-fA-F]{0,33}(:|%3A|%|,| )?){0,6}|.{0,60}") {
        if let Ok(trace) = JaegerTrace::parse(&value) {
            let mut expected = trace;
            expected.sampled = Some(trace.sampled.unwrap_or(false));
            prop_assert_eq!(JaegerTrace::parse(&trace.encode()), Ok(expected));
        }
    }
}

#[test]
fn default_has_the_default_options() {
    let (default, new) = (JaegerPropagator::default(), JaegerPropagator::new());
    assert_eq!(format!("{default:?}"), format!("{new:?}"));
}
