//! What the interoperation tests stand on: the peers, the Rust service, and HTTP between them.
//!
//! ```text
//! tests ──(headers of a Rust trace)──▶ peer: what did you read?
//! tests ──(send one to this URL)─────▶ peer ──(headers of its trace)──▶ Rust service: what did
//!                                                                       you read, what would you
//!                                                                       send on?
//! ```

pub mod headers;
pub mod ids;
pub mod peer;
pub mod service;
pub mod tracer;
