//! Members of JSON objects.

#![cfg(feature = "json")]

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::Context;
use opentelemetry_carriers::{JsonMap, ReusableInjector};
use opentelemetry_propagator_kontur::KonturPropagator;
use proptest::prelude::*;
use serde_json::{json, Map, Value};

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => panic!("expected an object"),
    }
}

#[test]
fn json_get_prefers_the_exact_name() {
    let map = map(json!({ "Key": "1", "key": "2", "KEY": "3", "Other": "4" }));
    let carrier = JsonMap(&map);
    assert_eq!(carrier.get("key"), Some("2"));
    assert_eq!(carrier.get_all("KEY"), Some(vec!["3"]));
    assert_eq!(carrier.get("other"), Some("4"));
    assert_eq!(
        (carrier.get("absent"), carrier.get_all("absent")),
        (None, None)
    );
}

#[test]
fn json_members_that_are_not_strings_are_skipped() {
    let map = map(json!({ "key": 1, "Key": "2", "a": null, "b": ["c"], "d": { "e": "f" } }));
    let carrier = JsonMap(&map);
    assert_eq!(carrier.get("key"), Some("2"));
    assert_eq!(carrier.get("a"), None);
    assert_eq!(carrier.keys(), ["Key"]);
}

#[test]
fn json_set_writes_the_exact_name_only() {
    let mut map = map(json!({ "Key": "1", "key": 2, "other": [3] }));
    JsonMap(&mut map).set("key", "new".to_owned());
    assert_eq!(
        Value::from(map),
        json!({ "Key": "1", "key": "new", "other": [3] })
    );
}

#[test]
fn json_replace_context_leaves_other_members() {
    let kept = json!({ "progressToken": 7, "x-kontur-trace-spanid": 5, "name": "x" });
    let mut map = map(kept.clone());
    map.insert(
        "X-Kontur-Trace-Id".to_owned(),
        "27bb7faa48294cf49ae6007d70905468".into(),
    );
    map.insert(
        "x-kontur-trace-id".to_owned(),
        "37bb7faa48294cf49ae6007d70905468".into(),
    );
    JsonMap(&mut map).replace_context(&KonturPropagator::new(), &Context::new());
    assert_eq!(Value::from(map), kept);
}

fn any_map() -> impl Strategy<Value = Map<String, Value>> {
    let value = prop_oneof![
        any::<String>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!([{ "a": "b" }])),
    ];
    let members = prop::collection::vec((any_name(), value), 0..6);
    members.prop_map(Map::from_iter)
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-cA-C_-]{0,3}", any::<String>()]
}

proptest! {
    #[test]
    fn json_get_returns_what_set_wrote(
        before in any_map(),
        name in any_name(),
        value in any::<String>(),
    ) {
        let mut map = before.clone();
        JsonMap(&mut map).set(&name, value.clone());
        let carrier = JsonMap(&map);
        prop_assert_eq!(carrier.get(&name), Some(&*value));
        prop_assert_eq!(carrier.get_all(&name), Some(vec![&*value]));

        // Nothing else has changed.
        map.remove(&name);
        let mut others = before;
        others.remove(&name);
        prop_assert_eq!(map, others);
    }

    #[test]
    fn json_get_finds_nothing_after_remove(before in any_map(), name in any_name()) {
        let mut map = before.clone();
        JsonMap(&mut map).remove(&name);
        let carrier = JsonMap(&map);
        prop_assert_eq!(carrier.get(&name), None);

        let is_removed = |(it, value): &(String, Value)| {
            value.is_string() && it.eq_ignore_ascii_case(&name)
        };
        let others: Map<_, _> = before.into_iter().filter(|it| !is_removed(it)).collect();
        prop_assert_eq!(map, others);
    }
}
