//! Headers of Kafka messages.

use std::mem;
use std::panic::{catch_unwind, AssertUnwindSafe};

use opentelemetry::propagation::Injector;
use rdkafka::message::{Header, Headers, OwnedHeaders};

use crate::lines::{extract_from_lines, Line};
use crate::ReusableInjector;

/// Reads and writes the headers of a Kafka message, as the `rdkafka` crate holds them.
///
/// Wrap `message.headers()` to extract, and `&mut OwnedHeaders` to inject. The former is an `Option`,
/// because a message may have no headers. Names are compared without case. `set` replaces all headers
/// of a name, and `get_all` returns all of them. Values that are null or not UTF-8 are skipped. A name
/// with a NUL character is left out, because librdkafka would cut it there.
///
/// # Panics inside rdkafka
///
/// rdkafka panics when it reads a header whose name is not UTF-8, and any producer can send one.
/// Extraction catches that panic and skips the header. The panic hook still runs.
///
/// # Examples
///
/// ```
/// use opentelemetry::{global, Context};
/// use opentelemetry_carriers::{KafkaHeaders, ReusableInjector};
/// use rdkafka::message::{Message, OwnedHeaders};
/// use rdkafka::producer::BaseRecord;
///
/// fn record() -> BaseRecord<'static, str, str> {
///     let mut headers = OwnedHeaders::new();
///     global::get_text_map_propagator(|it| {
///         KafkaHeaders(&mut headers).replace_context(it, &Context::current());
///     });
///     BaseRecord::to("orders").payload("one").headers(headers)
/// }
///
/// fn sent_in(message: &impl Message) -> Context {
///     global::get_text_map_propagator(|it| it.extract(&KafkaHeaders(message.headers())))
/// }
/// # record();
/// # let message = rdkafka::message::OwnedMessage::new(
/// #     None, None, String::new(), rdkafka::Timestamp::NotAvailable, 0, 0, None,
/// # );
/// # sent_in(&message);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct KafkaHeaders<T>(pub T);

impl<'a, H: Headers> KafkaHeaders<Option<&'a H>> {
    fn lines(&self) -> impl Iterator<Item = Line<'a>> {
        let readable = self.0.into_iter().flat_map(|headers| {
            let indices = 0..headers.count();
            indices.filter_map(move |at| header(headers, at))
        });
        readable.filter_map(|it| Some((it.key, it.value?)))
    }
}

extract_from_lines!(['a, H: Headers] KafkaHeaders<Option<&'a H>>);

fn header<H: Headers>(headers: &H, at: usize) -> Option<Header<'_, &[u8]>> {
    // Reading does not change the headers, so they are intact after a panic.
    catch_unwind(AssertUnwindSafe(|| headers.try_get(at))).ok()?
}

impl Injector for KafkaHeaders<&mut OwnedHeaders> {
    fn set(&mut self, key: &str, value: String) {
        if key.contains('\0') {
            return;
        }
        self.remove(key);
        let headers = mem::take(self.0);
        *self.0 = headers.insert(Header {
            key,
            value: Some(&value),
        });
    }
}

impl ReusableInjector for KafkaHeaders<&mut OwnedHeaders> {
    fn remove(&mut self, key: &str) {
        let is_other = |it: &Header<'_, &[u8]>| !it.key.eq_ignore_ascii_case(key);
        let count = self.0.count();
        let others = || {
            (0..count)
                .filter_map(|at| header(self.0, at))
                .filter(is_other)
        };
        if others().count() == count {
            return;
        }
        let kept = OwnedHeaders::new_with_capacity(count);
        *self.0 = others().fold(kept, OwnedHeaders::insert);
    }
}
