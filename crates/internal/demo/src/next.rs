//! The client: calls the next service over HTTP or gRPC, depending on its address.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Client, Method, Request, Url};
use tonic::transport::{Channel, Endpoint};
use tower::{ServiceBuilder, ServiceExt};
use tower_otel::trace::{Grpc, GrpcLayer, Http, HttpLayer};
use tracing::Level;

use crate::proto::hop_client::HopClient;
use crate::proto::NextRequest;

const TIMEOUT: Duration = Duration::from_secs(10);

/// The next service: `http://HOST:PORT/PATH`, or `grpc://HOST:PORT` for `demo.Hop/Next`.
///
/// It must be created inside a Tokio runtime, which runs its connections.
///
/// ```
/// use demo::next::Next;
///
/// # let _runtime = tokio::runtime::Runtime::new()?.enter();
/// let next = Next::new("http://127.0.0.1:8080/next", "")?;
/// assert!(Next::new("8080", "").is_err());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Debug)]
pub enum Next {
    /// Sends a `GET` request to the address.
    Http(Http<Client>, Url),
    /// Calls `demo.Hop/Next`.
    Grpc(HopClient<Grpc<Channel>>),
}

impl Next {
    /// Calls the next service and returns the text of its response.
    ///
    /// # Errors
    ///
    /// If it cannot be reached, or if its response is an error.
    pub async fn call(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        match self {
            Next::Http(client, url) => {
                let request = Request::new(Method::GET, url.clone());
                let response = client.clone().oneshot(request).await?;
                Ok(response.error_for_status()?.text().await?)
            }
            Next::Grpc(client) => {
                let response = client.clone().next(NextRequest {}).await?;
                Ok(response.into_inner().text)
            }
        }
    }

    /// Creates the client of an address. It adds the headers, lines of `NAME: VALUE`, to each request
    /// over HTTP.
    ///
    /// # Errors
    ///
    /// If the address or a header is invalid.
    pub fn new(address: &str, headers: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        if let Some(authority) = address.strip_prefix("grpc://") {
            let channel = Endpoint::from_shared(format!("http://{authority}"))?
                .timeout(TIMEOUT)
                .connect_lazy();
            let client = GrpcLayer::client(Level::INFO);
            let channel = ServiceBuilder::new().layer(client).service(channel);
            return Ok(Next::Grpc(HopClient::new(channel)));
        }
        let mut added = HeaderMap::new();
        for line in headers.lines() {
            let (name, value) = line.split_once(": ").ok_or("expected NAME: VALUE")?;
            added.append(name.parse::<HeaderName>()?, value.parse()?);
        }
        let client = Client::builder()
            .timeout(TIMEOUT)
            .default_headers(added)
            .build()?;
        let client = ServiceBuilder::new()
            .layer(HttpLayer::client(Level::INFO))
            .service(client);
        Ok(Next::Http(client, address.parse()?))
    }
}
