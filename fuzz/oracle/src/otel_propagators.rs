//! A naive implementation of `OTEL_PROPAGATORS`.

use std::collections::HashSet;

/// The propagators that a list contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The names that are used, in their order.
    pub names: Vec<String>,
    /// The unknown names of all lists that were read.
    pub unknown: Vec<String>,
}

/// Reads a list of names, which are used in lower case and once each. `none` means no propagator.
/// If the list contains no known name, `default` is used, and after that `tracecontext,baggage`.
pub fn names(list: &str, default: &str, known: &[String]) -> Names {
    let mut unknown = Vec::new();
    for list in [list, default, "tracecontext,baggage"] {
        let mut used = Vec::new();
        let mut seen = HashSet::new();
        for name in list.split(',').map(normal) {
            if name.is_empty() || !seen.insert(name.clone()) || name == "none" {
                continue;
            }
            match known.contains(&name) {
                true => used.push(name),
                false => unknown.push(name),
            }
        }
        let is_none = seen.contains("none");
        if is_none || !used.is_empty() {
            let names = if is_none { Vec::new() } else { used };
            return Names { names, unknown };
        }
    }
    unreachable!("tracecontext and baggage are known");
}

/// Returns a name without the whitespace around it, in lower case.
pub fn normal(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}
