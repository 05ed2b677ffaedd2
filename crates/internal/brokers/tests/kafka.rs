//! Kafka, with the mock cluster of librdkafka, which implements Kafka's protocol over TCP.

use std::time::Duration;

use brokers::{scenario, Broker};
use opentelemetry::{global, Context};
use opentelemetry_carriers::{KafkaHeaders, ReusableInjector};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::ClientConfig;

struct Kafka {
    producer: FutureProducer,
    orders: StreamConsumer,
}

impl Broker for Kafka {
    type Headers = OwnedHeaders;

    async fn send(&mut self, headers: Option<OwnedHeaders>, body: &str) {
        let mut record = FutureRecord::<(), str>::to("orders").payload(body);
        if let Some(headers) = headers {
            record = record.headers(headers);
        }
        let delivered = self.producer.send(record, Duration::from_secs(10));
        delivered.await.unwrap();
    }

    async fn receive(&mut self) -> (Option<OwnedHeaders>, String) {
        let message = self.orders.recv().await.unwrap();
        let body = message.payload_view::<str>().unwrap().unwrap().to_owned();
        (message.headers().map(|it| it.detach()), body)
    }

    fn foreign(name: &str, value: &str) -> OwnedHeaders {
        OwnedHeaders::new().insert(Header {
            key: name,
            value: Some(value),
        })
    }

    fn replace_context(headers: &mut OwnedHeaders, cx: &Context) {
        let mut carrier = KafkaHeaders(headers);
        global::get_text_map_propagator(|it| carrier.replace_context(it, cx));
    }

    fn extract(headers: Option<&OwnedHeaders>) -> Context {
        global::get_text_map_propagator(|it| {
            it.extract_with_context(&Context::new(), &KafkaHeaders::read(headers))
        })
    }

    fn names(headers: &OwnedHeaders) -> Vec<String> {
        headers.iter().map(|it| it.key.to_owned()).collect()
    }
}

#[tokio::test]
async fn kafka_carries_the_trace() {
    let cluster = MockCluster::new(1).unwrap();
    // One partition, so that messages arrive in the order of sending.
    cluster.create_topic("orders", 1, 1).unwrap();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", cluster.bootstrap_servers());
    let producer = config.create().unwrap();
    config
        .set("group.id", "test")
        .set("auto.offset.reset", "earliest");
    let orders: StreamConsumer = config.create().unwrap();
    orders.subscribe(&["orders"]).unwrap();
    scenario::run(&mut Kafka { producer, orders }).await;
}
