//! Reports for people and for programs.

mod escape;
pub mod json;
pub mod text;
