#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod baggage;
mod id;
mod remote;
mod text;

pub use id::{decode_hex, encode_hex, hex_string, push_hex, Guid, ParseIdError};
pub use remote::{holds_remote_trace, with_remote_trace};
pub use text::trim_blanks;
