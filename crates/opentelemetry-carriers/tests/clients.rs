//! Headers of messages as the brokers' clients hold them. The brokers themselves are in
//! `brokers`.

#![cfg(any(feature = "async-nats", feature = "lapin", feature = "rdkafka"))]

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::Context;
use opentelemetry_carriers::ReusableInjector;
use opentelemetry_propagator_kontur::KonturPropagator;
use proptest::prelude::*;

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9_.-]{1,8}",
        "[a-z\0:\r\n ]{0,3}",
        "[a-z]{250,260}",
        any::<String>()
    ]
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,20}", "[a-z\r\n\0]{0,3}", any::<String>()]
}

#[cfg(feature = "rdkafka")]
mod kafka {
    use std::cell::Cell;

    use opentelemetry::propagation::TextMapPropagator;
    use opentelemetry::trace::TraceContextExt;
    use opentelemetry_carriers::{KafkaHeaders, LastValue};
    use rdkafka::message::{Header, Headers, OwnedHeaders};

    use super::*;

    fn headers(lines: &[(&str, Option<&[u8]>)]) -> OwnedHeaders {
        let insert = |headers: OwnedHeaders, &(key, value): &(&str, Option<&[u8]>)| {
            headers.insert(Header { key, value })
        };
        lines.iter().fold(OwnedHeaders::new(), insert)
    }

    fn lines(headers: &OwnedHeaders) -> Vec<(&str, Option<&[u8]>)> {
        headers.iter().map(|it| (it.key, it.value)).collect()
    }

    #[test]
    fn kafka_get_all_returns_every_line() {
        let headers = headers(&[
            ("Key", None),
            ("key", Some(b"\xff")),
            ("KEY", Some(b"1")),
            ("other", Some(b"x")),
            ("key", Some(b"2")),
        ]);
        let carrier = KafkaHeaders::read(Some(&headers));
        assert_eq!(carrier.get("key"), Some("1"));
        assert_eq!(carrier.get_all("key"), Some(vec!["1", "2"]));
        assert_eq!(carrier.keys(), ["KEY", "other", "key"]);
        assert_eq!(KafkaHeaders::read(None::<&OwnedHeaders>).get("key"), None);
    }

    #[test]
    fn kafka_replace_context_leaves_other_headers() {
        let null = ("tombstone", None);
        let bytes = ("bytes", Some(&b"\xff"[..]));
        let mut map = headers(&[null, ("X-Kontur-Trace-Id", Some(b"1")), bytes]);
        let mut carrier = KafkaHeaders(&mut map);
        carrier.replace_context(&KonturPropagator::new(), &Context::new());
        assert_eq!(lines(&map), [null, bytes]);
        KafkaHeaders(&mut map).remove_prefix("BYTE");
        assert_eq!(lines(&map), [null]);
    }

    thread_local! {
        static PANICS: Cell<usize> = const { Cell::new(0) };
    }

    /// Headers as rdkafka reads them if names that begin with `?` are not UTF-8.
    struct Hostile(OwnedHeaders);

    impl Headers for Hostile {
        fn count(&self) -> usize {
            self.0.count()
        }

        fn try_get(&self, idx: usize) -> Option<Header<'_, &[u8]>> {
            let header = self.0.try_get(idx);
            if header.as_ref().is_some_and(|it| it.key.starts_with('?')) {
                PANICS.set(PANICS.get() + 1);
                panic!("rdkafka panics here");
            }
            header
        }
    }

    #[test]
    fn kafka_message_causes_two_panics_at_most() {
        for (names, expected, panics) in [
            (&[][..], &[][..], 0),
            (&["a", "b"], &["a", "b"], 0),
            (&["?"], &[], 1),
            (&["?", "a", "b"], &["a", "b"], 1),
            (&["a", "?", "b", "c"], &["a", "b", "c"], 1),
            (&["a", "?"], &["a"], 1),
            (&["a", "?", "?", "b"], &["a", "b"], 2),
            (&["a", "?", "?", "lost", "?", "b", "c"], &["a", "b", "c"], 2),
        ] {
            let lines: Vec<_> = names.iter().map(|it| (*it, Some(&b"1"[..]))).collect();
            PANICS.set(0);
            let headers = Hostile(headers(&lines));
            let carrier = KafkaHeaders::read(Some(&headers));
            assert_eq!(carrier.keys(), expected, "{names:?}");
            KonturPropagator::new().extract(&carrier);
            assert_eq!(PANICS.get(), panics, "{names:?}");
        }
    }

    /// What a client leaves that appends the headers of each attempt.
    #[test]
    fn kafka_last_value_of_a_retried_message() {
        const OLD: &str = "27bb7faa48294cf49ae6007d70905468";
        const NEW: &str = "37bb7faa48294cf49ae6007d70905468";
        let id = |id: &'static str| ("x-kontur-trace-id", Some(id.as_bytes()));
        let headers = headers(&[id(OLD), ("other", Some(b"x")), id(NEW)]);
        let carrier = LastValue(KafkaHeaders::read(Some(&headers)));
        assert_eq!(carrier.get_all("X-Kontur-Trace-Id"), Some(vec![NEW]));
        let cx = KonturPropagator::new().extract_with_context(&Context::new(), &carrier);
        assert_eq!(cx.span().span_context().trace_id().to_string(), NEW);
    }

    proptest! {
        #[test]
        fn kafka_get_returns_what_set_wrote(name in any_name(), value in any_value()) {
            let mut map = headers(&[("\u{1}kept", Some(b"1")), ("\u{1}kept", Some(b"2"))]);
            KafkaHeaders(&mut map).set(&name, value.clone());
            let held = (!name.contains('\0')).then_some(vec![&*value]);
            let carrier = KafkaHeaders::read(Some(&map));
            prop_assert_eq!(carrier.get_all(&name), held);
            prop_assert_eq!(carrier.get_all("\u{1}kept"), Some(vec!["1", "2"]));
        }
    }
}

#[cfg(feature = "async-nats")]
mod nats {
    use async_nats::HeaderMap;
    use opentelemetry_carriers::NatsHeaders;

    use super::*;

    #[test]
    fn nats_get_all_returns_every_value() {
        let mut headers = HeaderMap::new();
        headers.append("Key", "1");
        headers.append("Key", "2");
        let carrier = NatsHeaders(Some(&headers));
        assert_eq!(carrier.get("key"), Some("1"));
        assert_eq!(carrier.get_all("key"), Some(vec!["1", "2"]));
        assert_eq!(carrier.keys(), ["Key", "Key"]);
        assert_eq!(NatsHeaders(None).get("key"), None);
    }

    #[test]
    fn nats_replace_context_leaves_other_headers() {
        let mut map = HeaderMap::new();
        map.append("Kept", "1");
        map.append("Kept", "2");
        let before = map.clone();
        map.append("X-Kontur-Trace-Id", "1");
        map.append("Uberctx-A", "1");
        let mut carrier = NatsHeaders(&mut map);
        carrier.replace_context(&KonturPropagator::new(), &Context::new());
        carrier.remove_prefix("uberctx-");
        assert_eq!(map, before);
    }

    proptest! {
        #[test]
        fn nats_get_returns_what_set_wrote(name in any_name(), value in any_value()) {
            let mut map = HeaderMap::new();
            map.append("!kept", "1");
            map.append("!Kept", "2");
            NatsHeaders(&mut map).set(&name, value.clone());
            let is_name = |it: u8| (0x21..0x7f).contains(&it) && it != b':';
            let is_held = !name.is_empty() && name.bytes().all(is_name) && !value.contains(['\r', '\n']);
            let carrier = NatsHeaders(Some(&map));
            prop_assert_eq!(carrier.get_all(&name), is_held.then_some(vec![&*value]));
            prop_assert_eq!(carrier.get_all("!kept").map(|it| it.len()), Some(2));
            prop_assert_eq!(map.len(), 2 + usize::from(is_held));
        }
    }
}

#[cfg(feature = "lapin")]
mod amqp {
    use lapin::types::{AMQPValue, FieldArray, FieldTable};
    use opentelemetry_carriers::AmqpHeaders;

    use super::*;

    fn headers(lines: &[(&str, AMQPValue)]) -> FieldTable {
        let mut headers = FieldTable::default();
        for (name, value) in lines {
            headers.insert((*name).into(), value.clone());
        }
        headers
    }

    fn death() -> (&'static str, AMQPValue) {
        ("x-death", AMQPValue::FieldArray(FieldArray::default()))
    }

    #[test]
    fn amqp_get_reads_text_of_every_type() {
        let headers = headers(&[
            ("KEY", AMQPValue::ByteArray(b"1"[..].into())),
            ("Key", AMQPValue::ShortString("2".into())),
            ("kEY", AMQPValue::LongString(vec![0xff].into())),
            ("key", AMQPValue::LongString("3".into())),
            death(),
        ]);
        let carrier = AmqpHeaders(Some(&headers));
        assert_eq!(carrier.get_all("key"), Some(vec!["1", "2", "3"]));
        assert_eq!(carrier.get("x-death"), None);
        assert_eq!(carrier.keys(), ["KEY", "Key", "key"]);
        assert_eq!(AmqpHeaders(None).get("key"), None);
    }

    #[test]
    fn amqp_replace_context_leaves_other_headers() {
        let own = ["X-Kontur-Trace-Id", "Uberctx-A"].map(|name| (name, AMQPValue::Void));
        let mut map = headers(&[&own[..], &[death()]].concat());
        let mut carrier = AmqpHeaders(&mut map);
        carrier.replace_context(&KonturPropagator::new(), &Context::new());
        carrier.remove_prefix("uberctx-");
        assert_eq!(map, headers(&[death()]));
    }

    proptest! {
        #[test]
        fn amqp_get_returns_what_set_wrote(name in any_name(), value in any_value()) {
            let text = |it: &str| AMQPValue::LongString(it.into());
            let mut map = headers(&[("\u{1}kept", text("1")), ("\u{1}KEPT", text("2")), death()]);
            AmqpHeaders(&mut map).set(&name, value.clone());
            let is_held = name.len() <= 255;
            let carrier = AmqpHeaders(Some(&map));
            prop_assert_eq!(carrier.get_all(&name), is_held.then_some(vec![&*value]));
            prop_assert_eq!(carrier.get_all("\u{1}kept").map(|it| it.len()), Some(2));
            prop_assert_eq!(map.inner().len(), 3 + usize::from(is_held));
        }
    }
}
