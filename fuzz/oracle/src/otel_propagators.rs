//! `OTEL_PROPAGATORS`, naively.

/// What a list comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The names to use, in their order.
    pub names: Vec<String>,
    /// The names that are unknown, in every list that was looked at.
    pub unknown: Vec<String>,
}

/// Reads a list: names in lower case, each once, `none` for none at all; where nothing is left of
/// it, what `default` says, and where nothing is left of that, `tracecontext,baggage`.
pub fn names(list: &str, default: &str, known: &[String]) -> Names {
    let mut unknown = Vec::new();
    for list in [list, default, "tracecontext,baggage"] {
        let mut names: Vec<String> = Vec::new();
        for name in list.split(',').map(normal) {
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        let is_none = names.iter().any(|name| name == "none");
        names.retain(|name| name != "none");
        let (used, others): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|name| known.contains(name));
        unknown.extend(others);
        if is_none {
            return Names {
                names: Vec::new(),
                unknown,
            };
        }
        if !used.is_empty() {
            return Names {
                names: used,
                unknown,
            };
        }
    }
    unreachable!("tracecontext and baggage are known");
}

/// A name without the blanks around it, in lower case.
pub fn normal(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}
