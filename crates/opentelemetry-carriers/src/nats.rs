//! Headers of NATS messages.

use std::mem;

use async_nats::header::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::Injector;

use crate::lines::{extract_from_lines, Line};
use crate::reuse::has_prefix;
use crate::ReusableInjector;

/// Reads and writes the headers of a NATS message, as the `async-nats` crate holds them.
///
/// Wrap `message.headers.as_ref()` to extract, and `&mut HeaderMap` to inject. The former is an
/// `Option`, because a message may have no headers. Names are compared without case, although NATS
/// itself distinguishes it. `set` replaces all values of a name, and `get_all` returns all of them.
///
/// A name is left out if it is empty, contains `:`, or is not printable ASCII. A value is left out if
/// it contains a line break. NATS drops whitespace around a value when it delivers the message.
///
/// # Examples
///
/// ```
/// use async_nats::{Client, HeaderMap, Message, PublishError};
/// use opentelemetry::{global, Context};
/// use opentelemetry_carriers::{NatsHeaders, ReusableInjector};
///
/// async fn send(client: &Client, body: &'static str) -> Result<(), PublishError> {
///     let mut headers = HeaderMap::new();
///     global::get_text_map_propagator(|it| {
///         NatsHeaders(&mut headers).replace_context(it, &Context::current());
///     });
///     client.publish_with_headers("orders", headers, body.into()).await
/// }
///
/// fn sent_in(message: &Message) -> Context {
///     let headers = NatsHeaders(message.headers.as_ref());
///     global::get_text_map_propagator(|it| it.extract(&headers))
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NatsHeaders<T>(pub T);

impl<'a> NatsHeaders<Option<&'a HeaderMap>> {
    fn lines(&self) -> impl Iterator<Item = Line<'a>> {
        let headers = self.0.into_iter().flat_map(HeaderMap::iter);
        headers.flat_map(|(name, values)| {
            let lines = values.iter();
            lines.map(move |value| (name.as_ref(), value.as_str().as_bytes()))
        })
    }
}

extract_from_lines!(['a] NatsHeaders<Option<&'a HeaderMap>>);

impl Injector for NatsHeaders<&mut HeaderMap> {
    fn set(&mut self, key: &str, value: String) {
        let name = key.parse::<HeaderName>();
        // Checked here: the conversion from a String panics.
        let is_line = !value.contains(['\r', '\n']);
        if let (false, Ok(name), true) = (key.is_empty(), name, is_line) {
            self.remove(key);
            self.0.insert(name, HeaderValue::from(value));
        }
    }
}

impl ReusableInjector for NatsHeaders<&mut HeaderMap> {
    fn remove(&mut self, key: &str) {
        self.remove_where(|name| name.eq_ignore_ascii_case(key));
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.remove_where(|name| has_prefix(name, prefix));
    }
}

impl NatsHeaders<&mut HeaderMap> {
    fn remove_where(&mut self, is_removed: impl Fn(&str) -> bool) {
        let is_removed = |name: &HeaderName| is_removed(name.as_ref());
        if !self.0.iter().any(|(name, _)| is_removed(name)) {
            return;
        }
        // The map has no operation that removes.
        for (name, values) in mem::take(self.0).iter() {
            if is_removed(name) {
                continue;
            }
            for value in values {
                self.0.append(name.clone(), value.clone());
            }
        }
    }
}
