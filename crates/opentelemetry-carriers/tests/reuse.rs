//! Carriers that already hold a context: nothing of it remains, and nothing else is removed.

use std::collections::{BTreeMap, HashMap};
use std::process::Command;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::Context;
use opentelemetry_autoprop::known_formats;
use opentelemetry_carriers::{EnvInjector, MessageHeaders, RestrictedNames, ReusableInjector};
use proptest::prelude::*;

/// A propagator with these fields, which writes the last of them.
#[derive(Debug)]
struct Fields(Vec<String>);

impl Fields {
    fn new(names: &[&str]) -> Self {
        Self(names.iter().map(|it| (*it).to_owned()).collect())
    }
}

impl TextMapPropagator for Fields {
    fn inject_context(&self, _: &Context, injector: &mut dyn Injector) {
        injector.set(&self.0[self.0.len() - 1], "new".to_owned());
    }

    fn extract_with_context(&self, cx: &Context, _: &dyn Extractor) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0)
    }
}

/// The headers of an earlier context in the formats of Jaeger and OT trace, and others.
const EARLIER: [&str; 8] = [
    "Uber-Trace-Id",
    "uberctx-user",
    "Uberctx-",
    "ot-tracer-traceid",
    "Ot-Baggage-User",
    "uberctx",
    "x-uberctx-user",
    "ot-baggage",
];

fn replace(mut carrier: impl ReusableInjector, fields: &[&str]) {
    carrier.replace_context(&Fields::new(fields), &Context::new());
}

#[test]
fn replace_context_removes_baggage_of_jaeger() {
    let mut headers: Vec<(String, String)> =
        EARLIER.map(|it| (it.to_owned(), String::new())).into();
    replace(MessageHeaders(&mut headers), &["uber-trace-id"]);
    let names: Vec<_> = headers.iter().map(|(name, _)| &**name).collect();
    let kept = [
        "ot-tracer-traceid",
        "Ot-Baggage-User",
        "uberctx",
        "x-uberctx-user",
        "ot-baggage",
    ];
    assert_eq!(names, [&kept[..], &["uber-trace-id"]].concat());
}

#[test]
fn replace_context_removes_baggage_of_ot_trace() {
    let map = EARLIER.map(|it| (it.to_owned(), String::new()));
    let kept = [
        "Uber-Trace-Id",
        "Uberctx-",
        "ot-baggage",
        "ot-tracer-traceid",
        "uberctx",
        "uberctx-user",
        "x-uberctx-user",
    ];

    let mut tree = BTreeMap::from(map.clone());
    replace(MessageHeaders(&mut tree), &["ot-tracer-traceid"]);
    assert_eq!(tree.keys().collect::<Vec<_>>(), kept);

    let mut hash = HashMap::from(map);
    replace(MessageHeaders(&mut hash), &["ot-tracer-traceid"]);
    assert_eq!(BTreeMap::from_iter(hash), tree);
}

#[test]
fn replace_context_leaves_prefixes_of_other_formats() {
    let mut headers: Vec<(String, String)> =
        EARLIER.map(|it| (it.to_owned(), String::new())).into();
    replace(MessageHeaders(&mut headers), &["traceparent"]);
    assert_eq!(headers.len(), EARLIER.len() + 1);
}

/// A carrier that records the prefixes that are removed.
#[derive(Default)]
struct Removed(Vec<String>);

impl Injector for Removed {
    fn set(&mut self, _: &str, _: String) {}
}

impl ReusableInjector for Removed {
    fn remove(&mut self, _: &str) {}

    fn remove_prefix(&mut self, prefix: &str) {
        self.0.push(prefix.to_owned());
    }
}

#[test]
fn replace_context_removes_the_prefixes_of_each_format() {
    for format in known_formats() {
        let mut carrier = Removed::default();
        carrier.replace_context(&Fields::new(format.headers), &Context::new());
        assert_eq!(carrier.0, format.header_prefixes, "{}", format.name);
    }
}

#[test]
fn replace_context_removes_restricted_names() {
    let names = [
        "uber_trace_id",
        "uberctx_user",
        "uberctx",
        "ot_baggage_user",
    ];
    let mut headers: Vec<(String, String)> = names.map(|it| (it.to_owned(), String::new())).into();
    replace(
        RestrictedNames::new(MessageHeaders(&mut headers)),
        &["uber-trace-id"],
    );
    let names: Vec<_> = headers.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["uberctx", "ot_baggage_user", "uber_trace_id"]);
}

#[test]
fn replace_context_removes_variables() {
    let names = [
        "UBER_TRACE_ID",
        "UBERCTX_USER",
        "UBERCTX",
        "OT_BAGGAGE_USER",
    ];
    let mut map = BTreeMap::from(names.map(|it| (it.to_owned(), String::new())));
    replace(EnvInjector::new(&mut map), &["uber-trace-id"]);
    assert_eq!(
        map.keys().collect::<Vec<_>>(),
        ["OT_BAGGAGE_USER", "UBERCTX", "UBER_TRACE_ID"]
    );

    // A variable that the child would inherit. Cargo sets it.
    std::env::var("CARGO_PKG_NAME").unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", "env"])
        .env("CARGO_OTHER", "")
        .env("UBERCTX_USER", "bob");
    let mut carrier = EnvInjector::new(&mut command);
    carrier.remove_prefix("cargo-");
    carrier.remove_prefix("uberctx-");
    let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(output.contains("PATH="), "{output}");
    let is_removed = |line: &str| line.starts_with("CARGO_") || line.starts_with("UBERCTX_");
    assert!(!output.lines().any(is_removed), "{output}");
}

#[cfg(feature = "http")]
#[test]
fn http_replace_context_removes_prefixes() {
    use http::{HeaderMap, HeaderName, HeaderValue};
    use opentelemetry_carriers::HttpHeaders;

    let mut map = HeaderMap::new();
    for name in EARLIER {
        let name: HeaderName = name.parse().unwrap();
        map.append(name.clone(), HeaderValue::from_static("1"));
        map.append(name, HeaderValue::from_static("2"));
    }
    replace(
        HttpHeaders(&mut map),
        &["uber-trace-id", "ot-tracer-traceid"],
    );
    let mut names: Vec<_> = map.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "ot-baggage",
            "ot-tracer-traceid",
            "uberctx",
            "x-uberctx-user"
        ]
    );
}

#[cfg(feature = "tonic")]
#[test]
fn grpc_remove_prefix_leaves_binary_keys() {
    use opentelemetry_carriers::GrpcMetadata;
    use tonic::metadata::{MetadataMap, MetadataValue};

    let mut metadata = MetadataMap::new();
    metadata.insert("uberctx-a", "1".parse().unwrap());
    metadata.insert("other", "1".parse().unwrap());
    metadata.insert_bin("uberctx-a-bin", MetadataValue::from_bytes(b"\x01"));
    GrpcMetadata(&mut metadata).remove_prefix("UBERCTX-");
    let mut names: Vec<_> = metadata.as_ref().keys().map(|it| it.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["other", "uberctx-a-bin"]);
}

#[cfg(feature = "json")]
#[test]
fn json_remove_prefix_leaves_other_types() {
    use opentelemetry_carriers::JsonMap;
    use serde_json::{json, Map};

    let mut map = Map::new();
    map.insert("Uberctx-a".to_owned(), json!("1"));
    map.insert("uberctx-b".to_owned(), json!(1));
    JsonMap(&mut map).remove_prefix("uberctx-");
    assert_eq!(map.keys().collect::<Vec<_>>(), ["uberctx-b"]);
}

proptest! {
    #[test]
    fn remove_prefix_removes_nothing_else(
        names in prop::collection::vec(prop_oneof!["[abAB-]{0,3}", any::<String>()], 0..6),
        prefix in prop_oneof!["[abAB-]{0,2}", any::<String>()],
    ) {
        let mut headers: Vec<_> = names.iter().map(|it| (it.clone(), String::new())).collect();
        MessageHeaders(&mut headers).remove_prefix(&prefix);
        let left: Vec<_> = headers.into_iter().map(|(name, _)| name).collect();
        let prefix = prefix.to_ascii_lowercase();
        let is_kept = |name: &&String| !name.to_ascii_lowercase().starts_with(&prefix);
        let expected: Vec<_> = names.iter().filter(is_kept).cloned().collect();
        prop_assert_eq!(left, expected);
    }
}
