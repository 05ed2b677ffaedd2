//! `fields()` and the prefixes of the registry name every header that a list reads or writes.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_autoprop::{builder, known_formats, Format, KnownFormat, Propagator};
use opentelemetry_propagator_jaeger::JaegerPropagator;
use opentelemetry_propagator_kontur::KonturPropagator;
use opentelemetry_propagator_ottrace::OtTracePropagator;
use opentelemetry_propagator_sentry::SentryPropagator;
use opentelemetry_propagator_vostok::VostokPropagator;
use opentelemetry_propagator_w3c::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_propagator_xray::{XrayLambdaPropagator, XrayPropagator};
use opentelemetry_propagator_zipkin::B3Propagator;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const IDS: &str = "27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4";

/// Valid values of some headers, which make a format read its further headers.
const VALUES: [&str; 14] = [
    "27bb7faa48294cf49ae6007d70905468",
    "0bcd098a592642e4",
    "00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-03",
    "27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4",
    "27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-d",
    "27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-1",
    "27bb7faa48294cf49ae6007d70905468:0bcd098a592642e4:0:3",
    "Root=1-27bb7faa-48294cf49ae6007d70905468;Parent=0bcd098a592642e4;Lineage=1:0badc0de:1",
    "key=value,sentry-org_id=1",
    "1",
    "Critical",
    "",
    ",",
    "junk",
];

/// A carrier that records the names that are looked up and set.
#[derive(Default)]
struct Recorder {
    headers: BTreeMap<String, String>,
    names: RefCell<BTreeSet<String>>,
}

impl Extractor for Recorder {
    fn get(&self, name: &str) -> Option<&str> {
        self.names.borrow_mut().insert(name.to_owned());
        self.headers.get(name).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.headers.keys().map(String::as_str).collect()
    }
}

impl Injector for Recorder {
    fn set(&mut self, name: &str, value: String) {
        self.names.borrow_mut().insert(name.to_owned());
        self.headers.insert(name.to_owned(), value);
    }
}

/// The formats of one list, and those that only extract or only inject.
#[derive(Debug)]
struct Lists {
    formats: Vec<&'static KnownFormat>,
    extract_only: Vec<&'static str>,
    inject_only: Vec<&'static str>,
}

impl Lists {
    fn propagator(&self) -> Propagator {
        let names: Vec<_> = self.formats.iter().map(|format| format.name).collect();
        builder()
            .lookup(|_| None)
            .extract_only(&self.extract_only)
            .inject_only(&self.inject_only)
            .from_list(&names.join(","))
            .unwrap()
    }

    /// Whether a header is one of `fields`, or belongs to a baggage entry.
    fn own(&self, fields: &[&str], name: &str) -> bool {
        let mut prefixes = self
            .formats
            .iter()
            .flat_map(|format| format.header_prefixes);
        fields.contains(&name) || prefixes.any(|prefix| name.starts_with(prefix))
    }
}

fn lists() -> impl Strategy<Value = Lists> {
    let known: Vec<_> = known_formats().iter().collect();
    let len = known.len();
    let formats = subsequence(known, 1..=len).prop_shuffle();
    formats.prop_flat_map(|mut formats| {
        // The registry drops one of this pair.
        if formats.iter().any(|format| format.name == "xray-lambda") {
            formats.retain(|format| format.name != "xray");
        }
        let directions = prop::collection::vec(0..4, formats.len());
        directions.prop_map(move |directions| {
            let only = |direction| {
                let chosen = formats.iter().zip(&directions);
                let chosen = chosen.filter(|(_, chosen)| **chosen == direction);
                chosen.map(|(format, _)| format.name).collect()
            };
            Lists {
                extract_only: only(0),
                inject_only: only(1),
                formats: formats.clone(),
            }
        })
    })
}

/// Headers of all formats with values of any of them.
fn request() -> impl Strategy<Value = BTreeMap<String, String>> {
    let formats = known_formats().iter();
    let headers = formats.clone().flat_map(|format| format.headers);
    let prefixes = formats.flat_map(|format| format.header_prefixes);
    let mut names: Vec<_> = headers.map(|name| (*name).to_owned()).collect();
    names.extend(prefixes.map(|prefix| format!("{prefix}user")));
    names.extend(["_x_amzn_trace_id", "x-b3-parentspanid", "host"].map(str::to_owned));
    let most = names.len();
    prop::collection::btree_map(
        select(names),
        select(&VALUES[..]).prop_map(str::to_owned),
        0..most,
    )
}

/// A context with a local span and baggage.
fn local() -> Context {
    let (trace_id, span_id) = IDS.split_once('-').unwrap();
    let span_context = SpanContext::new(
        TraceId::from_hex(trace_id).unwrap(),
        SpanId::from_hex(span_id).unwrap(),
        TraceFlags::SAMPLED,
        false,
        TraceState::from_key_value([("key", "value")]).unwrap(),
    );
    Context::new()
        .with_remote_span_context(span_context)
        .with_baggage([KeyValue::new("user", "42"), KeyValue::new("b", "ж")])
}

/// Returns the beginnings of the names that end in a key of baggage.
fn prefixes(names: &BTreeSet<String>) -> Vec<&str> {
    let prefixes = names.iter().map(|name| name.strip_suffix("user"));
    prefixes.flatten().collect()
}

#[test]
fn each_format_reads_and_writes_its_prefixes() {
    for format in known_formats() {
        let propagator = builder().lookup(|_| None).from_list(format.name).unwrap();
        let mut carrier = Recorder::default();
        propagator.inject_context(&local(), &mut carrier);
        let written = carrier.names.take();
        assert_eq!(
            prefixes(&written),
            format.header_prefixes,
            "{}",
            format.name
        );

        for prefix in known_formats()
            .iter()
            .flat_map(|other| other.header_prefixes)
        {
            carrier
                .headers
                .insert(format!("{prefix}user"), "42".to_owned());
        }
        propagator.extract_with_context(&Context::new(), &carrier);
        let read = carrier.names.take();
        assert_eq!(prefixes(&read), format.header_prefixes, "{}", format.name);
    }
}

proptest! {
    #[test]
    fn list_reads_and_writes_only_its_own_headers(lists in lists(), headers in request()) {
        let propagator = lists.propagator();
        let fields: Vec<_> = propagator.fields().collect();
        let incoming = Recorder { headers, names: RefCell::default() };
        let extracted = propagator.extract_with_context(&Context::new(), &incoming);
        for cx in [extracted, local()] {
            let mut outgoing = Recorder::default();
            propagator.inject_context(&cx, &mut outgoing);
            for name in outgoing.names.take().iter().chain(&*incoming.names.borrow()) {
                prop_assert!(lists.own(&fields, name), "{name} is none of {fields:?}");
            }
        }
    }
}

#[test]
fn format_is_listed_by_its_name() {
    let formats: [Box<dyn Format>; 11] = [
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
        Box::new(KonturPropagator::new()),
        Box::new(VostokPropagator::new()),
        Box::new(SentryPropagator::new()),
        Box::new(B3Propagator::new()),
        Box::new(B3Propagator::builder().multi_header(true).build()),
        Box::new(XrayPropagator::new()),
        Box::new(XrayLambdaPropagator::new()),
        Box::new(JaegerPropagator::new()),
        Box::new(OtTracePropagator::new()),
    ];
    let names = known_formats().iter().map(|format| format.name);
    assert!(formats.iter().map(|format| format.name()).eq(names));
}

#[test]
fn owned_members_are_in_no_header_of_another_format() {
    let propagator = builder().from_list("jaeger,ottrace,sentry").unwrap();
    let entries = |cx: &Context| {
        let keys = cx.baggage().iter().map(|(key, _)| key.to_string());
        keys.collect::<BTreeSet<_>>()
    };
    let cx = local().with_baggage(["user", "sentry-release"].map(|key| KeyValue::new(key, "1")));
    let mut sent = HashMap::new();
    propagator.inject_context(&cx, &mut sent);
    let names: BTreeSet<_> = sent.keys().filter(|name| name.contains('u')).collect();
    let expected = ["ot-baggage-user", "uber-trace-id", "uberctx-user"];
    assert!(names.into_iter().eq(&expected), "{sent:?}");

    for prefix in ["uberctx-", "ot-baggage-"] {
        sent.insert(format!("{prefix}sentry-release"), "1".to_owned());
        sent.insert(format!("{prefix}other"), "1".to_owned());
    }
    let cx = propagator.extract_with_context(&Context::new(), &sent);
    assert!(entries(&cx).iter().eq(&["other", "user"]), "{cx:?}");
}
