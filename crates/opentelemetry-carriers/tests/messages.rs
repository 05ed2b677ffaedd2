//! Headers of messages as pairs: any collection, any names and values.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::Context;
use opentelemetry_carriers::{LastValue, MessageHeaders, RestrictedNames, ReusableInjector};
use opentelemetry_propagator_kontur::KonturPropagator;
use proptest::prelude::*;

type Pairs = Vec<(String, Vec<u8>)>;

fn pairs(headers: &[(&str, &[u8])]) -> Pairs {
    let headers = headers.iter();
    headers
        .map(|(name, value)| ((*name).to_owned(), value.to_vec()))
        .collect()
}

#[cfg(not(opentelemetry_0_31))]
#[test]
fn reserve_makes_room_in_every_collection() {
    let mut vec: Vec<(String, String)> = Vec::new();
    MessageHeaders(&mut vec).reserve(20);
    assert!(vec.capacity() >= 20);
    let mut map: HashMap<String, String> = HashMap::new();
    MessageHeaders(&mut map).reserve(20);
    assert!(map.capacity() >= 20);
    RestrictedNames::new(MessageHeaders(&mut vec)).reserve(40);
    assert!(vec.capacity() >= 40);
}

#[test]
fn last_value_has_every_name_and_its_last_value() {
    let headers = [("a", "1"), ("b", "2"), ("A", "3")];
    let carrier = LastValue(MessageHeaders(&headers));
    assert_eq!(carrier.keys(), ["a", "b", "A"]);
    assert_eq!(carrier.get_all("a"), Some(vec!["3"]));
    assert_eq!((carrier.get("b"), carrier.get("c")), (Some("2"), None));
}

#[test]
fn message_headers_read_every_collection() {
    let vec = pairs(&[("Baggage", b"a=1")]);
    let deque: VecDeque<_> = vec.iter().cloned().collect();
    let hash: HashMap<_, _> = vec.iter().cloned().collect();
    let tree: BTreeMap<Arc<str>, &str> = BTreeMap::from([("Baggage".into(), "a=1")]);
    let array = [("Baggage", "a=1")];
    let carriers: [&dyn Extractor; 6] = [
        &MessageHeaders(&vec),
        &MessageHeaders(&*vec),
        &MessageHeaders(&deque),
        &MessageHeaders(&hash),
        &MessageHeaders(&tree),
        &MessageHeaders(&array),
    ];
    for carrier in carriers {
        assert_eq!(carrier.get("baggage"), Some("a=1"));
        assert_eq!(carrier.get("baggag"), None);
        assert_eq!(carrier.get_all("BAGGAGE"), Some(vec!["a=1"]));
        assert_eq!(carrier.get_all("other"), None);
        assert_eq!(carrier.keys(), ["Baggage"]);
    }
}

/// The `HeaderMap` of actix-web's client and of Spin.
#[test]
fn message_headers_read_http_02() {
    let mut headers = http_02::HeaderMap::new();
    headers.append("baggage", "a=1".parse().unwrap());
    headers.append("other", "x".parse().unwrap());
    headers.append("baggage", "b=2".parse().unwrap());
    let carrier = MessageHeaders(&headers);
    assert_eq!(carrier.get("Baggage"), Some("a=1"));
    assert_eq!(carrier.get_all("baggage"), Some(vec!["a=1", "b=2"]));
}

#[test]
fn set_replaces_every_spelling_in_a_vec() {
    let mut headers = pairs(&[("A", b"1"), ("Key", b"2"), ("KEY", b"3"), ("b", b"4")]);
    MessageHeaders(&mut headers).set("key", "new".to_owned());
    assert_eq!(headers, pairs(&[("A", b"1"), ("b", b"4"), ("key", b"new")]));
}

#[test]
fn set_replaces_every_spelling_in_a_map() {
    let headers = pairs(&[("A", b"1"), ("Key", b"2"), ("KEY", b"3")]);
    let expected = BTreeMap::from_iter(pairs(&[("A", b"1"), ("key", b"new")]));

    let mut tree: BTreeMap<_, _> = headers.iter().cloned().collect();
    MessageHeaders(&mut tree).set("key", "new".to_owned());
    assert_eq!(tree, expected);

    let mut hash: HashMap<_, _> = headers.into_iter().collect();
    MessageHeaders(&mut hash).set("key", "new".to_owned());
    assert_eq!(BTreeMap::from_iter(hash), expected);
}

#[test]
fn get_skips_lines_that_are_not_text() {
    let headers = pairs(&[
        ("key", b"\xff"),
        ("key", b"1"),
        ("Key", b"2"),
        ("bin", b"\xff"),
    ]);
    let carrier = MessageHeaders(&headers);
    assert_eq!(carrier.get("key"), Some("1"));
    assert_eq!(carrier.get_all("key"), Some(vec!["1", "2"]));
    assert_eq!(carrier.keys(), ["key", "Key"]);
    assert_eq!((carrier.get("bin"), carrier.get_all("bin")), (None, None));
}

#[test]
fn get_keeps_the_members_of_baggage_that_are_text() {
    let headers = pairs(&[
        ("Baggage", b"a=1,a=2,b=\xff,c=3,\xff"),
        ("baggage", b"\xff"),
        ("baggage", b"d=4"),
        ("tracestate", b"a=1,b=\xff"),
    ]);
    let carrier = MessageHeaders(&headers);
    assert_eq!(carrier.get("baggage"), Some("a=1,a=2"));
    assert_eq!(
        carrier.get_all("baggage"),
        Some(vec!["a=1,a=2", "c=3", "d=4"])
    );
    assert_eq!(carrier.get("tracestate"), None);
    assert_eq!(carrier.keys(), ["Baggage", "baggage"]);
}

#[test]
fn get_all_skips_64_members() {
    let many = b"a=1,\xff,".repeat(40);
    let headers = pairs(&[("baggage", &many), ("baggage", &many), ("baggage", b"b=2")]);
    let carrier = MessageHeaders(&headers);
    let lines = carrier.get_all("baggage").unwrap();
    assert_eq!((lines.len(), lines[64]), (65, "b=2"));
}

#[test]
fn get_skips_empty_lines() {
    let headers = pairs(&[
        ("key", b""),
        ("key", b"1"),
        ("Key", b""),
        ("none", b""),
        ("none", b""),
    ]);
    let carrier = MessageHeaders(&headers);
    assert_eq!(carrier.get("key"), Some("1"));
    assert_eq!(carrier.get_all("key"), Some(vec!["1"]));
    assert_eq!(
        (carrier.get("none"), carrier.get_all("none")),
        (Some(""), Some(vec![""]))
    );
}

#[test]
fn replace_context_leaves_other_headers() {
    let mut headers = pairs(&[
        ("X-Kontur-Trace-Id", b"27bb7faa48294cf49ae6007d70905468"),
        ("x-kontur-trace-spanid", b"0bcd098a592642e4"),
        ("content-type", b"text/plain"),
    ]);
    let propagator = KonturPropagator::new();
    MessageHeaders(&mut headers).replace_context(&propagator, &Context::new());
    assert_eq!(headers, pairs(&[("content-type", b"text/plain")]));
}

#[test]
fn restricted_names_show_their_carrier() {
    let headers = [("a", "1")];
    let carrier = RestrictedNames::new(MessageHeaders(&headers));
    let shown = r#"RestrictedNames(MessageHeaders([("a", "1")]))"#;
    assert_eq!(format!("{carrier:?}"), shown);
}

#[test]
fn restricted_names_are_as_documented() {
    let table = [
        ("x-kontur-trace-id", "x_kontur_trace_id"),
        ("X-Kontur-Trace-Id", "x_kontur_trace_id"),
        ("a_b", "a__5fb"),
        ("a--b", "a___2db"),
        ("a-_b", "a___5fb"),
        ("a.b", "a__2eb"),
        ("ю", "__d1__8e"),
        ("", ""),
    ];
    for (name, restricted) in table {
        let mut headers = Pairs::new();
        RestrictedNames::new(MessageHeaders(&mut headers)).set(name, String::new());
        assert_eq!(headers[0].0, restricted, "{name:?}");
        let carrier = RestrictedNames::new(MessageHeaders(&headers));
        assert_eq!(carrier.keys(), [name.to_ascii_lowercase()]);
    }
}

#[test]
fn restricted_names_of_the_java_agent_are_read() {
    let java = pairs(&[
        ("sentry__dash__trace", b"1"),
        ("__dash____DASH__a", b"2"),
        ("a_b__dash__c", b"3"),
    ]);
    let carrier = RestrictedNames::new(MessageHeaders(&java));
    assert_eq!(carrier.get("Sentry-Trace"), Some("1"));
    assert_eq!(carrier.get_all("--a"), Some(vec!["2"]));
    assert_eq!(carrier.keys(), ["sentry-trace", "--a"]);

    let both = pairs(&[("sentry__dash__trace", b"1"), ("sentry_trace", b"2")]);
    let carrier = RestrictedNames::new(MessageHeaders(&both));
    assert_eq!(
        (carrier.get("sentry-trace"), carrier.get_all("sentry-trace")),
        (Some("2"), Some(vec!["2"]))
    );
}

#[test]
fn restricted_names_have_one_spelling_after_set() {
    for (java_agent, expected) in [(false, "sentry_trace"), (true, "sentry__dash__trace")] {
        let mut both = pairs(&[
            ("sentry__dash__trace", b"1"),
            ("Sentry_Trace", b"2"),
            ("a", b"3"),
        ]);
        let mut carrier = RestrictedNames::new(MessageHeaders(&mut both)).java_agent(java_agent);
        carrier.set("sentry-trace", "new".to_owned());
        assert_eq!(both, pairs(&[("a", b"3"), (expected, b"new")]));
        RestrictedNames::new(MessageHeaders(&mut both)).remove("sentry-trace");
        assert_eq!(both, pairs(&[("a", b"3")]));
    }
}

#[test]
fn restricted_names_skip_foreign_ones_in_keys() {
    // Not what the adapter writes for any name.
    let headers = pairs(&[("x-y", b""), ("a__2db", b""), ("__ff", b""), ("x_y", b"")]);
    let carrier = RestrictedNames::new(MessageHeaders(&headers));
    assert_eq!(carrier.keys(), ["x-y"]);
}

#[test]
fn restricted_names_forget_keys_after_set() {
    let mut headers = Pairs::new();
    let mut carrier = RestrictedNames::new(Both(&mut headers));
    assert_eq!(carrier.keys(), [""; 0]);
    carrier.set("a-b", String::new());
    assert_eq!(carrier.keys(), ["a-b"]);
    carrier.remove("a-b");
    assert_eq!(carrier.keys(), [""; 0]);
}

/// A carrier that can be read and written.
struct Both<'a>(&'a mut Pairs);

impl Extractor for Both<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        std::str::from_utf8(&self.0[at].1).ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| &**name).collect()
    }
}

impl Injector for Both<'_> {
    fn set(&mut self, key: &str, value: String) {
        MessageHeaders(&mut *self.0).set(key, value);
    }
}

impl ReusableInjector for Both<'_> {
    fn remove(&mut self, key: &str) {
        MessageHeaders(&mut *self.0).remove(key);
    }

    fn remove_prefix(&mut self, prefix: &str) {
        MessageHeaders(&mut *self.0).remove_prefix(prefix);
    }
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-cA-C_-]{0,4}", "[a-zA-Z0-9_.-]{0,90}", any::<String>()]
}

proptest! {
    #[test]
    fn get_returns_the_first_of_get_all(
        headers in prop::collection::vec(("[ab]", prop::collection::vec(any::<u8>(), 0..3)), 0..6),
    ) {
        let carrier = MessageHeaders(&headers);
        for name in ["a", "A", "b", "c"] {
            let first = carrier.get_all(name).map(|lines| lines[0]);
            prop_assert_eq!(carrier.get(name), first);
        }
    }

    #[test]
    fn get_returns_what_set_wrote(
        before in prop::collection::vec((any_name(), any::<Vec<u8>>()), 0..6),
        name in any_name(),
        value in any::<String>(),
    ) {
        let mut vec = before.clone();
        MessageHeaders(&mut vec).set(&name, value.clone());
        let carrier = MessageHeaders(&vec);
        prop_assert_eq!(carrier.get(&name), Some(&*value));
        prop_assert_eq!(carrier.get_all(&name), Some(vec![&*value]));

        // Nothing else has changed.
        let is_other = |(it, _): &&(String, Vec<u8>)| !it.eq_ignore_ascii_case(&name);
        let others: Vec<_> = before.iter().filter(is_other).cloned().collect();
        prop_assert_eq!(&vec[..vec.len() - 1], &others);

        let mut hash: HashMap<String, Vec<u8>> = before.iter().cloned().collect();
        MessageHeaders(&mut hash).set(&name, value.clone());
        let carrier = MessageHeaders(&hash);
        prop_assert_eq!(carrier.get_all(&name), Some(vec![&*value]));

        let mut tree: BTreeMap<String, Vec<u8>> = before.into_iter().collect();
        MessageHeaders(&mut tree).set(&name, value.clone());
        let carrier = MessageHeaders(&tree);
        prop_assert_eq!(carrier.get_all(&name), Some(vec![&*value]));
    }

    #[test]
    fn restricted_names_are_reversible(
        name in any_name(),
        other in any_name(),
        java_agent: bool,
    ) {
        let mut headers = Pairs::new();
        RestrictedNames::new(MessageHeaders(&mut headers))
            .java_agent(java_agent)
            .set(&name, "value".to_owned());
        let is_permitted = |it: u8| it == b'_' || it.is_ascii_lowercase() || it.is_ascii_digit();
        prop_assert!(headers[0].0.bytes().all(is_permitted), "{:?}", headers[0].0);

        let carrier = RestrictedNames::new(MessageHeaders(&headers));
        prop_assert_eq!(carrier.get(&name), Some("value"));
        prop_assert_eq!(carrier.get_all(&name), Some(vec!["value"]));
        prop_assert_eq!(carrier.keys(), [name.to_ascii_lowercase()]);
        // No other name is found in its place.
        let is_found = carrier.get(&other).is_some();
        prop_assert_eq!(is_found, other.eq_ignore_ascii_case(&name));
    }
}
