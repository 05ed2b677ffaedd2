//! The modules of the example `inspect`, a crate of their own so that the fuzzer follows their
//! paths as it does the library's.

#[path = "../../../crates/opentelemetry-autoprop/examples/inspect/formats.rs"]
pub mod formats;
#[path = "../../../crates/opentelemetry-autoprop/examples/inspect/headers.rs"]
pub mod headers;
#[path = "../../../crates/opentelemetry-autoprop/examples/inspect/json.rs"]
pub mod json;
#[path = "../../../crates/opentelemetry-autoprop/examples/inspect/report.rs"]
pub mod report;
#[path = "../../../crates/opentelemetry-autoprop/examples/inspect/text.rs"]
pub mod text;
