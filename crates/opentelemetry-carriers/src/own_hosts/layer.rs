//! The layer for `tower`.

use std::task::Poll;

use tower_layer::Layer;
use tower_service::Service;

use super::{OwnHosts, OwnHostsFuture};

impl<S> Layer<S> for OwnHosts {
    type Service = OwnHostsService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        let own_hosts = self.clone();
        OwnHostsService { inner, own_hosts }
    }
}

/// The client that the layer [`OwnHosts`] wraps around another one.
#[derive(Clone, Debug)]
pub struct OwnHostsService<S> {
    inner: S,
    own_hosts: OwnHosts,
}

impl<R: Target, S: Service<R>> Service<R> for OwnHostsService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = OwnHostsFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut std::task::Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let is_own = self.own_hosts.is_own(&request);
        OwnHostsFuture::new(is_own, || self.inner.call(request))
    }
}

/// A request whose host is known. The module is private, so that no other crate implements it.
pub trait Target {
    #[doc(hidden)]
    fn host_and_port(&self) -> Option<(&str, u16)>;
}

impl<B> Target for http::Request<B> {
    fn host_and_port(&self) -> Option<(&str, u16)> {
        let uri = self.uri();
        let default = match uri.scheme_str() {
            Some("https") => 443,
            _ => 80,
        };
        Some((uri.host()?, uri.port_u16().unwrap_or(default)))
    }
}

#[cfg(feature = "reqwest")]
impl Target for reqwest::Request {
    fn host_and_port(&self) -> Option<(&str, u16)> {
        self.url().host_and_port()
    }
}

#[cfg(feature = "reqwest")]
impl Target for reqwest::Url {
    fn host_and_port(&self) -> Option<(&str, u16)> {
        Some((self.host_str()?, self.port_or_known_default()?))
    }
}
