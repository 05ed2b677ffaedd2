//! Tests alone; see `tests/`.
