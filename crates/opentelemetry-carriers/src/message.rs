//! Headers of a message as pairs of a name and bytes.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use opentelemetry::propagation::Injector;

use crate::lines::{extract_from_lines, Line};
use crate::reuse::has_prefix;
use crate::ReusableInjector;

/// Reads and writes the headers of a message, held as `(name, bytes)` pairs.
///
/// Wrap `&headers` to extract and `&mut headers` to inject:
///
/// - Reading works with every collection that iterates over `&(name, value)` or over
///   `(&name, &value)`: a slice, `Vec`, `VecDeque`, `HashMap`, `BTreeMap` and the like. A name is
///   anything that is `AsRef<str>`, a value anything that is `AsRef<[u8]>`.
/// - Writing works with `Vec`, `HashMap` and `BTreeMap`.
///
/// Names are compared without case and written as the propagators pass them, which is in lower
/// case. `set` replaces all lines of a name, `get_all` returns all of them. A value that is not
/// UTF-8 is skipped, and so is an empty one if the name has another value. If a `baggage` is not
/// UTF-8, its members that are UTF-8 are returned as if they were lines of their own. A lookup takes
/// time linear in the length of the headers. It allocates nothing, except for the `Vec` that
/// `get_all` returns.
///
/// # Examples
///
/// ```
/// use opentelemetry::propagation::{Extractor, Injector};
/// use opentelemetry_carriers::MessageHeaders;
///
/// let mut headers: Vec<(String, Vec<u8>)> = vec![
///     ("Baggage".to_owned(), b"a=1".to_vec()),
///     ("Baggage".to_owned(), b"b=2".to_vec()),
/// ];
/// assert_eq!(MessageHeaders(&headers).get_all("baggage"), Some(vec!["a=1", "b=2"]));
///
/// MessageHeaders(&mut headers).set("baggage", "c=3".to_owned());
/// assert_eq!(headers, [("baggage".to_owned(), b"c=3".to_vec())]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MessageHeaders<T>(pub T);

impl<'a, C: ?Sized> MessageHeaders<&'a C>
where
    &'a C: IntoIterator,
    <&'a C as IntoIterator>::Item: Pair<'a>,
{
    fn lines(&self) -> impl Iterator<Item = Line<'a>> {
        self.0.into_iter().map(Pair::line)
    }
}

extract_from_lines! {
    ['a, C: ?Sized] MessageHeaders<&'a C>
    where
        &'a C: IntoIterator,
        <&'a C as IntoIterator>::Item: Pair<'a>,
}

/// An item of a collection of headers. The module is private, so that no other crate implements it.
pub trait Pair<'a> {
    #[doc(hidden)]
    fn line(self) -> Line<'a>;
}

impl<'a, K: AsRef<str>, V: AsRef<[u8]>> Pair<'a> for &'a (K, V) {
    fn line(self) -> Line<'a> {
        (self.0.as_ref(), self.1.as_ref())
    }
}

impl<'a, K: AsRef<str>, V: AsRef<[u8]>> Pair<'a> for (&'a K, &'a V) {
    fn line(self) -> Line<'a> {
        (self.0.as_ref(), self.1.as_ref())
    }
}

impl<K: AsRef<str> + From<String>, V: From<String>> Injector for MessageHeaders<&mut Vec<(K, V)>> {
    fn set(&mut self, key: &str, value: String) {
        self.remove(key);
        self.0.push((key.to_owned().into(), value.into()));
    }

    #[cfg(not(opentelemetry_0_31))]
    fn reserve(&mut self, additional: usize) {
        self.0.reserve(additional);
    }
}

impl<K, V, S> Injector for MessageHeaders<&mut HashMap<K, V, S>>
where
    K: AsRef<str> + From<String> + Eq + Hash,
    V: From<String>,
    S: BuildHasher,
{
    fn set(&mut self, key: &str, value: String) {
        self.remove(key);
        self.0.insert(key.to_owned().into(), value.into());
    }

    #[cfg(not(opentelemetry_0_31))]
    fn reserve(&mut self, additional: usize) {
        self.0.reserve(additional);
    }
}

impl<K, V> Injector for MessageHeaders<&mut BTreeMap<K, V>>
where
    K: AsRef<str> + From<String> + Ord,
    V: From<String>,
{
    fn set(&mut self, key: &str, value: String) {
        self.remove(key);
        self.0.insert(key.to_owned().into(), value.into());
    }
}

impl<K: AsRef<str> + From<String>, V: From<String>> ReusableInjector
    for MessageHeaders<&mut Vec<(K, V)>>
{
    fn remove(&mut self, key: &str) {
        self.0
            .retain(|(name, _)| !name.as_ref().eq_ignore_ascii_case(key));
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.0
            .retain(|(name, _)| !has_prefix(name.as_ref(), prefix));
    }
}

impl<K, V, S> ReusableInjector for MessageHeaders<&mut HashMap<K, V, S>>
where
    K: AsRef<str> + From<String> + Eq + Hash,
    V: From<String>,
    S: BuildHasher,
{
    fn remove(&mut self, key: &str) {
        self.0
            .retain(|name, _| !name.as_ref().eq_ignore_ascii_case(key));
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.0.retain(|name, _| !has_prefix(name.as_ref(), prefix));
    }
}

impl<K, V> ReusableInjector for MessageHeaders<&mut BTreeMap<K, V>>
where
    K: AsRef<str> + From<String> + Ord,
    V: From<String>,
{
    fn remove(&mut self, key: &str) {
        self.0
            .retain(|name, _| !name.as_ref().eq_ignore_ascii_case(key));
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.0.retain(|name, _| !has_prefix(name.as_ref(), prefix));
    }
}
