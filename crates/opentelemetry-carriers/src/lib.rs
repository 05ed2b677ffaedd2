// Links of the README. The first definition applies: here they lead to the items of this version, and
// on the page of the repository to docs.rs.
//! [`EnvExtractor`]: EnvExtractor
//! [`EnvInjector`]: EnvInjector
//! [`LastValue`]: LastValue
//! [`MessageHeaders`]: MessageHeaders
//! [`RestrictedNames`]: RestrictedNames
//! [`replace_context`]: ReusableInjector::replace_context
//! [sentry_baggage]: EnvInjector::sentry_baggage
#![cfg_attr(feature = "lapin", doc = "[`AmqpHeaders`]: AmqpHeaders")]
#![cfg_attr(feature = "json", doc = "[`AwsMessage`]: AwsMessage")]
#![cfg_attr(feature = "tonic", doc = "[`GrpcMetadata`]: GrpcMetadata")]
#![cfg_attr(feature = "http", doc = "[`HttpHeaders`]: HttpHeaders")]
#![cfg_attr(feature = "tower", doc = "[`JoinLines`]: JoinLines")]
#![cfg_attr(feature = "json", doc = "[`JsonMap`]: JsonMap")]
#![cfg_attr(feature = "rdkafka", doc = "[`KafkaHeaders`]: KafkaHeaders")]
#![cfg_attr(feature = "async-nats", doc = "[`NatsHeaders`]: NatsHeaders")]
#![cfg_attr(feature = "tower", doc = "[`OwnHosts`]: OwnHosts")]
#![cfg_attr(feature = "tower", doc = "[`ResponseLayer`]: response::ResponseLayer")]
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "lapin")]
mod amqp;
#[cfg(feature = "json")]
mod aws;
mod env;
#[cfg(feature = "tonic")]
mod grpc;
#[cfg(feature = "http")]
mod http_headers;
#[cfg(any(feature = "http", feature = "tonic"))]
mod http_lines;
#[cfg(feature = "tower")]
mod join_lines;
#[cfg(feature = "json")]
mod json_map;
#[cfg(feature = "rdkafka")]
mod kafka;
#[cfg(any(feature = "http", feature = "tonic"))]
mod known_names;
mod last_value;
mod limited;
mod lines;
mod message;
mod names;
#[cfg(feature = "async-nats")]
mod nats;
#[cfg(feature = "tower")]
mod own_hosts;
#[cfg(feature = "tower")]
pub mod response;
mod reuse;

#[cfg(feature = "lapin")]
#[cfg_attr(docsrs, doc(cfg(feature = "lapin")))]
pub use amqp::AmqpHeaders;
#[cfg(feature = "json")]
#[cfg_attr(docsrs, doc(cfg(feature = "json")))]
pub use aws::AwsMessage;
pub use env::{env_name, EnvExtractor, EnvInjector, EnvTarget};
#[cfg(feature = "tonic")]
#[cfg_attr(docsrs, doc(cfg(feature = "tonic")))]
pub use grpc::GrpcMetadata;
#[cfg(feature = "http")]
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
pub use http_headers::HttpHeaders;
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use join_lines::{JoinLines, JoinLinesService};
#[cfg(feature = "json")]
#[cfg_attr(docsrs, doc(cfg(feature = "json")))]
pub use json_map::JsonMap;
#[cfg(feature = "rdkafka")]
#[cfg_attr(docsrs, doc(cfg(feature = "rdkafka")))]
pub use kafka::KafkaHeaders;
pub use last_value::LastValue;
pub use limited::LimitedValues;
pub use message::MessageHeaders;
pub use names::RestrictedNames;
#[cfg(feature = "async-nats")]
#[cfg_attr(docsrs, doc(cfg(feature = "async-nats")))]
pub use nats::NatsHeaders;
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use own_hosts::{OwnHosts, OwnHostsFuture, OwnHostsService, ParseHostError};
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use response::ResponseLayer;
pub use reuse::ReusableInjector;
