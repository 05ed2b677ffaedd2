//! Messages in which the last value of a name wins.

use opentelemetry::propagation::Extractor;

/// Reads only the last value of each name.
///
/// It wraps any other carrier. By Kafka's convention the last header of a name wins, and a client
/// that sends a message again may append headers without removing the earlier ones. A list on
/// several lines, such as `baggage` in HTTP, needs all of them, so do not use it there. If a
/// `baggage` is not UTF-8, only the members after the last invalid one are read.
///
/// # Examples
///
/// ```
/// use opentelemetry::propagation::Extractor;
/// use opentelemetry_carriers::{LastValue, MessageHeaders};
///
/// let headers = [("traceparent", "first"), ("traceparent", "last")];
/// assert_eq!(MessageHeaders(&headers).get("traceparent"), Some("first"));
/// assert_eq!(LastValue(MessageHeaders(&headers)).get("traceparent"), Some("last"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LastValue<T>(pub T);

impl<T: Extractor> Extractor for LastValue<T> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get_all(key)?.pop()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        self.get(key).map(|value| vec![value])
    }
}
