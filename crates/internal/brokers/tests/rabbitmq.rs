//! RabbitMQ, with `rabbitmq-server`.

use std::process::Command;

use brokers::server::{free_port, Server};
use brokers::{scenario, Broker};
use futures_util::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};
use opentelemetry::{global, Context};
use opentelemetry_carriers::{AmqpHeaders, ReusableInjector};

struct RabbitMq {
    channel: Channel,
    orders: Consumer,
}

impl Broker for RabbitMq {
    type Headers = FieldTable;

    async fn send(&mut self, headers: Option<FieldTable>, body: &str) {
        let mut properties = BasicProperties::default();
        if let Some(headers) = headers {
            properties = properties.with_headers(headers);
        }
        let options = BasicPublishOptions::default();
        let publish = self.channel.basic_publish(
            "".into(),
            "orders".into(),
            options,
            body.as_bytes(),
            properties,
        );
        publish.await.unwrap().await.unwrap();
    }

    async fn receive(&mut self) -> (Option<FieldTable>, String) {
        let delivery = self.orders.next().await.unwrap().unwrap();
        delivery.ack(BasicAckOptions::default()).await.unwrap();
        let headers = delivery.properties.headers().clone();
        (headers, String::from_utf8(delivery.data).unwrap())
    }

    fn foreign(name: &str, value: &str) -> FieldTable {
        let mut headers = FieldTable::default();
        headers.insert(name.into(), AMQPValue::LongString(value.into()));
        headers
    }

    fn replace_context(headers: &mut FieldTable, cx: &Context) {
        let mut carrier = AmqpHeaders(headers);
        global::get_text_map_propagator(|it| carrier.replace_context(it, cx));
    }

    fn extract(headers: Option<&FieldTable>) -> Context {
        global::get_text_map_propagator(|it| {
            it.extract_with_context(&Context::new(), &AmqpHeaders(headers))
        })
    }

    fn names(headers: &FieldTable) -> Vec<String> {
        headers.inner().keys().map(ToString::to_string).collect()
    }
}

/// Erlang's port mapper, which the server starts but does not stop.
struct PortMapper {
    port: String,
}

impl Drop for PortMapper {
    fn drop(&mut self) {
        let _ = Command::new("epmd")
            .args(["-port", &self.port, "-kill"])
            .output();
    }
}

#[tokio::test]
async fn rabbitmq_carries_the_trace() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let port = free_port();
    let mapper = PortMapper {
        port: free_port().to_string(),
    };
    // The script in /usr/sbin changes the user and then calls this one.
    let mut command = Command::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
    command
        .env("HOME", directory.path())
        .env("ERL_EPMD_PORT", &mapper.port)
        .env("RABBITMQ_NODENAME", format!("carriers-{port}@localhost"))
        .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODE_PORT", port.to_string())
        .env("RABBITMQ_DIST_PORT", free_port().to_string())
        .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", path("plugins"))
        .env("RABBITMQ_LOG_BASE", path("log"))
        .env("RABBITMQ_LOGS", path("log/rabbit.log"))
        .env("RABBITMQ_MNESIA_BASE", path("data"));
    let _server = Server::start(&mut command, "completed with 0 plugins");

    let address = format!("amqp://guest:guest@127.0.0.1:{port}/%2f");
    let connection = Connection::connect(&address, ConnectionProperties::default());
    let channel = connection.await.unwrap().create_channel().await.unwrap();
    let options = QueueDeclareOptions::default();
    let declared = channel.queue_declare("orders".into(), options, FieldTable::default());
    declared.await.unwrap();
    let options = BasicConsumeOptions::default();
    let orders = channel.basic_consume(
        "orders".into(),
        "test".into(),
        options,
        FieldTable::default(),
    );
    let orders = orders.await.unwrap();
    scenario::run(&mut RabbitMq { channel, orders }).await;
}
