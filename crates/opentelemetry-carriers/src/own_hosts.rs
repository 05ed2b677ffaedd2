//! Requests to hosts that must not receive trace headers.

mod future;
mod host;
mod layer;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
#[cfg(feature = "reqwest")]
mod redirect;

use std::sync::Arc;

pub use future::OwnHostsFuture;
use host::Host;
pub use host::ParseHostError;
pub use layer::{OwnHostsService, Target};

/// The hosts that receive trace headers. For every other host, nothing is injected.
///
/// Third parties should not receive trace ids or baggage. The spans of requests to them are recorded
/// as usual.
///
/// # Which hosts
///
/// | entry | matches |
/// |---|---|
/// | `api.example.com`, `10.0.0.1`, `[::1]` | this host with any port |
/// | `.example.com` | every host whose name ends with this text; not `example.com` itself |
/// | `api.example.com:8443`, `.example.com:8443` | the same with this port only |
///
/// Letter case is ignored. There are no other wildcards, and no part of a name matches: the entry
/// `example.com` matches neither `notexample.com` nor `example.com.evil.net`. A request without a
/// host counts as foreign.
///
/// The port of a URL without one is that of `http` or `https`.
///
/// # Which clients
///
/// - A `tower` client: this type is a [`tower_layer::Layer`]. It takes an `http::Request`, or with
///   the feature `reqwest` a `reqwest::Request`. A request of tonic's generated clients has a host
///   if the client is created with `with_origin`.
/// - `reqwest-middleware`: with the feature of this name, this type is a `Middleware`.
///
/// The layer has to be outside of the instrumentation that injects. It suppresses propagation in the
/// current context, like [`suppress_propagation_in`], so the instrumentation must use that context
/// or one that is derived from it, and the propagator must be one of `opentelemetry-autoprop`.
///
/// # Redirects
///
/// A client that follows redirects by itself repeats the headers of the request, and the layer does
/// not see the second request. With the feature `reqwest`, [`redirect_policy`](Self::redirect_policy)
/// stops reqwest before it sends trace headers to a foreign host.
///
/// # Examples
///
/// ```
/// use opentelemetry_carriers::OwnHosts;
/// use tower::ServiceBuilder;
///
/// let own_hosts = OwnHosts::new(["api.example.com", ".internal.example.com", "localhost:8080"])?;
/// assert!(own_hosts.contains("API.example.com", 443));
/// assert!(own_hosts.contains("a.b.internal.example.com", 80));
/// assert!(!own_hosts.contains("localhost", 80));
/// assert!(!own_hosts.contains("example.com", 443));
///
/// let client = ServiceBuilder::new().layer(own_hosts); // then the instrumentation and the client
/// # let _ = client.service(tower::service_fn(|_: http::Request<()>| async { Ok::<_, ()>(()) }));
/// # Ok::<(), opentelemetry_carriers::ParseHostError>(())
/// ```
///
/// [`suppress_propagation_in`]: https://docs.rs/opentelemetry-autoprop/latest/opentelemetry_autoprop/fn.suppress_propagation_in.html
#[derive(Clone, Debug)]
pub struct OwnHosts {
    hosts: Arc<[Host]>,
}

impl OwnHosts {
    /// Creates the list of the hosts that receive trace headers.
    ///
    /// # Errors
    ///
    /// If an entry is not one of those that [`OwnHosts`] lists, such as a URL, or a name with `*` or
    /// characters outside ASCII. International names are written as in a URL, `xn--…`.
    pub fn new<I>(hosts: I) -> Result<Self, ParseHostError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let hosts = hosts.into_iter().enumerate();
        let hosts = hosts.map(|(at, entry)| Host::parse(at, entry.as_ref()));
        let hosts = hosts.collect::<Result<_, _>>()?;
        Ok(Self { hosts })
    }

    /// Whether a host receives trace headers. An IPv6 address is in brackets.
    #[must_use]
    pub fn contains(&self, host: &str, port: u16) -> bool {
        self.hosts.iter().any(|it| it.matches(host, port))
    }

    fn is_own(&self, target: &impl Target) -> bool {
        let host_and_port = target.host_and_port();
        host_and_port.is_some_and(|(host, port)| self.contains(host, port))
    }
}
