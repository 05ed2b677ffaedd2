//! Messages of Amazon SQS and SNS: every shape of their JSON, and what they cannot hold.

#![cfg(feature = "json")]

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::Context;
use opentelemetry_carriers::{AwsMessage, ReusableInjector};
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
fn aws_message_reads_every_shape() {
    let header = "Root=1-27bb7faa-48294cf49ae6007d70905468";
    for (message, has_header) in [
        // A message of SQS's API.
        (
            json!({
                "Body": "", "Attributes": { "AWSTraceHeader": header },
                "MessageAttributes": { "Key": { "DataType": "String", "StringValue": "1" } },
            }),
            true,
        ),
        // A record of an SQS event of Lambda.
        (
            json!({
                "body": "", "attributes": { "AWSTraceHeader": header },
                "messageAttributes": { "Key": {
                    "stringValue": "1", "dataType": "String", "stringListValues": [],
                } },
            }),
            true,
        ),
        // The member `Sns` of a record of an SNS event.
        (
            json!({
                "Message": "",
                "MessageAttributes": { "Key": { "Type": "String", "Value": "1" } },
            }),
            false,
        ),
    ] {
        let message = map(message);
        let carrier = AwsMessage(&message);
        assert_eq!(carrier.get("key"), Some("1"), "{message:?}");
        assert_eq!(carrier.get_all("KEY"), Some(vec!["1"]));
        assert_eq!(carrier.get("X-Amzn-Trace-Id"), has_header.then_some(header));
        assert_eq!(carrier.get("AWSTraceHeader"), None);
        assert!(carrier.keys().contains(&"Key"));
    }
}

#[test]
fn aws_message_skips_what_is_not_text() {
    for message in [
        json!({}),
        json!({ "MessageAttributes": null }),
        json!({ "MessageAttributes": ["key"] }),
        json!({ "MessageAttributes": { "key": { "Type": "Binary", "Value": "MQ==" } } }),
        json!({ "MessageAttributes": { "key": { "DataType": "Binary.png", "StringValue": "1" } } }),
        json!({ "MessageAttributes": { "key": { "StringValue": 1 } } }),
        json!({ "MessageAttributes": { "key": null } }),
    ] {
        assert_eq!(
            AwsMessage(&map(message.clone())).get("key"),
            None,
            "{message}"
        );
    }
}

#[test]
fn aws_message_writes_the_system_attribute() {
    let mut message = map(json!({ "MessageBody": "" }));
    AwsMessage(&mut message).set("x-amzn-trace-id", "Root=1".to_owned());
    let attribute = json!({ "DataType": "String", "StringValue": "Root=1" });
    let expected = json!({
        "MessageBody": "", "MessageSystemAttributes": { "AWSTraceHeader": attribute },
    });
    assert_eq!(Value::from(message.clone()), expected);
    assert_eq!(AwsMessage(&message).get("x-amzn-trace-id"), Some("Root=1"));
}

#[test]
fn aws_message_has_ten_attributes_at_most() {
    let mut message = Map::new();
    for at in 0..12 {
        AwsMessage(&mut message).set(&format!("key-{at}"), "1".to_owned());
    }
    // An attribute that is there can still be replaced, and the system attribute does not count.
    AwsMessage(&mut message).set("KEY-9", "2".to_owned());
    AwsMessage(&mut message).set("x-amzn-trace-id", "Root=1".to_owned());
    let attributes = message["MessageAttributes"].as_object().unwrap();
    assert_eq!(attributes.len(), 10);
    let carrier = AwsMessage(&message);
    assert_eq!(
        (carrier.get("key-9"), carrier.get("key-10")),
        (Some("2"), None)
    );
    assert_eq!(carrier.get("x-amzn-trace-id"), Some("Root=1"));
}

#[test]
fn aws_replace_context_leaves_other_members() {
    let attribute = |value| json!({ "DataType": "String", "StringValue": value });
    let binary = json!({ "DataType": "Binary", "BinaryValue": "MQ==" });
    let mut message = map(json!({
        "MessageBody": "one",
        "MessageAttributes": {
            "X-Kontur-Trace-Id": attribute("27bb7faa48294cf49ae6007d70905468"),
            "x-kontur-trace-spanid": binary,
            "kind": attribute("order"),
        },
    }));
    AwsMessage(&mut message).replace_context(&KonturPropagator::new(), &Context::new());
    let expected = json!({
        "MessageBody": "one",
        "MessageAttributes": { "x-kontur-trace-spanid": binary, "kind": attribute("order") },
    });
    assert_eq!(Value::from(message), expected);
}

#[test]
fn aws_message_removes_only_the_named_attributes() {
    let attribute = json!({ "DataType": "String", "StringValue": "1" });
    let message = map(json!({
        "MessageAttributes": { "Uberctx-a": attribute, "uberctx": attribute },
        "MessageSystemAttributes": { "AWSTraceHeader": attribute },
    }));
    let left = |remove: &dyn Fn(&mut dyn ReusableInjector)| {
        let mut message = message.clone();
        remove(&mut AwsMessage(&mut message));
        let carrier = AwsMessage(&message);
        ["uberctx-a", "uberctx", "x-amzn-trace-id"].map(|name| carrier.get(name).is_some())
    };
    assert_eq!(left(&|it| it.remove("UBERCTX")), [true, false, true]);
    assert_eq!(
        left(&|it| it.remove("X-Amzn-Trace-Id")),
        [true, true, false]
    );
    assert_eq!(
        left(&|it| it.remove_prefix("uberctx-")),
        [false, true, true]
    );
    assert_eq!(left(&|it| it.remove_prefix("x-amzn-")), [true, true, false]);
}

/// What Amazon's documentation of message attributes permits, written down independently.
fn is_held(name: &str, value: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_part = |it: &str| {
        !it.is_empty()
            && it
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
    };
    let is_name = name.split('.').all(is_part) && name.len() <= 256;
    let is_reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
    let is_text = |c: char| !"\u{fffe}\u{ffff}".contains(c) && (c >= ' ' || "\t\r\n".contains(c));
    is_name && !is_reserved && !value.is_empty() && value.chars().all(is_text)
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-cA-C0-9_.-]{1,6}",
        "(AWS|aws|Amazon)\\.?[a-z]{0,2}",
        "[a-z]{250,260}",
        any::<String>()
    ]
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,20}", "[a\\x00\r\n\u{fffe}]{0,3}", any::<String>()]
}

proptest! {
    #[test]
    fn aws_get_returns_what_set_wrote(name in any_name(), value in any_value()) {
        let kept = json!({ "DataType": "Number", "StringValue": "7" });
        let mut message = map(json!({ "MessageBody": "x", "MessageAttributes": { "zzz": kept } }));
        let before = message.clone();
        AwsMessage(&mut message).set(&name, value.clone());
        let held = is_held(&name, &value).then_some(&*value);
        let carrier = AwsMessage(&message);
        prop_assert_eq!(carrier.get(&name), held);
        prop_assert_eq!(carrier.get("zzz"), Some("7"));

        // Nothing else has changed.
        AwsMessage(&mut message).remove(&name);
        prop_assert_eq!(message, before);
    }
}
