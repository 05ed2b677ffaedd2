//! Headers of AMQP 0.9.1 messages.

use std::collections::BTreeMap;

use lapin::types::{AMQPValue, FieldTable, ShortString};
use opentelemetry::propagation::Injector;

use crate::lines::{extract_from_lines, Line};
use crate::reuse::has_prefix;
use crate::ReusableInjector;

/// Reads and writes the headers of an AMQP 0.9.1 message, as the `lapin` crate holds them.
///
/// Wrap `properties.headers().as_ref()` to extract, and `&mut FieldTable` to inject. The former is an
/// `Option`, because a message may have no headers. Names are compared without case. `set` replaces
/// all headers of a name. Strings and byte arrays are read if they are UTF-8. Values of other types,
/// such as RabbitMQ's `x-death`, are neither read nor changed. A name longer than 255 bytes is left
/// out.
///
/// # Examples
///
/// ```
/// use lapin::message::Delivery;
/// use lapin::types::FieldTable;
/// use lapin::BasicProperties;
/// use opentelemetry::{global, Context};
/// use opentelemetry_carriers::{AmqpHeaders, ReusableInjector};
///
/// fn properties() -> BasicProperties {
///     let mut headers = FieldTable::default();
///     global::get_text_map_propagator(|it| {
///         AmqpHeaders(&mut headers).replace_context(it, &Context::current());
///     });
///     BasicProperties::default().with_headers(headers)
/// }
///
/// fn sent_in(message: &Delivery) -> Context {
///     let headers = AmqpHeaders(message.properties.headers().as_ref());
///     global::get_text_map_propagator(|it| it.extract(&headers))
/// }
/// # properties();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AmqpHeaders<T>(pub T);

impl<'a> AmqpHeaders<Option<&'a FieldTable>> {
    fn lines(&self) -> impl Iterator<Item = Line<'a>> {
        let headers = self.0.into_iter().flatten();
        headers.filter_map(|(name, value)| Some((name.as_str(), bytes(value)?)))
    }
}

extract_from_lines!(['a] AmqpHeaders<Option<&'a FieldTable>>);

fn bytes(value: &AMQPValue) -> Option<&[u8]> {
    match value {
        AMQPValue::LongString(it) => Some(it.as_bytes()),
        AMQPValue::ShortString(it) => Some(it.as_str().as_bytes()),
        AMQPValue::ByteArray(it) => Some(it.as_slice()),
        _ => None,
    }
}

impl Injector for AmqpHeaders<&mut FieldTable> {
    fn set(&mut self, key: &str, value: String) {
        if let Ok(name) = ShortString::try_new(key) {
            self.remove(key);
            self.0.insert(name, AMQPValue::LongString(value.into()));
        }
    }
}

impl ReusableInjector for AmqpHeaders<&mut FieldTable> {
    fn remove(&mut self, key: &str) {
        self.remove_where(|name| name.eq_ignore_ascii_case(key));
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.remove_where(|name| has_prefix(name, prefix));
    }
}

impl AmqpHeaders<&mut FieldTable> {
    fn remove_where(&mut self, is_removed: impl Fn(&str) -> bool) {
        let is_other = |name: &ShortString| !is_removed(name.as_str());
        let entries = self.0.inner();
        if entries.keys().all(is_other) {
            return;
        }
        // The table has no operation that removes.
        let others = entries.iter().filter(|(name, _)| is_other(name));
        let others = others.map(|(name, value)| (name.clone(), value.clone()));
        *self.0 = FieldTable::from(others.collect::<BTreeMap<_, _>>());
    }
}
