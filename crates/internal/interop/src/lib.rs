//! The infrastructure of the interoperation tests: the peers, the Rust service, and HTTP between
//! them.
//!
//! ```text
//! tests ──(headers of a Rust trace)──▶ peer, which responds with what it read
//! tests ──(order to send a request)──▶ peer ──(headers of its trace)──▶ Rust service, which responds
//!                                                                       with what it read, and with
//!                                                                       the headers it would send
//! ```

pub mod headers;
pub mod ids;
pub mod peer;
pub mod service;
pub mod tracer;
