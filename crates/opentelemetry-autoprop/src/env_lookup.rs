//! The type of a function that looks up environment variables.

use std::sync::Arc;

/// Looks up an environment variable by its name.
pub(crate) type EnvLookup = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;
