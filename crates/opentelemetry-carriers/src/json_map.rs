//! Members of a JSON object.

use opentelemetry::propagation::{Extractor, Injector};
use serde_json::{Map, Value};

use crate::reuse::has_prefix;
use crate::ReusableInjector;

/// Reads and writes string members of a JSON object, a [`serde_json::Map`].
///
/// Wrap `&map` to extract and `&mut map` to inject. The object is, for example, `_meta` of a request
/// of the [Model Context Protocol], a CloudEvent, or a job in a queue.
///
/// `get` prefers the member with exactly this name to one whose name differs in case. A member that
/// is not a string is not read. `set` writes the member with exactly this name and changes nothing
/// else, since names differ by case in JSON. `remove` removes every string member that `get` finds.
/// A lookup allocates nothing, except for the `Vec` that `get_all` returns.
///
/// # Examples
///
/// ```
/// use opentelemetry::propagation::{Extractor, Injector};
/// use opentelemetry_carriers::JsonMap;
/// use serde_json::json;
///
/// let mut request = json!({ "name": "search", "_meta": { "progressToken": 7 } });
/// let meta = request["_meta"].as_object_mut().unwrap();
/// JsonMap(&mut *meta).set("baggage", "user=alice".to_owned());
/// assert_eq!(JsonMap(&*meta).get("baggage"), Some("user=alice"));
/// assert_eq!(request["_meta"], json!({ "progressToken": 7, "baggage": "user=alice" }));
/// ```
///
/// [Model Context Protocol]: https://modelcontextprotocol.io/
#[derive(Clone, Copy, Debug)]
pub struct JsonMap<T>(pub T);

impl Extractor for JsonMap<&Map<String, Value>> {
    fn get(&self, key: &str) -> Option<&str> {
        let exact = self.0.get(key).and_then(Value::as_str);
        exact.or_else(|| {
            let mut members = self.0.iter();
            members.find_map(|(name, value)| value.as_str().filter(|_| is_same(name, key)))
        })
    }

    fn keys(&self) -> Vec<&str> {
        let strings = self.0.iter().filter(|(_, value)| value.is_string());
        strings.map(|(name, _)| name.as_str()).collect()
    }
}

impl Injector for JsonMap<&mut Map<String, Value>> {
    fn set(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), Value::String(value));
    }
}

impl ReusableInjector for JsonMap<&mut Map<String, Value>> {
    fn remove(&mut self, key: &str) {
        self.0
            .retain(|name, value| !(value.is_string() && is_same(name, key)));
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.0
            .retain(|name, value| !(value.is_string() && has_prefix(name, prefix)));
    }
}

fn is_same(name: &str, key: &str) -> bool {
    name.eq_ignore_ascii_case(key)
}
