//! One trace and one decision in chains of Django services, set up as in Python's guides, and Rust
//! services.

mod chain;
mod errors;
mod heads;
mod set_up;
mod tap;
mod traces;
