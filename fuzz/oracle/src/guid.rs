//! GUIDs as text.

use super::regex;

/// The 32 lower-case digits of a GUID that stands as 32 digits or hyphenated (8-4-4-4-12).
pub fn simple_or_hyphenated(text: &str) -> Option<String> {
    let forms = regex!(
        "^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$"
    );
    forms
        .is_match(text)
        .then(|| text.replace('-', "").to_lowercase())
}

/// The 32 lower-case digits of a GUID in one of .NET's forms `N`, `D`, `B` (`{…}`), `P` (`(…)`).
pub fn dotnet(text: &str) -> Option<String> {
    let braced = regex!(r"^(?:\{(.*)\}|\((.*)\))$");
    match braced.captures(text) {
        Some(inside) => inside
            .get(1)
            .or(inside.get(2))
            .map(|inside| inside.as_str())
            .filter(|inside| inside.contains('-'))
            .and_then(simple_or_hyphenated),
        None => simple_or_hyphenated(text),
    }
}

/// 32 digits as a hyphenated GUID.
pub fn hyphenated(digits: &str) -> String {
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
    parts.join("-")
}
