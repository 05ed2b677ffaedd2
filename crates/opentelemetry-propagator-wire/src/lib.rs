//! The little that the propagators for Kontur's, Vostok's and Sentry's headers share.
//!
//! - [`Guid`], [`decode_hex`], [`encode_hex`]: ids as they stand on the wire, decoded from the
//!   borrowed header without allocating;
//! - [`trim_blanks`]: a header value without the blanks around it;
//! - [`with_remote_trace`]: how a trace that a header tells of is joined to a
//!   [`Context`](opentelemetry::Context) that may hold one already;
//! - [`baggage`]: the members of W3C `baggage` lines, and a list of them within W3C's limits.
//!
//! Applications need none of this; it is for those who write a propagator for one more format.
//!
//! ```
//! use opentelemetry_propagator_wire::Guid;
//!
//! let guid: Guid = "27bb7faa-4829-4cf4-9ae6-007d70905468".parse()?;
//! assert_eq!(guid.trace_id().to_string(), "27bb7faa48294cf49ae6007d70905468");
//! assert_eq!(guid.span_id().to_string(), "27bb7faa48294cf4");
//! # Ok::<(), opentelemetry_propagator_wire::ParseIdError>(())
//! ```

pub mod baggage;
mod id;
mod remote;
mod text;

pub use id::{decode_hex, encode_hex, hex_string, push_hex, Guid, ParseIdError};
pub use remote::with_remote_trace;
pub use text::trim_blanks;
