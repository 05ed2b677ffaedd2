//! The program of docs/guides/lambda.md, for tests/lambda.rs.

include!(concat!(env!("OUT_DIR"), "/lambda.rs"));
