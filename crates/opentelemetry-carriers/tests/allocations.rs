//! Lookups allocate nothing; `get_all` allocates the `Vec` that it returns.

use allocation_counter::measure;
use opentelemetry::propagation::Extractor;
use opentelemetry_carriers::{EnvExtractor, MessageHeaders, RestrictedNames};

fn allocations(carrier: &dyn Extractor, key: &str) -> (u64, u64) {
    let get = measure(|| {
        carrier.get(key);
    });
    let get_all = measure(|| {
        carrier.get_all(key);
    });
    (get.count_total, get_all.count_total)
}

fn check(carrier: &dyn Extractor) {
    assert!(carrier.get("x-kontur-trace-id").is_some());
    assert_eq!(allocations(carrier, "x-kontur-trace-id"), (0, 1));
    assert_eq!(allocations(carrier, "x-kontur-trace-spanid"), (0, 0));
}

#[test]
fn lookups_allocate_nothing() {
    let names = [("X-Kontur-Trace-Id", "1"), ("other", "2")];
    check(&MessageHeaders(&names));
    check(&EnvExtractor::from_iter([("X_KONTUR_TRACE_ID", "1")]));
    let restricted = [("x_kontur_trace_id", "1")];
    check(&RestrictedNames::new(MessageHeaders(&restricted)));
}

/// The bytes that `get_all` allocates for a single line.
const ONE_LINE: u64 = 64;

#[test]
fn empty_lines_need_no_memory() {
    let mut headers = vec![("baggage", ""); 16_385];
    let empty = measure(|| assert_eq!(MessageHeaders(&headers).get_all("baggage"), Some(vec![""])));
    headers.push(("baggage", "a=1"));
    let all = || {
        let carrier = MessageHeaders(&headers);
        assert_eq!(carrier.get("baggage"), Some("a=1"));
        assert_eq!(carrier.get_all("baggage"), Some(vec!["a=1"]));
    };
    let mixed = measure(all);
    // One `Vec` is the expected one.
    assert!(empty.bytes_total <= 2 * ONE_LINE, "{empty:?}");
    assert!(mixed.bytes_total <= 2 * ONE_LINE, "{mixed:?}");
}

#[cfg(feature = "http")]
#[test]
fn http_empty_lines_need_no_memory() {
    let name = http::HeaderName::from_static("baggage");
    let line = |value| (name.clone(), http::HeaderValue::from_static(value));
    let lines = (0..16_385).map(|_| line("")).chain([line("a=1")]);
    let headers = http::HeaderMap::from_iter(lines);
    let all = || {
        let carrier = opentelemetry_carriers::HttpHeaders(&headers);
        assert_eq!(carrier.get("baggage"), Some("a=1"));
        assert_eq!(carrier.get_all("baggage"), Some(vec!["a=1"]));
    };
    let used = measure(all);
    assert!(used.bytes_total <= 2 * ONE_LINE, "{used:?}");
}

#[cfg(feature = "http")]
#[test]
fn http_known_names_allocate_nothing() {
    use opentelemetry::propagation::Injector;

    let mut headers = http::HeaderMap::with_capacity(1);
    let value = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned();
    // The map shares the bytes of the value through a reference count, which it allocates.
    let set =
        measure(|| opentelemetry_carriers::HttpHeaders(&mut headers).set("traceparent", value));
    assert_eq!(headers.len(), 1);
    assert!(set.count_total <= 1, "{set:?}");
}

#[cfg(feature = "http")]
#[test]
fn http_lookups_allocate_nothing() {
    let mut headers = http::HeaderMap::new();
    headers.insert("x-kontur-trace-id", "1".parse().unwrap());
    check(&opentelemetry_carriers::HttpHeaders(&headers));
}

#[cfg(feature = "tonic")]
#[test]
fn grpc_lookups_allocate_nothing() {
    let mut metadata = tonic::metadata::MetadataMap::new();
    metadata.insert("x-kontur-trace-id", "1".parse().unwrap());
    check(&opentelemetry_carriers::GrpcMetadata(&metadata));
}

#[cfg(feature = "rdkafka")]
#[test]
fn kafka_lookups_allocate_nothing() {
    use rdkafka::message::{Header, OwnedHeaders};

    let headers = OwnedHeaders::new().insert(Header {
        key: "X-Kontur-Trace-Id",
        value: Some("1"),
    });
    check(&opentelemetry_carriers::KafkaHeaders::read(Some(&headers)));
}

#[cfg(feature = "async-nats")]
#[test]
fn nats_lookups_allocate_nothing() {
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("X-Kontur-Trace-Id", "1");
    check(&opentelemetry_carriers::NatsHeaders(Some(&headers)));
}

#[cfg(feature = "lapin")]
#[test]
fn amqp_lookups_allocate_nothing() {
    use lapin::types::{AMQPValue, FieldTable};

    let mut headers = FieldTable::default();
    headers.insert(
        "X-Kontur-Trace-Id".into(),
        AMQPValue::LongString("1".into()),
    );
    check(&opentelemetry_carriers::AmqpHeaders(Some(&headers)));
}

#[cfg(feature = "json")]
#[test]
fn json_lookups_allocate_nothing() {
    let map = serde_json::Map::from_iter([("X-Kontur-Trace-Id".to_owned(), "1".into())]);
    check(&opentelemetry_carriers::JsonMap(&map));
}
