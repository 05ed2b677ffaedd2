//! The client: calls the next service over HTTP or gRPC, depending on its address.

use std::error::Error;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Request, Url};
use tonic::transport::{Channel, Endpoint};
use tower::{ServiceBuilder, ServiceExt};
use tower_otel::trace::{Grpc, GrpcLayer, Http, HttpLayer};
use tracing::Level;

use crate::proto::hop_client::HopClient;
use crate::proto::NextRequest;

const TIMEOUT: Duration = Duration::from_secs(60);

/// The next service: `http://HOST:PORT/PATH`, or `grpc://HOST:PORT` for `demo.Hop/Next`.
///
/// It must be created inside a Tokio runtime, which runs its connections.
///
/// ```
/// use demo::next::Next;
/// use reqwest::header::HeaderMap;
///
/// # let _runtime = tokio::runtime::Runtime::new()?.enter();
/// let next = Next::new("http://127.0.0.1:8080/next", HeaderMap::new())?;
/// assert!(Next::new("8080", HeaderMap::new()).is_err());
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
    /// Creates the client of a service. Each HTTP request also contains these headers.
    ///
    /// # Errors
    ///
    /// If the address is invalid.
    pub fn new(address: &str, headers: HeaderMap) -> Result<Self, Box<dyn Error + Send + Sync>> {
        if let Some(authority) = address.strip_prefix("grpc://") {
            let channel = Endpoint::from_shared(format!("http://{authority}"))?
                .timeout(TIMEOUT)
                .connect_lazy();
            let client = GrpcLayer::client(Level::INFO);
            let channel = ServiceBuilder::new().layer(client).service(channel);
            Ok(Next::Grpc(HopClient::new(channel)))
        } else {
            let client = Client::builder().timeout(TIMEOUT).default_headers(headers);
            let client = ServiceBuilder::new()
                .layer(HttpLayer::client(Level::INFO))
                .service(client.build()?);
            Ok(Next::Http(client, address.parse()?))
        }
    }

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
}
