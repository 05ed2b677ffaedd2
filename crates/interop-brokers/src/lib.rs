//! The message carriers against real brokers.
//!
//! [`scenario`] says what must hold, [`Broker`] is what it needs of a broker, and each file in
//! `tests/` implements that for one of them.

pub mod scenario;
pub mod server;

use opentelemetry::Context;

/// A broker with one queue, and the headers of its client's messages.
#[allow(async_fn_in_trait)] // used on one thread
pub trait Broker {
    /// The client's headers of a message.
    type Headers: Default;

    /// Sends a message, with headers of which there may be none.
    async fn send(&mut self, headers: Option<Self::Headers>, body: &str);

    /// Receives the next message: its headers, if it has any, and its body.
    async fn receive(&mut self) -> (Option<Self::Headers>, String);

    /// Makes headers of one value, as a service in another language writes them.
    fn foreign(name: &str, value: &str) -> Self::Headers;

    /// Writes the context with the carrier.
    fn replace_context(headers: &mut Self::Headers, cx: &Context);

    /// Reads a context with the carrier.
    fn extract(headers: Option<&Self::Headers>) -> Context;

    /// Returns the names of the headers, one for each value, by the client's own means.
    fn names(headers: &Self::Headers) -> Vec<String>;
}
