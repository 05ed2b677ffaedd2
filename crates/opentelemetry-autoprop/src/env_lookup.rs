//! The type of a function that looks up environment variables.

/// Looks up an environment variable by its name.
pub(crate) type EnvLookup<'a> = &'a dyn Fn(&str) -> Option<String>;
