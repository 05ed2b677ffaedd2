//! Values for carriers that limit their length.

use opentelemetry::propagation::Injector;

use crate::ReusableInjector;

/// Writes only values of a limited length.
///
/// Some brokers reject a message if a value is too long. An attribute of Google's Pub/Sub, for
/// example, has at most 1024 bytes. This adapter wraps any other carrier:
///
/// - `baggage` loses as many whole members at its end as necessary. It is left out if its first
///   member is too long.
/// - Any other value that is too long is left out, because a part of it would be another value.
///
/// A value that is left out does not replace one that the carrier already has. Call
/// [`replace_context`](ReusableInjector::replace_context) if the carrier is not new.
///
/// # Examples
///
/// ```
/// use opentelemetry::propagation::Injector;
/// use opentelemetry_carriers::{LimitedValues, MessageHeaders};
///
/// let mut attributes: Vec<(String, String)> = vec![];
/// let mut carrier = LimitedValues::new(MessageHeaders(&mut attributes), 12);
/// carrier.set("baggage", "a=1,user=alice,b=2".to_owned());
/// carrier.set("tracestate", "rojo=00f067aa0ba902b7".to_owned());
/// assert_eq!(attributes, [("baggage".to_owned(), "a=1".to_owned())]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LimitedValues<T> {
    carrier: T,
    max_bytes: usize,
}

impl<T> LimitedValues<T> {
    /// Wraps a carrier whose values have at most `max_bytes` bytes.
    pub fn new(carrier: T, max_bytes: usize) -> Self {
        Self { carrier, max_bytes }
    }
}

impl<T: Injector> Injector for LimitedValues<T> {
    fn set(&mut self, key: &str, mut value: String) {
        if value.len() > self.max_bytes {
            let is_list = key.eq_ignore_ascii_case("baggage");
            // A member also fits if the comma after it does not.
            let fitting = value.as_bytes()[..=self.max_bytes].iter();
            match fitting.rev().position(|byte| *byte == b',') {
                Some(after) if is_list => value.truncate(self.max_bytes - after),
                _ => return,
            }
            value.truncate(value.trim_end_matches([' ', '\t', ',']).len());
            if value.is_empty() {
                return;
            }
        }
        self.carrier.set(key, value);
    }

    fn reserve(&mut self, additional: usize) {
        self.carrier.reserve(additional);
    }
}

impl<T: ReusableInjector> ReusableInjector for LimitedValues<T> {
    fn remove(&mut self, key: &str) {
        self.carrier.remove(key);
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.carrier.remove_prefix(prefix);
    }
}
