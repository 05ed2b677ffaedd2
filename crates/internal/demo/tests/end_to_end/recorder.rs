//! A service that records the headers of its requests.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::routing::get;
use axum::Router;
use demo::proto::hop_server::{Hop, HopServer};
use demo::proto::{NextReply, NextRequest};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tonic::server::NamedService;

/// Serves HTTP and gRPC.
pub(crate) struct Recorder {
    address: SocketAddr,
    requests: mpsc::UnboundedReceiver<HeaderMap>,
}

impl Recorder {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::unbounded_channel();
        let grpc = HopServer::new(Remember(sender.clone()));
        let app = Router::new()
            .route("/", get(remember))
            .with_state(sender)
            .route_service(&format!("/{}/Next", HopServer::<Remember>::NAME), grpc);
        tokio::spawn(async { axum::serve(listener, app).await });
        Recorder { address, requests }
    }

    /// Returns the values of `DEMO_NEXT` for this service, over HTTP and over gRPC.
    pub(crate) fn addresses(&self) -> [String; 2] {
        let address = self.address;
        [format!("http://{address}/"), format!("grpc://{address}")]
    }

    pub(crate) async fn request(&mut self) -> HeaderMap {
        let request = timeout(Duration::from_secs(30), self.requests.recv()).await;
        request.expect("a request in time").expect("a request")
    }
}

async fn remember(
    State(requests): State<mpsc::UnboundedSender<HeaderMap>>,
    request: Request,
) -> &'static str {
    requests.send(request.into_parts().0.headers).unwrap();
    "remembered"
}

struct Remember(mpsc::UnboundedSender<HeaderMap>);

#[tonic::async_trait]
impl Hop for Remember {
    async fn next(
        &self,
        request: tonic::Request<NextRequest>,
    ) -> Result<tonic::Response<NextReply>, tonic::Status> {
        self.0.send(request.into_parts().0.into_headers()).unwrap();
        let text = "remembered".to_owned();
        Ok(tonic::Response::new(NextReply { text }))
    }
}
