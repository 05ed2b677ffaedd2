//! Headers of HTTP requests and responses.

use http::HeaderMap;
use opentelemetry::propagation::{Extractor, Injector};

use crate::reuse::has_prefix;
use crate::{http_lines, ReusableInjector};

/// Reads and writes an [`http::HeaderMap`].
///
/// Wrap `&headers` to extract and `&mut headers` to inject. `get` returns the first line of a
/// header, `get_all` returns all of them, and `set` replaces them. Lines that are not UTF-8 are
/// skipped, and so are empty lines if there is another one. If a `baggage` line is not UTF-8, its
/// members that are UTF-8 are returned as if they were lines of their own, up to the 64th invalid
/// one. A name or value that HTTP does not permit is left out. A lookup allocates nothing, except
/// for the `Vec` that `get_all` returns. Writing a header of a known format allocates nothing but
/// its value.
///
/// # Examples
///
/// ```
/// use http::HeaderMap;
/// use opentelemetry::propagation::{Extractor, Injector};
/// use opentelemetry_carriers::HttpHeaders;
///
/// let mut headers = HeaderMap::new();
/// headers.append("baggage", "a=1".parse().unwrap());
/// headers.append("baggage", "b=2".parse().unwrap());
/// assert_eq!(HttpHeaders(&headers).get_all("Baggage"), Some(vec!["a=1", "b=2"]));
///
/// HttpHeaders(&mut headers).set("baggage", "c=3".to_owned());
/// assert_eq!(HttpHeaders(&headers).get_all("baggage"), Some(vec!["c=3"]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HttpHeaders<T>(pub T);

impl Extractor for HttpHeaders<&HeaderMap> {
    fn get(&self, key: &str) -> Option<&str> {
        http_lines::first(self.0, key)
    }

    fn keys(&self) -> Vec<&str> {
        http_lines::names(self.0)
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        http_lines::all(self.0, key)
    }
}

impl Injector for HttpHeaders<&mut HeaderMap> {
    fn set(&mut self, key: &str, value: String) {
        http_lines::set(self.0, key, value);
    }

    #[cfg(not(opentelemetry_0_31))]
    fn reserve(&mut self, additional: usize) {
        // Fails only for more than 32,768 headers, and then `set` leaves the header out.
        let _ = self.0.try_reserve(additional);
    }
}

impl ReusableInjector for HttpHeaders<&mut HeaderMap> {
    fn remove(&mut self, key: &str) {
        http_lines::remove(self.0, key);
    }

    fn remove_prefix(&mut self, prefix: &str) {
        http_lines::remove_where(self.0, |name| has_prefix(name, prefix));
    }
}
