//! Metadata of gRPC calls.

use opentelemetry::propagation::{Extractor, Injector};
use tonic::metadata::MetadataMap;

use crate::reuse::has_prefix;
use crate::{http_lines, ReusableInjector};

/// Reads and writes the metadata of a gRPC call, a [`MetadataMap`] of tonic.
///
/// Wrap `request.metadata()` to extract and `request.metadata_mut()` to inject. `get_all` returns
/// all values of a key, and `set` replaces them. Empty values are skipped if there is another one.
/// If a `baggage` is not UTF-8, its members that are UTF-8 are returned as if they were values of
/// their own. Keys that end in `-bin` have binary values, which are neither read nor written. A
/// key or value that gRPC does not permit is left out. A lookup allocates nothing, except for the
/// `Vec` that `get_all` returns.
///
/// # Examples
///
/// ```
/// use opentelemetry::propagation::{Extractor, Injector};
/// use opentelemetry_carriers::GrpcMetadata;
/// use tonic::Request;
///
/// let mut request = Request::new(());
/// request.metadata_mut().append("baggage", "a=1".parse().unwrap());
/// request.metadata_mut().append("baggage", "b=2".parse().unwrap());
/// let carrier = GrpcMetadata(request.metadata());
/// assert_eq!(carrier.get_all("baggage"), Some(vec!["a=1", "b=2"]));
///
/// GrpcMetadata(request.metadata_mut()).set("baggage", "c=3".to_owned());
/// assert_eq!(request.metadata().get("baggage").unwrap(), "c=3");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GrpcMetadata<T>(pub T);

impl Extractor for GrpcMetadata<&MetadataMap> {
    fn get(&self, key: &str) -> Option<&str> {
        let value = http_lines::first(self.0.as_ref(), key);
        value.filter(|_| !is_binary(key))
    }

    fn keys(&self) -> Vec<&str> {
        let mut names = http_lines::names(self.0.as_ref());
        names.retain(|it| !is_binary(it));
        names
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        if is_binary(key) {
            return None;
        }
        http_lines::all(self.0.as_ref(), key)
    }
}

impl Injector for GrpcMetadata<&mut MetadataMap> {
    fn set(&mut self, key: &str, value: String) {
        if !is_binary(key) {
            http_lines::set(self.0.as_mut(), key, value);
        }
    }

    #[cfg(not(opentelemetry_0_31))]
    fn reserve(&mut self, additional: usize) {
        // Fails only for more than 32,768 keys, and then `set` leaves the key out.
        let _ = self.0.as_mut().try_reserve(additional);
    }
}

impl ReusableInjector for GrpcMetadata<&mut MetadataMap> {
    fn remove(&mut self, key: &str) {
        if !is_binary(key) {
            http_lines::remove(self.0.as_mut(), key);
        }
    }

    fn remove_prefix(&mut self, prefix: &str) {
        let is_removed = |name: &str| has_prefix(name, prefix) && !is_binary(name);
        http_lines::remove_where(self.0.as_mut(), is_removed);
    }
}

/// Whether gRPC encodes the values of this key as Base64.
fn is_binary(key: &str) -> bool {
    let suffix = key
        .len()
        .checked_sub("-bin".len())
        .map(|at| &key.as_bytes()[at..]);
    suffix.is_some_and(|it| it.eq_ignore_ascii_case(b"-bin"))
}
