//! `sentry-trace` and the Dynamic Sampling Context in `baggage`, naively.

use std::collections::HashMap;

use super::{baggage, is_zero, percent, regex, trim, Told};

/// Reads `sentry-trace`.
pub fn read_trace(value: &str) -> Option<Told> {
    let value = value.split(',').map(trim).find(|value| !value.is_empty())?;
    let sentry = regex!("^([0-9a-f]{32})-([0-9a-f]{16})(?:-([01]?))?$");
    let w3c = regex!("^00-([0-9a-f]{32})-([0-9a-f]{16})-00$");
    let found = sentry.captures(value).or_else(|| w3c.captures(value))?;
    let told = Told {
        trace_id: found[1].to_owned(),
        span_id: found[2].to_owned(),
        sampled: match found.get(3).map(|flag| flag.as_str()) {
            Some("1") => Some(true),
            Some("0") => Some(false),
            _ => None,
        },
    };
    (!is_zero(&told.trace_id) && !is_zero(&told.span_id)).then_some(told)
}

/// The members of the Dynamic Sampling Context in all `baggage` lines, as they came.
pub fn dsc<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let members = baggage::members(lines);
    baggage::within_limits(
        members
            .into_iter()
            .filter(|member| baggage::is_sentry(member)),
    )
}

/// The Dynamic Sampling Context for reading: keys without their prefix, values decoded, the last
/// of a repeated key.
pub fn items(dsc: &[&str]) -> HashMap<String, String> {
    dsc.iter()
        .map(|member| {
            let (key, value) = member.split_once('=').expect("a member has an =");
            let key = key.strip_prefix("sentry-").expect("a member of Sentry's");
            (percent::decode(key), percent::decode(value))
        })
        .collect()
}

/// Whether a trace is continued, by the organisations that the headers and the configuration name.
pub fn is_continued(incoming: Option<&str>, own: Option<&str>, strict: bool) -> bool {
    match (incoming, own) {
        (Some(incoming), Some(own)) => incoming == own,
        (None, None) => true,
        _ => !strict,
    }
}

/// The `sentry-trace` of a span.
pub fn write_trace(trace_id: &str, span_id: &str, sampled: bool) -> String {
    format!("{trace_id}-{span_id}-{}", u8::from(sampled))
}
