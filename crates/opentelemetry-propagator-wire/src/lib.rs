#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod baggage;
mod id;
mod remote;

pub use id::{decode_hex, encode_hex, hex_string, Guid, ParseIdError};
pub use remote::with_remote_trace;
