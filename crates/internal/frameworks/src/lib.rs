//! What a service adds so that a web framework keeps the context of a request.

pub mod poem;
pub mod salvo;
