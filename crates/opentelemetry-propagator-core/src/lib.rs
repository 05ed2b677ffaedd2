#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod baggage;
mod baggage_headers;
mod carrier;
mod format;
mod guid;
mod guid_dotnet;
mod hex;
mod id_error;
mod merge;
mod padded;
mod text;

pub use baggage_headers::{BaggageEntries, BaggageHeaders};
pub use carrier::parse_first;
pub use format::{extract_alone, inject_alone, Format};
pub use guid::Guid;
pub use hex::{decode_hex, decode_lower_hex, encode_hex, hex_string, push_hex, push_ids};
pub use id_error::ParseIdError;
pub use merge::{
    derived_span_id, is_deferred, is_random, verbatim_trace_state, ParentMerger, RemoteParent,
    StatedTraceState,
};
pub use padded::decode_padded_hex;
pub use text::trim_ows;
