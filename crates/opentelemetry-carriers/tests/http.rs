//! HTTP headers and gRPC metadata: every line is read, and what cannot be held is left out.

#![cfg(feature = "http")]

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::Context;
use opentelemetry_carriers::{HttpHeaders, ReusableInjector};
use opentelemetry_propagator_kontur::KonturPropagator;
use proptest::prelude::*;

fn headers(lines: &[(&str, &[u8])]) -> HeaderMap {
    let line = |&(name, value): &(&str, &[u8])| {
        let name: HeaderName = name.parse().unwrap();
        (name, HeaderValue::from_bytes(value).unwrap())
    };
    lines.iter().map(line).collect()
}

#[test]
fn http_get_all_returns_every_line() {
    let headers = headers(&[("baggage", b"a=1"), ("other", b"x"), ("baggage", b"b=2")]);
    let carrier = HttpHeaders(&headers);
    assert_eq!(carrier.get("Baggage"), Some("a=1"));
    assert_eq!(carrier.get_all("Baggage"), Some(vec!["a=1", "b=2"]));
    assert_eq!(carrier.get_all("not a name"), None);
    assert_eq!(carrier.keys(), ["baggage", "other"]);
}

#[test]
fn http_get_skips_lines_that_are_not_text() {
    let headers = headers(&[("key", b"\xff"), ("key", b"1")]);
    assert_eq!(HttpHeaders(&headers).get("key"), Some("1"));
    assert_eq!(HttpHeaders(&headers).get_all("key"), Some(vec!["1"]));
}

#[test]
fn http_get_skips_empty_lines() {
    let headers = headers(&[
        ("key", b""),
        ("key", b"1"),
        ("key", b""),
        ("none", b""),
        ("none", b""),
    ]);
    let carrier = HttpHeaders(&headers);
    assert_eq!(carrier.get("key"), Some("1"));
    assert_eq!(carrier.get_all("key"), Some(vec!["1"]));
    assert_eq!(
        (carrier.get("none"), carrier.get_all("none")),
        (Some(""), Some(vec![""]))
    );
}

#[test]
fn http_raw_text_does_not_hide_other_members() {
    let propagator = opentelemetry_autoprop::from_list("baggage").unwrap();
    let names = |lines: &[(&str, &[u8])]| {
        let headers = headers(lines);
        let cx = propagator.extract_with_context(&Context::new(), &HttpHeaders(&headers));
        let mut names: Vec<_> = cx
            .baggage()
            .iter()
            .map(|(name, _)| name.to_string())
            .collect();
        names.sort_unstable();
        names
    };
    // Not ASCII. `HeaderExtractor` of opentelemetry-http skips this line.
    assert_eq!(
        names(&[("baggage", "a=1,b=\u{44b},c=3".as_bytes())]),
        ["a", "c"]
    );
    // Not UTF-8 either. A `str` cannot hold this line, so its readable members are split off.
    for (line, expected) in [
        (&b"a=1,b=\xff,c=3"[..], &["a", "c", "d"][..]),
        (b"a=1,b=\xff", &["a", "d"]),
        (b"\xff=1,c=3", &["c", "d"]),
        (b"a=1,b\xff,c=3;p=\xe4,e=5", &["a", "d", "e"]),
        // Neither half of the member is left, and the halves are not joined.
        (b"a=1\xff2", &["d"]),
        (b"a=\xff,=1", &["d"]),
        (b"\xff", &["d"]),
    ] {
        assert_eq!(names(&[("baggage", line), ("baggage", b"d=4")]), expected);
    }
}

#[test]
fn http_skips_64_members_of_all_lines() {
    let read = |invalid: usize| {
        let first = [&*b"\xff,".repeat(invalid), b"a=1"].concat();
        let map = headers(&[("baggage", &*first), ("baggage", b"b=2,\xff")]);
        let carrier = HttpHeaders(&map);
        carrier.get_all("baggage").unwrap_or_default().join(" ")
    };
    assert_eq!(read(62), "a=1 b=2");
    assert_eq!(read(63), "a=1 b=2");
    assert_eq!(read(64), "");
}

#[test]
fn http_splits_only_baggage() {
    // A part of these would be another value.
    for name in ["tracestate", "traceparent", "x-amzn-trace-id", "x-custom"] {
        let map = headers(&[(name, b"a=1,b=\xff")]);
        let carrier = HttpHeaders(&map);
        assert_eq!((carrier.get(name), carrier.get_all(name)), (None, None));
    }
}

#[test]
fn http_replace_context_leaves_other_headers() {
    let mut map = headers(&[("x-kontur-trace-id", b"1"), ("content-type", b"text/plain")]);
    HttpHeaders(&mut map).replace_context(&KonturPropagator::new(), &Context::new());
    assert_eq!(map, headers(&[("content-type", b"text/plain")]));
}

#[test]
fn http_set_on_a_full_map_is_left_out() {
    let mut map = HeaderMap::new();
    for at in 0.. {
        let name: HeaderName = format!("x-{at}").parse().unwrap();
        if map.try_insert(name, HeaderValue::from_static("")).is_err() {
            break;
        }
    }
    let len = map.len();
    let mut carrier = HttpHeaders(&mut map);
    #[cfg(not(opentelemetry_0_31))]
    carrier.reserve(1);
    carrier.set("traceparent", "00".to_owned());
    assert_eq!((map.len(), map.get("traceparent")), (len, None));
}

#[cfg(not(opentelemetry_0_31))]
#[test]
fn http_reserve_makes_room() {
    let mut map = HeaderMap::new();
    HttpHeaders(&mut map).reserve(20);
    assert!(map.capacity() >= 20);
}

#[cfg(feature = "tonic")]
mod grpc {
    use opentelemetry_carriers::GrpcMetadata;
    use tonic::metadata::{MetadataMap, MetadataValue};

    use super::*;

    #[test]
    fn grpc_get_all_returns_every_value() {
        let mut metadata = MetadataMap::new();
        metadata.append("baggage", "a=1".parse().unwrap());
        metadata.append("baggage", "b=2".parse().unwrap());
        let carrier = GrpcMetadata(&metadata);
        assert_eq!(carrier.get("Baggage"), Some("a=1"));
        assert_eq!(carrier.get_all("baggage"), Some(vec!["a=1", "b=2"]));
        GrpcMetadata(&mut metadata).set("baggage", "c=3".to_owned());
        assert_eq!(
            GrpcMetadata(&metadata).get_all("baggage"),
            Some(vec!["c=3"])
        );
    }

    #[test]
    fn grpc_raw_bytes_do_not_hide_other_members() {
        let metadata = MetadataMap::from_headers(headers(&[("baggage", b"a=1,b=\xff,c=3")]));
        let carrier = GrpcMetadata(&metadata);
        assert_eq!(carrier.get_all("baggage"), Some(vec!["a=1", "c=3"]));
    }

    #[cfg(not(opentelemetry_0_31))]
    #[test]
    fn grpc_reserve_makes_room() {
        let mut metadata = MetadataMap::new();
        GrpcMetadata(&mut metadata).reserve(20);
        assert!(metadata.capacity() >= 20);
    }

    #[test]
    fn grpc_remove_leaves_other_keys() {
        let mut metadata = MetadataMap::new();
        metadata.insert("traceparent", "1".parse().unwrap());
        metadata.insert("kept", "1".parse().unwrap());
        GrpcMetadata(&mut metadata).remove("TraceParent");
        assert_eq!(GrpcMetadata(&metadata).keys(), ["kept"]);
    }

    #[test]
    fn grpc_binary_keys_are_left_alone() {
        let mut metadata = MetadataMap::new();
        metadata.insert_bin("key-bin", MetadataValue::from_bytes(b"\x01"));
        let before = metadata.clone();
        let mut carrier = GrpcMetadata(&mut metadata);
        carrier.set("key-bin", "AQ".to_owned());
        carrier.set("new-Bin", "AQ".to_owned());
        carrier.remove("KEY-BIN");
        assert_eq!(metadata.as_ref(), before.as_ref());

        let carrier = GrpcMetadata(&metadata);
        assert_eq!(
            (carrier.get("key-bin"), carrier.get_all("Key-BIN")),
            (None, None)
        );
        assert_eq!(carrier.keys(), [""; 0]);
    }

    proptest! {
        #[test]
        fn grpc_get_returns_what_set_wrote(name in any_name(), value in any_value()) {
            let is_binary = name.to_ascii_lowercase().ends_with("-bin");
            let mut metadata = MetadataMap::new();
            metadata.insert("kept", "kept".parse().unwrap());
            GrpcMetadata(&mut metadata).set(&name, value.clone());
            let held = (is_held(&name, &value) && !is_binary).then_some(&*value);
            let carrier = GrpcMetadata(&metadata);
            prop_assert_eq!(carrier.get(&name), held);
            prop_assert_eq!(carrier.get("kept"), Some("kept"));
        }
    }
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&["traceparent", "Traceparent", "x-kontur-trace-id", "b3"])
            .prop_map(str::to_owned),
        "[a-zA-Z0-9_.-]{1,12}",
        "[a-z]{1,3}-(bin|Bin)",
        any::<String>()
    ]
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,20}", any::<String>()]
}

/// The grammar of RFC 9110, 5.5 and 5.6.2, written down independently.
fn is_held(name: &str, value: &str) -> bool {
    let is_token = |it: u8| it.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&it);
    let is_text = |it: u8| it == b'\t' || (it >= b' ' && it != 0x7f);
    !name.is_empty() && name.bytes().all(is_token) && value.bytes().all(is_text)
}

/// Lines of which some bytes are not UTF-8, and commas.
fn any_lines() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let byte = prop::sample::select(&b"ab=, \xe4\x80\xff"[..]);
    prop::collection::vec(prop::collection::vec(byte, 0..12), 0..4)
}

/// Returns the members that are UTF-8, found in the simplest way.
fn members(line: &[u8]) -> impl Iterator<Item = &str> {
    let members = line.split(|byte| *byte == b',');
    members
        .filter_map(|it| std::str::from_utf8(it).ok())
        .filter(|it| !it.is_empty())
}

proptest! {
    #[test]
    fn http_get_returns_the_first_of_get_all(values in any_lines()) {
        for name in ["traceparent", "baggage"] {
            let lines: Vec<_> = values.iter().map(|it| (name, &**it)).collect();
            let map = headers(&lines);
            for spelling in [name, &name.to_uppercase(), "x-other"] {
                let carrier = HttpHeaders(&map);
                let first = carrier.get_all(spelling).map(|lines| lines[0]);
                prop_assert_eq!(carrier.get(spelling), first);
            }
        }
    }

    #[test]
    fn http_baggage_keeps_every_member_that_is_text(values in any_lines()) {
        let lines: Vec<_> = values.iter().map(|it| ("baggage", &**it)).collect();
        let map = headers(&lines);
        let carrier = HttpHeaders(&map);
        let read = carrier.get_all("baggage").unwrap_or_default();
        let read: Vec<_> = read.iter().flat_map(|it| members(it.as_bytes())).collect();
        let expected: Vec<_> = values.iter().flat_map(|it| members(it)).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn http_other_headers_are_read_whole_or_not_at_all(values in any_lines()) {
        let lines: Vec<_> = values.iter().map(|it| ("tracestate", &**it)).collect();
        let map = headers(&lines);
        let carrier = HttpHeaders(&map);
        let mut read = carrier.get_all("tracestate").unwrap_or_default();
        read.retain(|it| !it.is_empty());
        let whole = values.iter().filter_map(|it| std::str::from_utf8(it).ok());
        let whole: Vec<_> = whole.filter(|it| !it.is_empty()).collect();
        prop_assert_eq!(read, whole);
    }

    #[test]
    fn http_get_returns_what_set_wrote(name in any_name(), value in any_value()) {
        let mut map = headers(&[("kept", b"1"), ("kept", b"2")]);
        HttpHeaders(&mut map).set(&name, value.clone());
        let held = is_held(&name, &value).then_some(&*value);
        let carrier = HttpHeaders(&map);
        prop_assert_eq!(carrier.get(&name), held);
        prop_assert_eq!(carrier.get_all("kept"), Some(vec!["1", "2"]));
        prop_assert_eq!(map.len(), 2 + usize::from(held.is_some()));
    }
}
