//! NATS, with `nats-server`.

use std::process::Command;

use async_nats::{Client, HeaderMap, Subscriber};
use brokers::server::{free_port, Server};
use brokers::{scenario, Broker};
use futures_util::StreamExt;
use opentelemetry::{global, Context};
use opentelemetry_carriers::{NatsHeaders, ReusableInjector};

struct Nats {
    client: Client,
    orders: Subscriber,
}

impl Broker for Nats {
    type Headers = HeaderMap;

    async fn send(&mut self, headers: Option<HeaderMap>, body: &str) {
        let body = body.to_owned().into();
        match headers {
            Some(it) => self.client.publish_with_headers("orders", it, body).await,
            None => self.client.publish("orders", body).await,
        }
        .unwrap();
    }

    async fn receive(&mut self) -> (Option<HeaderMap>, String) {
        let message = self.orders.next().await.unwrap();
        let body = String::from_utf8(message.payload.to_vec()).unwrap();
        (message.headers, body)
    }

    fn foreign(name: &str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value);
        headers
    }

    fn replace_context(headers: &mut HeaderMap, cx: &Context) {
        let mut carrier = NatsHeaders(headers);
        global::get_text_map_propagator(|it| carrier.replace_context(it, cx));
    }

    fn extract(headers: Option<&HeaderMap>) -> Context {
        global::get_text_map_propagator(|it| {
            it.extract_with_context(&Context::new(), &NatsHeaders(headers))
        })
    }

    fn names(headers: &HeaderMap) -> Vec<String> {
        let lines = headers.iter();
        lines
            .flat_map(|(name, values)| values.iter().map(|_| name.to_string()))
            .collect()
    }
}

#[tokio::test]
async fn nats_carries_the_trace() {
    let port = free_port().to_string();
    let mut command = Command::new("nats-server");
    command.args([
        "--addr",
        "127.0.0.1",
        "--port",
        &port,
        "--log",
        "/dev/stdout",
    ]);
    let _server = Server::start(&mut command, "Server is ready");

    let client = async_nats::connect(format!("127.0.0.1:{port}"))
        .await
        .unwrap();
    let orders = client.subscribe("orders").await.unwrap();
    scenario::run(&mut Nats { client, orders }).await;
}
