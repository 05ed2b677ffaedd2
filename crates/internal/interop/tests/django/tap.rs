//! A recorder between two services, which forwards each request with its headers.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{header, HeaderMap, StatusCode};
use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The time after which a chain counts as hung, even on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(180);

/// Records the headers of every request, and forwards it to the next service, if there is one.
#[derive(Debug)]
pub(crate) struct Tap {
    address: String,
    wire: Arc<Wire>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Wire {
    next: Option<String>,
    client: reqwest::Client,
    received: Mutex<Vec<HeaderMap>>,
}

impl Tap {
    /// Starts a recorder on a free port.
    pub(crate) async fn start(next: Option<String>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let wire = Arc::new(Wire {
            next,
            client: client(),
            received: Mutex::default(),
        });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&wire));
        let server = tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        Tap {
            address,
            wire,
            server,
        }
    }

    /// Returns the URL at which the recorder listens.
    pub(crate) fn url(&self) -> &str {
        &self.address
    }

    /// Returns the headers of the requests since the last call.
    pub(crate) fn take(&self) -> Vec<HeaderMap> {
        std::mem::take(&mut self.wire.received.lock().unwrap())
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Returns an HTTP client for loopback.
pub(crate) fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().timeout(TIMEOUT).no_proxy();
    builder.build().expect("the options are valid")
}

async fn pass(State(wire): State<Arc<Wire>>, mut headers: HeaderMap) -> (StatusCode, String) {
    wire.received.lock().unwrap().push(headers.clone());
    let Some(next) = &wire.next else {
        return (StatusCode::OK, "the end".to_owned());
    };
    headers.remove(header::HOST);
    match wire.client.get(next).headers(headers).send().await {
        Ok(response) => {
            let status = response.status();
            (status, response.text().await.unwrap_or_default())
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()),
    }
}
