//! Untrusted text on a terminal.

/// Escapes control characters and the marks that change the direction of text.
pub(super) fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let is_plain = matches!(c, '"' | '\'' | '\\');
            let escaped = (!is_plain).then(|| c.escape_debug());
            escaped.into_iter().flatten().chain(is_plain.then_some(c))
        })
        .collect()
}

/// Escapes a text and cuts it to a number of columns.
pub(super) fn fitted(text: &str, columns: usize) -> String {
    // An escaped text is never shorter, so that the rest need not be escaped.
    let start: String = text.chars().take(columns + 1).collect();
    let escaped = escaped(&start);
    if escaped.chars().count() <= columns {
        return escaped;
    }
    let cut: String = escaped.chars().take(columns.saturating_sub(1)).collect();
    format!("{cut}…")
}

/// Quotes a text as one word for a POSIX shell.
pub(super) fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
