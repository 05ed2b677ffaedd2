//! `OTEL_PROPAGATORS`, naively.

/// The default when the variable is unset or empty, or names nothing that is known.
pub const DEFAULT: [&str; 2] = ["tracecontext", "baggage"];

/// The names of a list that are known, in its order, each once, in lower case.
pub fn names(list: Option<&str>, known: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in list.unwrap_or_default().split(',') {
        let name = name.trim().to_lowercase();
        if known.contains(&name.as_str()) && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        DEFAULT.map(str::to_owned).to_vec()
    } else {
        names
    }
}
