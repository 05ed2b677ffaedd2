//! Messages of Amazon SQS and SNS as JSON.

use opentelemetry::propagation::{Extractor, Injector};
use serde_json::{json, Map, Value};

use crate::reuse::has_prefix;
use crate::ReusableInjector;

/// The most attributes that a message may have.
const MAX_ATTRIBUTES: usize = 10;

/// The key of the header that a system attribute of SQS contains.
const XRAY: &str = "x-amzn-trace-id";

/// The system attribute that has the value of [`XRAY`].
const XRAY_ATTRIBUTE: &str = "AWSTraceHeader";

/// The names of the members that contain message attributes: in the API, and in Lambda's events.
const ATTRIBUTES: [&str; 2] = ["MessageAttributes", "messageAttributes"];

/// The names of the members that contain system attributes: in a request, in a response of the API,
/// and in Lambda's events.
const SYSTEM_ATTRIBUTES: [&str; 3] = ["MessageSystemAttributes", "Attributes", "attributes"];

/// Reads and writes the attributes of a message of Amazon SQS or SNS, held as a JSON object.
///
/// To extract, wrap a message of SQS's API, a record of an SQS event of Lambda, or the member `Sns`
/// of a record of an SNS event. To inject, wrap the parameters of `SendMessage`, an entry of
/// `SendMessageBatch`, or the parameters of `Publish`.
///
/// - A message has at most ten attributes. `set` leaves out an eleventh one, and `get` finds the
///   first ten only if there are more. Propagators with several headers need several attributes.
/// - The system attribute `AWSTraceHeader` of SQS is read and written as `x-amzn-trace-id`. It does
///   not count as an attribute. SNS has none, so leave the name `xray` out of the list there.
/// - Names are compared without case. Attributes of a binary type are not read.
/// - A name or value that SQS does not permit is left out, such as an empty value.
///
/// # Examples
///
/// ```
/// use opentelemetry::propagation::{Extractor, Injector};
/// use opentelemetry_carriers::AwsMessage;
/// use serde_json::{json, Value};
///
/// let event: Value = json!({ "Records": [{
///     "body": "one",
///     "attributes": { "AWSTraceHeader": "Root=1-27bb7faa-48294cf49ae6007d70905468" },
///     "messageAttributes": {
///         "traceparent": {
///             "stringValue": "00-27bb7faa48294cf49ae6007d70905468-00f067aa0ba902b7-01",
///             "dataType": "String",
///         },
///     },
/// }] });
/// let carrier = AwsMessage(event["Records"][0].as_object().unwrap());
/// assert!(carrier.get("traceparent").unwrap().starts_with("00-27bb7faa"));
/// assert!(carrier.get("x-amzn-trace-id").unwrap().starts_with("Root="));
///
/// let mut send = json!({ "QueueUrl": "https://example.com/queue", "MessageBody": "two" });
/// AwsMessage(send.as_object_mut().unwrap()).set("baggage", "user=alice".to_owned());
/// assert_eq!(
///     send["MessageAttributes"]["baggage"],
///     json!({ "DataType": "String", "StringValue": "user=alice" }),
/// );
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AwsMessage<T>(pub T);

impl<'a> AwsMessage<&'a Map<String, Value>> {
    /// Returns the names and values of the attributes, and the system attribute as a header.
    fn lines(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let message = self.0;
        let objects = ATTRIBUTES
            .iter()
            .filter_map(|it| message.get(*it)?.as_object());
        let attributes = objects.flatten().take(MAX_ATTRIBUTES);
        let strings = attributes.filter_map(|(name, value)| Some((name.as_str(), text(value)?)));
        let systems = SYSTEM_ATTRIBUTES.iter();
        let header = systems.filter_map(|it| text(message.get(*it)?.get(XRAY_ATTRIBUTE)?));
        header.map(|value| (XRAY, value)).chain(strings)
    }
}

impl Extractor for AwsMessage<&Map<String, Value>> {
    fn get(&self, key: &str) -> Option<&str> {
        let mut lines = self.lines();
        lines.find_map(|(name, value)| name.eq_ignore_ascii_case(key).then_some(value))
    }

    fn keys(&self) -> Vec<&str> {
        self.lines().map(|(name, _)| name).collect()
    }
}

/// Returns the text of an attribute: of SQS, of Lambda's events, of SNS, or a plain string.
fn text(attribute: &Value) -> Option<&str> {
    let members = ["StringValue", "stringValue", "Value"];
    let is_binary = |it: &Value| it.as_str().is_some_and(|it| it.starts_with("Binary"));
    if ["DataType", "dataType", "Type"]
        .iter()
        .filter_map(|it| attribute.get(it))
        .any(is_binary)
    {
        return None;
    }
    let member = members.iter().find_map(|it| attribute.get(it));
    member.unwrap_or(attribute).as_str()
}

impl Injector for AwsMessage<&mut Map<String, Value>> {
    fn set(&mut self, key: &str, value: String) {
        if !is_value(&value) {
            return;
        }
        let (member, name) = match key.eq_ignore_ascii_case(XRAY) {
            true => (SYSTEM_ATTRIBUTES[0], XRAY_ATTRIBUTE),
            false if is_name(key) => (ATTRIBUTES[0], key),
            false => return,
        };
        self.remove(key);
        let object = self.0.entry(member).or_insert_with(|| Map::new().into());
        let Some(attributes) = object.as_object_mut() else {
            return;
        };
        if attributes.len() < MAX_ATTRIBUTES {
            let attribute = json!({ "DataType": "String", "StringValue": value });
            attributes.insert(name.to_owned(), attribute);
        }
    }
}

impl ReusableInjector for AwsMessage<&mut Map<String, Value>> {
    fn remove(&mut self, key: &str) {
        self.remove_where(|name| name.eq_ignore_ascii_case(key));
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.remove_where(|name| has_prefix(name, prefix));
    }
}

impl AwsMessage<&mut Map<String, Value>> {
    fn remove_where(&mut self, is_removed: impl Fn(&str) -> bool) {
        for member in ATTRIBUTES {
            if let Some(Value::Object(attributes)) = self.0.get_mut(member) {
                attributes.retain(|name, value| !(is_removed(name) && text(value).is_some()));
            }
        }
        if !is_removed(XRAY) {
            return;
        }
        for member in SYSTEM_ATTRIBUTES {
            if let Some(Value::Object(attributes)) = self.0.get_mut(member) {
                attributes.remove(XRAY_ATTRIBUTE);
            }
        }
    }
}

/// Whether SQS permits this name. Names that begin with `AWS.` or `Amazon.` are reserved.
fn is_name(name: &str) -> bool {
    let is_permitted = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.');
    (1..=256).contains(&name.len())
        && name.bytes().all(is_permitted)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !has_prefix(name, "aws.")
        && !has_prefix(name, "amazon.")
}

/// Whether SQS permits this value: text of the characters of XML 1.0, not empty.
fn is_value(value: &str) -> bool {
    let is_permitted = |it| matches!(it, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    !value.is_empty() && value.chars().all(is_permitted)
}
