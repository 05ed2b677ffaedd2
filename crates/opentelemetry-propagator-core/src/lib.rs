// Links of the README. The first definition applies: here they lead to the items of this version, and
// on the page of the repository to docs.rs.
//! [`MemberList`]: baggage::MemberList
//! [`Request`]: Request
//! [`parse_any`]: parse_any()
//! [`Format`]: Format
//! [`ParentMerger`]: ParentMerger
//! [`RemoteParent`]: RemoteParent
//! [`Guid`]: Guid
//! [`decode_hex`]: decode_hex()
//! [`trim_ows`]: trim_ows()
//! [`parse_first`]: parse_first()
//! [`baggage`]: mod@baggage
//! [`ParseIdError`]: ParseIdError
//!
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
mod kept;
mod merge;
mod padded;
mod request;
mod suppression;
mod text;

pub use carrier::{parse_any, parse_first};
pub use format::{extract_alone, inject_alone, Format};
pub use guid::Guid;
pub use hex::decode_hex;
pub use id_error::ParseIdError;
pub use kept::{keep, kept};
pub use merge::{
    derived_span_id, is_deferred, is_random, is_same_trace, other_parents, verbatim_trace_state,
    ParentMerger, RemoteParent, StatedTraceState,
};
pub use padded::decode_padded_hex;
pub use request::Request;
pub use suppression::{is_suppressed, suppress};
pub use text::trim_ows;

/// What only the formats of this family call, and what exists for speed alone. It may change in any
/// version.
#[doc(hidden)]
pub mod internal {
    pub use crate::baggage::{are_valid_properties, has_prefix, push_properties};
    pub use crate::baggage_headers::{copy as copy_baggage, BaggageEntries, BaggageHeaders};
    pub use crate::carrier::{elements, parse_any_element};
    pub use crate::guid::{decode_guids, GUIDS_LEN};
    pub use crate::hex::{
        decode_ids, decode_lower_hex, encode_hex, hex_string, push_hex, push_ids, IDS_LEN,
    };
    pub use crate::merge::is_undecided;
}
