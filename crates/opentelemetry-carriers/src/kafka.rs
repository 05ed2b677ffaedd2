//! Headers of Kafka messages.

use std::mem;
use std::panic::{catch_unwind, AssertUnwindSafe};

use opentelemetry::propagation::Injector;
use rdkafka::message::{Header, Headers, OwnedHeaders};

use crate::lines::{extract_from_lines, Line};
use crate::reuse::has_prefix;
use crate::ReusableInjector;

/// Reads and writes the headers of a Kafka message, as the `rdkafka` crate holds them.
///
/// To extract, read `message.headers()` with [`read`](KafkaHeaders::read). To inject, wrap
/// `&mut OwnedHeaders`. Names are compared without case. `set` replaces all headers of a name, and
/// `get_all` returns all of them. Values that are null or not UTF-8 are skipped. A name with a NUL
/// character is left out, because librdkafka would cut it there.
///
/// If a name repeats, Kafka's convention is that the last value wins: see [`LastValue`].
///
/// # Panics inside rdkafka
///
/// rdkafka panics when it reads a header whose name is not UTF-8, and any producer can send one.
/// Every safe function of rdkafka that reads a header has this panic, for borrowed and for detached
/// headers. It cannot be avoided, so this type catches it. The panic hook still runs, and a program
/// with `panic = "abort"` ends.
///
/// [`read`](KafkaHeaders::read) reads from both ends up to the first such header, so that a message
/// causes two panics at most. All other headers are read if there is one such header. If there are
/// several, the headers between the first and the last of them are not read. Injection reads all
/// headers and drops those.
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
///     let headers = KafkaHeaders::read(message.headers());
///     global::get_text_map_propagator(|it| it.extract(&headers))
/// }
/// # record();
/// # let message = rdkafka::message::OwnedMessage::new(
/// #     None, None, String::new(), rdkafka::Timestamp::NotAvailable, 0, 0, None,
/// # );
/// # sent_in(&message);
/// ```
///
/// [`LastValue`]: crate::LastValue
#[derive(Clone, Debug)]
pub struct KafkaHeaders<T>(pub T);

impl<'a> KafkaHeaders<Vec<(&'a str, &'a [u8])>> {
    /// Reads each header of a message once. The argument is an `Option`, because a message may have
    /// no headers.
    pub fn read<H: Headers>(headers: Option<&'a H>) -> Self {
        let Some(headers) = headers else {
            return Self(vec![]);
        };
        let count = headers.count();
        let mut read: Vec<_> = (0..count).map_while(|at| header(headers, at)).collect();
        // The header after these panics, so it is not read again.
        let end = read.len();
        let from_end = (end + 1..count).rev();
        read.extend(from_end.map_while(|at| header(headers, at)));
        read[end..].reverse();
        Self(
            read.into_iter()
                .filter_map(|it| Some((it.key, it.value?)))
                .collect(),
        )
    }

    fn lines(&self) -> impl Iterator<Item = Line<'a>> + '_ {
        self.0.iter().copied()
    }
}

extract_from_lines!(['a] KafkaHeaders<Vec<(&'a str, &'a [u8])>>);

/// Returns a header, or `None` if rdkafka panics when it reads it.
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
        self.remove_where(|name| name.eq_ignore_ascii_case(key));
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.remove_where(|name| has_prefix(name, prefix));
    }
}

impl KafkaHeaders<&mut OwnedHeaders> {
    fn remove_where(&mut self, is_removed: impl Fn(&str) -> bool) {
        let count = self.0.count();
        let readable = (0..count).filter_map(|at| header(self.0, at));
        let others: Vec<_> = readable.filter(|it| !is_removed(it.key)).collect();
        // Headers that cannot be read are dropped here, so that each of them panics once.
        if others.len() == count {
            return;
        }
        let kept = OwnedHeaders::new_with_capacity(count);
        *self.0 = others.into_iter().fold(kept, OwnedHeaders::insert);
    }
}
