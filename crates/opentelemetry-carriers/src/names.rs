//! Names for brokers that restrict them.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use opentelemetry::propagation::{Extractor, Injector};

use crate::ReusableInjector;

/// Writes and reads names that consist of `a`–`z`, `0`–`9` and `_` only.
///
/// Some brokers restrict the names of headers. A JMS property, for example, is named like a Java
/// variable, which cannot contain `-`. This adapter wraps any other carrier and translates the names
/// in both directions:
///
/// | in the name | written as |
/// |---|---|
/// | `a`–`z`, `0`–`9` | unchanged |
/// | `A`–`Z` | lower case |
/// | `-` | `_` |
/// | any other byte, and a `-` after a `_` | `__` and its two hex digits |
///
/// `x-kontur-trace-id` becomes `x_kontur_trace_id`. Every name can be translated back, and two names
/// that differ in more than case never collide.
///
/// # Conventions
///
/// There is no standard for such names. Two conventions are read, and one is written:
///
/// | | `sentry-trace` | written |
/// |---|---|---|
/// | this crate | `sentry_trace` | by default |
/// | the Java agents of OpenTelemetry and Datadog, for JMS | `sentry__dash__trace` | with [`java_agent`](Self::java_agent) |
///
/// `traceparent`, `tracestate` and `baggage` are the same in both. If a message has both spellings of
/// a name, that of this crate is read. `set` and `remove` remove both.
///
/// `get`, `get_all` and `set` translate names of up to 64 bytes without allocating. `keys` returns
/// the original names. It skips names of neither convention.
///
/// # Examples
///
/// ```
/// use opentelemetry::propagation::{Extractor, Injector};
/// use opentelemetry_carriers::{MessageHeaders, RestrictedNames};
///
/// let mut headers: Vec<(String, Vec<u8>)> = vec![];
/// RestrictedNames::new(MessageHeaders(&mut headers)).set("sentry-trace", "…".to_owned());
/// assert_eq!(headers[0].0, "sentry_trace");
///
/// let carrier = RestrictedNames::new(MessageHeaders(&headers));
/// assert_eq!(carrier.get("Sentry-Trace"), Some("…"));
/// assert_eq!(carrier.keys(), ["sentry-trace"]);
/// ```
#[derive(Clone)]
pub struct RestrictedNames<T> {
    carrier: T,
    java_agent: bool,
    /// The original names, since `keys` must return borrowed names.
    names: OnceLock<Vec<String>>,
}

impl<T> RestrictedNames<T> {
    /// Wraps a carrier whose names are restricted.
    pub fn new(carrier: T) -> Self {
        let names = OnceLock::new();
        Self {
            carrier,
            java_agent: false,
            names,
        }
    }

    /// Writes `-` as `__dash__`, as OpenTelemetry's Java agent does; off by default.
    ///
    /// ```
    /// use opentelemetry::propagation::Injector;
    /// use opentelemetry_carriers::{MessageHeaders, RestrictedNames};
    ///
    /// let mut properties: Vec<(String, Vec<u8>)> = vec![];
    /// RestrictedNames::new(MessageHeaders(&mut properties))
    ///     .java_agent(true)
    ///     .set("sentry-trace", "…".to_owned());
    /// assert_eq!(properties[0].0, "sentry__dash__trace");
    /// ```
    #[must_use]
    pub fn java_agent(mut self, written: bool) -> Self {
        self.java_agent = written;
        self
    }

    /// Returns the wrapped carrier.
    pub fn into_inner(self) -> T {
        self.carrier
    }
}

impl<T: ReusableInjector> Injector for RestrictedNames<T> {
    fn set(&mut self, key: &str, value: String) {
        let dash = if self.java_agent {
            Dash::Word
        } else {
            Dash::Underscore
        };
        self.remove(key);
        with_restricted(key, dash, |name| self.carrier.set(name, value));
    }

    #[cfg(not(opentelemetry_0_31))]
    fn reserve(&mut self, additional: usize) {
        self.carrier.reserve(additional);
    }
}

impl<T: ReusableInjector> ReusableInjector for RestrictedNames<T> {
    fn remove(&mut self, key: &str) {
        self.names.take();
        for dash in spellings(key) {
            with_restricted(key, dash, |name| self.carrier.remove(name));
        }
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.names.take();
        for dash in spellings(prefix) {
            with_restricted(prefix, dash, |it| self.carrier.remove_prefix(it));
        }
    }
}

impl<T: Extractor> Extractor for RestrictedNames<T> {
    fn get(&self, key: &str) -> Option<&str> {
        let mut spellings = spellings(key);
        spellings.find_map(|dash| with_restricted(key, dash, |name| self.carrier.get(name)))
    }

    fn keys(&self) -> Vec<&str> {
        let names = self.names.get_or_init(|| {
            let names = self.carrier.keys();
            names.into_iter().filter_map(original).collect()
        });
        names.iter().map(|name| &**name).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let mut spellings = spellings(key);
        spellings.find_map(|dash| with_restricted(key, dash, |name| self.carrier.get_all(name)))
    }
}

impl<T: fmt::Debug> fmt::Debug for RestrictedNames<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RestrictedNames")
            .field(&self.carrier)
            .finish()
    }
}

/// How a `-` is written.
#[derive(Clone, Copy, PartialEq)]
enum Dash {
    /// `_`, or `__2d` after a `_`.
    Underscore,
    /// [`DASH`].
    Word,
}

const DASH: &[u8] = b"__dash__";

/// Returns the ways to write this name, the preferred one first.
fn spellings(name: &str) -> impl Iterator<Item = Dash> {
    let word = name.contains('-').then_some(Dash::Word);
    [Dash::Underscore].into_iter().chain(word)
}

/// Calls the function with the translated name. Names of propagators fit the buffer on the stack.
fn with_restricted<R>(name: &str, dash: Dash, f: impl FnOnce(&str) -> R) -> R {
    const MAX_EXPANSION: usize = DASH.len();
    let mut buffer = [0; 64 * MAX_EXPANSION];
    let mut heap;
    let buffer = if name.len() <= 64 {
        &mut buffer[..]
    } else {
        heap = vec![0; name.len() * MAX_EXPANSION];
        &mut heap[..]
    };
    let mut len = 0;
    for byte in name.bytes() {
        let after_underscore = len > 0 && buffer[len - 1] == b'_';
        match byte.to_ascii_lowercase() {
            byte @ (b'a'..=b'z' | b'0'..=b'9') => {
                buffer[len] = byte;
                len += 1;
            }
            b'-' if dash == Dash::Word => {
                buffer[len..len + DASH.len()].copy_from_slice(DASH);
                len += DASH.len();
            }
            b'-' if !after_underscore => {
                buffer[len] = b'_';
                len += 1;
            }
            byte => {
                let digit = |it: u8| b"0123456789abcdef"[usize::from(it)];
                let escaped = [b'_', b'_', digit(byte >> 4), digit(byte & 0xf)];
                buffer[len..len + escaped.len()].copy_from_slice(&escaped);
                len += escaped.len();
            }
        }
    }
    // The buffer is ASCII, so no byte is replaced.
    let restricted: Cow<'_, str> = String::from_utf8_lossy(&buffer[..len]);
    f(&restricted)
}

/// Translates a name back, or returns `None` if it is not one that [`with_restricted`] writes.
fn original(restricted: &str) -> Option<String> {
    let mut name = Vec::with_capacity(restricted.len());
    let mut rest = restricted.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = match rest {
            // No escape begins like this: a character that begins with the byte 0xDA goes on.
            [b'_', b'_', b'd' | b'D', b'a' | b'A', b's' | b'S', b'h' | b'H', b'_', b'_', after @ ..] =>
            {
                name.push(b'-');
                after
            }
            [b'_', b'_', high, low, after @ ..]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                name.push((hex_digit(*high) << 4) | hex_digit(*low));
                after
            }
            [b'_', ..] => {
                name.push(b'-');
                after
            }
            _ => {
                name.push(byte);
                after
            }
        };
    }
    let name = String::from_utf8(name).ok()?;
    let is_written = |dash| with_restricted(&name, dash, |it| it.eq_ignore_ascii_case(restricted));
    let is_ours = spellings(&name).any(is_written);
    is_ours.then_some(name)
}

fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit.to_ascii_lowercase() - b'a' + 10,
    }
}
