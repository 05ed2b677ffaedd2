//! Members of W3C `baggage`, and lists of them within W3C's limits.
//!
//! ```text
//! baggage: userId=42,sentry-release=shop%401.0,tenant=kontur;ttl=30
//!          ^^^^^^^^^ a member              key ^^^^^^ ^^^^^^ value ^^^^^^ properties
//! ```
//!
//! [`Members`] splits the header of a request, and a [`MemberList`] is written to one. Members are
//! not decoded, so that they can be forwarded verbatim.
//!
//! Source: W3C Baggage, sections 3.2 (format) and 3.3 (limits).

mod grammar;
mod list;
mod member;
mod members;

pub use list::{MemberList, HEADER, MAX_BYTES, MAX_MEMBERS};
pub use member::Member;
pub use members::Members;

#[doc(hidden)]
pub use grammar::{are_valid_properties, has_prefix, push_properties};
