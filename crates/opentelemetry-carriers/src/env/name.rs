//! Propagation keys as names of environment variables.

/// Returns the name of the environment variable that holds the value of a propagation key.
///
/// ASCII letters become upper case, every other character except digits and `_` becomes `_`, and a
/// leading digit is prefixed with `_`. An empty key becomes `_`. The rule is the "Key Name
/// Normalization" of OpenTelemetry's specification of environment variable carriers.
///
/// ```
/// use opentelemetry_carriers::env_name;
///
/// assert_eq!(env_name("traceparent"), "TRACEPARENT");
/// assert_eq!(env_name("x-kontur-trace-id"), "X_KONTUR_TRACE_ID");
/// assert_eq!(env_name("3rd.party"), "_3RD_PARTY");
/// ```
#[must_use]
pub fn env_name(key: &str) -> String {
    // Every character becomes one byte, so this is the exact size.
    let mut name = String::with_capacity(key.chars().count() + usize::from(needs_prefix(key)));
    name.extend(normalized(key).map(char::from));
    name
}

/// Returns the bytes of [`env_name`] without allocating.
pub(super) fn normalized(key: &str) -> impl Iterator<Item = u8> + '_ {
    let prefix = needs_prefix(key).then_some(b'_');
    prefix.into_iter().chain(key.chars().map(|c| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => c.to_ascii_uppercase() as u8,
        _ => b'_',
    }))
}

/// Whether normalization leaves the name of a variable unchanged.
pub(super) fn is_normalized(name: &str) -> bool {
    !needs_prefix(name) && normalized(name).eq(name.bytes())
}

fn needs_prefix(key: &str) -> bool {
    key.as_bytes().first().map_or(true, u8::is_ascii_digit)
}
