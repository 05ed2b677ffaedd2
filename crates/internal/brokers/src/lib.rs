//! Tests of the message carriers with real brokers.
//!
//! [`scenario`] contains the tests. Each file in `tests/` runs them with one implementation of
//! [`Broker`].

pub mod scenario;
pub mod server;

use opentelemetry::Context;

/// A broker with one queue, and the headers of its client's messages.
#[allow(async_fn_in_trait)] // used on one thread
pub trait Broker {
    /// The client's headers of a message.
    type Headers: Default;

    /// Sends a message, with or without headers.
    async fn send(&mut self, headers: Option<Self::Headers>, body: &str);

    /// Receives the next message, and returns its headers, if any, and its body.
    async fn receive(&mut self) -> (Option<Self::Headers>, String);

    /// Creates headers with one value, as a service in another language may write them.
    fn foreign(name: &str, value: &str) -> Self::Headers;

    /// Writes the context with the carrier.
    fn replace_context(headers: &mut Self::Headers, cx: &Context);

    /// Reads a context with the carrier.
    fn extract(headers: Option<&Self::Headers>) -> Context;

    /// Returns the names of the headers, one for each value, without the carrier.
    fn names(headers: &Self::Headers) -> Vec<String>;
}
