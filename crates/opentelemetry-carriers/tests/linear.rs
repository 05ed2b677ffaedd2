//! The work of every carrier grows no faster than the number of its headers.
//!
//! Where a carrier is generic, its accesses are counted. The types of the clients cannot be
//! watched, so there the time with few and with many headers is compared.

use std::cell::Cell;
use std::time::{Duration, Instant};

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry_carriers::{
    EnvExtractor, EnvInjector, MessageHeaders, RestrictedNames, ReusableInjector,
};

// The longest run takes a few milliseconds, so that a busy machine does not interrupt all runs.
const FEW: usize = 100;
const TIMES_MORE: usize = 8;
const MANY: usize = FEW * TIMES_MORE;

thread_local! {
    static READ: Cell<usize> = const { Cell::new(0) };
}

/// Returns how many names are read during the work.
fn read_by<T>(work: impl FnOnce() -> T) -> usize {
    READ.set(0);
    work();
    READ.get()
}

fn name(at: usize) -> String {
    format!("x_header_{at:06}")
}

/// A name that counts how often it is read.
struct Counted(String);

impl From<String> for Counted {
    fn from(name: String) -> Self {
        Self(name)
    }
}

impl AsRef<str> for Counted {
    fn as_ref(&self) -> &str {
        READ.set(READ.get() + 1);
        &self.0
    }
}

fn counted() -> Vec<(Counted, String)> {
    let value = || "value".to_owned();
    (0..MANY).map(|at| (Counted(name(at)), value())).collect()
}

fn read_by_lookups(carrier: &dyn Extractor) -> [usize; 3] {
    [
        read_by(|| assert_eq!(carrier.get("absent"), None)),
        read_by(|| assert_eq!(carrier.get_all("absent"), None)),
        read_by(|| assert_eq!(carrier.keys().len(), MANY)),
    ]
}

#[test]
fn message_lookups_read_each_name_once() {
    let headers = counted();
    assert_eq!(read_by_lookups(&MessageHeaders(&headers)), [MANY; 3]);
    let restricted = RestrictedNames::new(MessageHeaders(&headers));
    assert_eq!(read_by_lookups(&restricted), [MANY; 3]);
}

#[test]
fn message_set_reads_each_name_once() {
    let mut headers = counted();
    let set = || MessageHeaders(&mut headers).set(&name(7), "new".to_owned());
    assert_eq!(read_by(set), MANY);
    assert_eq!(headers.len(), MANY);
    let remove = || MessageHeaders(&mut headers).remove(&name(7));
    assert_eq!(read_by(remove), MANY);
    assert_eq!(headers.len(), MANY - 1);
}

/// Returns the time of the work, without that of its preparation: the shortest of many runs.
fn time<T>(prepare: impl Fn() -> T, work: &impl Fn(T)) -> Duration {
    let run = || {
        let prepared = prepare();
        let start = Instant::now();
        work(prepared);
        start.elapsed()
    };
    (0..30).map(|_| run()).min().expect("there are runs")
}

/// Asserts that the work takes less than three times what linear growth permits. Quadratic growth
/// takes eight times that.
fn assert_linear<T>(what: &str, prepare: impl Fn(usize) -> T, work: impl Fn(T)) {
    // The clock is not precise enough for shorter times.
    let few = time(|| prepare(FEW), &work).max(Duration::from_micros(2));
    let many = time(|| prepare(MANY), &work);
    let permitted = few * u32::try_from(3 * TIMES_MORE).expect("a small number");
    assert!(
        many < permitted,
        "{what}: {few:?} for {FEW}, {many:?} for {MANY}"
    );
}

fn look_up(carrier: &impl Extractor) {
    for key in ["absent", "x_header_000007"] {
        carrier.get(key);
        carrier.get_all(key);
    }
    assert!(!carrier.keys().is_empty());
}

fn write(mut carrier: impl ReusableInjector) {
    carrier.set("absent", "value".to_owned());
    carrier.set("X_Header_000007", "value".to_owned());
    carrier.remove("x_header_000008");
}

#[test]
fn env_work_is_linear() {
    let vars = |len| (0..len).map(|at| (name(at).to_uppercase(), "value"));
    assert_linear("creation", vars, |it| drop(EnvExtractor::from_iter(it)));
    let env = |len| EnvExtractor::from_iter(vars(len));
    assert_linear("lookups", env, |it| look_up(&it));
    let map = |len| -> std::collections::HashMap<String, String> {
        vars(len)
            .map(|(name, value)| (name, value.to_owned()))
            .collect()
    };
    assert_linear("writing", map, |mut it| write(EnvInjector::new(&mut it)));
}

#[test]
fn restricted_names_work_is_linear() {
    // Every byte of the name is escaped.
    let key = |len| ".".repeat(len);
    let set = |key: String| {
        let mut headers: Vec<(String, String)> = vec![];
        RestrictedNames::new(MessageHeaders(&mut headers)).set(&key, String::new());
        assert_eq!(RestrictedNames::new(MessageHeaders(&headers)).keys(), [key]);
    };
    assert_linear("names", key, set);
}

#[cfg(feature = "http")]
#[test]
fn http_work_is_linear() {
    use http::{HeaderMap, HeaderName, HeaderValue};
    use opentelemetry_carriers::HttpHeaders;

    let names = |len| {
        let header = |at| {
            (
                name(at).parse::<HeaderName>().unwrap(),
                HeaderValue::from_static("1"),
            )
        };
        HeaderMap::from_iter((0..len).map(header))
    };
    assert_linear("lookups", names, |it| look_up(&HttpHeaders(&it)));
    assert_linear("writing", names, |mut it| write(HttpHeaders(&mut it)));
    let lines = |len| {
        let header = |_| {
            (
                HeaderName::from_static("x_header_000007"),
                HeaderValue::from_static("1"),
            )
        };
        HeaderMap::from_iter((0..len).map(header))
    };
    assert_linear("lookups of lines", lines, |it| look_up(&HttpHeaders(&it)));
    // With debug assertions, `http` checks the links of all other lines for each line it removes.
    if !cfg!(debug_assertions) {
        assert_linear("writing of lines", lines, |mut it| {
            write(HttpHeaders(&mut it));
        });
    }
}

#[cfg(feature = "json")]
#[test]
fn json_work_is_linear() {
    use opentelemetry_carriers::JsonMap;
    use serde_json::{Map, Value};

    let map = |len| Map::from_iter((0..len).map(|at| (name(at), Value::from("value"))));
    assert_linear("lookups", map, |it| look_up(&JsonMap(&it)));
    assert_linear("writing", map, |mut it| write(JsonMap(&mut it)));
}

#[cfg(feature = "tonic")]
#[test]
fn grpc_work_is_linear() {
    use opentelemetry_carriers::GrpcMetadata;
    use tonic::metadata::{AsciiMetadataKey, MetadataMap};

    let keys = |len| {
        let mut metadata = MetadataMap::new();
        for at in 0..len {
            let key = AsciiMetadataKey::from_bytes(name(at).as_bytes()).unwrap();
            metadata.append(key, "1".parse().unwrap());
        }
        metadata
    };
    assert_linear("lookups", keys, |it| look_up(&GrpcMetadata(&it)));
    assert_linear("writing", keys, |mut it| write(GrpcMetadata(&mut it)));
}

#[cfg(feature = "rdkafka")]
mod kafka {
    use opentelemetry_carriers::KafkaHeaders;
    use rdkafka::message::{Header, Headers, OwnedHeaders};

    use super::*;

    fn headers(len: usize) -> OwnedHeaders {
        (0..len).fold(OwnedHeaders::new(), |headers, at| {
            let key = &name(at);
            let value = Some("value");
            headers.insert(Header { key, value })
        })
    }

    /// Headers that count how often one is read.
    struct Watched(OwnedHeaders);

    impl Headers for Watched {
        fn count(&self) -> usize {
            self.0.count()
        }

        fn try_get(&self, at: usize) -> Option<Header<'_, &[u8]>> {
            READ.set(READ.get() + 1);
            self.0.try_get(at)
        }
    }

    #[test]
    fn kafka_extraction_reads_each_header_once() {
        let headers = Watched(headers(MANY));
        let read = read_by(|| {
            let carrier = KafkaHeaders::read(Some(&headers));
            assert_eq!(carrier.get_all("absent"), None);
            assert_eq!(carrier.keys().len(), MANY);
        });
        assert_eq!(read, MANY);
    }

    #[test]
    fn kafka_writing_is_linear() {
        assert_linear("writing", headers, |mut it| write(KafkaHeaders(&mut it)));
    }
}

#[cfg(feature = "async-nats")]
#[test]
fn nats_work_is_linear() {
    use async_nats::HeaderMap;
    use opentelemetry_carriers::NatsHeaders;

    let names = |len| {
        let mut headers = HeaderMap::new();
        (0..len).for_each(|at| headers.append(name(at), "value"));
        headers
    };
    assert_linear("lookups", names, |it| look_up(&NatsHeaders(Some(&it))));
    assert_linear("writing", names, |mut it| write(NatsHeaders(&mut it)));
    let values = |len| {
        let mut headers = HeaderMap::new();
        (0..len).for_each(|_| headers.append("x_header_000009", "value"));
        headers.append("x_header_000008", "value");
        headers
    };
    assert_linear("lookups of values", values, |it| {
        look_up(&NatsHeaders(Some(&it)))
    });
    assert_linear("writing of values", values, |mut it| {
        write(NatsHeaders(&mut it))
    });
}

#[cfg(feature = "lapin")]
#[test]
fn amqp_work_is_linear() {
    use lapin::types::{AMQPValue, FieldTable};
    use opentelemetry_carriers::AmqpHeaders;

    let table = |len| {
        let mut headers = FieldTable::default();
        for at in 0..len {
            headers.insert(name(at).into(), AMQPValue::LongString("value".into()));
        }
        headers
    };
    assert_linear("lookups", table, |it| look_up(&AmqpHeaders(Some(&it))));
    assert_linear("writing", table, |mut it| write(AmqpHeaders(&mut it)));
}
