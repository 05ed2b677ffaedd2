//! One trace and one decision in chains of Django services, set up as in Python's guides, and Rust
//! services.

mod chain;
mod disabled;
mod errors;
mod heads;
mod load;
mod set_up;
mod spans;
mod table;
mod tap;
mod traces;
mod undecided;
mod unsampled;
