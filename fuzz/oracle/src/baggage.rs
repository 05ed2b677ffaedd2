//! W3C `baggage` as a run of members, naively.

use std::collections::HashMap;

use super::{percent, regex, trim};

/// The members of lines, in order: what stands between commas, without the blanks around it, has
/// an `=` and holds only what a header value may hold.
pub fn members<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    lines
        .into_iter()
        .flat_map(|line| line.split(','))
        .map(trim)
        .filter(|member| regex!(r"^[\t\x20-\x7e]*=[\t\x20-\x7e]*$").is_match(member))
        .collect()
}

/// The key of a member.
pub fn key(member: &str) -> &str {
    trim(member.split('=').next().unwrap_or_default())
}

/// An entry of a user's baggage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key as it came.
    pub key: String,
    /// The value, decoded.
    pub value: String,
    /// The properties behind the value, as they came.
    pub properties: String,
}

/// The entry of a member: `key = value ; properties`.
pub fn entry(member: &str) -> Entry {
    let parts = regex!("^([^=]*)=([^;]*);?(.*)$");
    let parts = parts.captures(member).expect("a member has an =");
    Entry {
        key: trim(&parts[1]).to_owned(),
        value: percent::decode(trim(&parts[2])),
        properties: trim(&parts[3]).to_owned(),
    }
}

/// The members that fit into one header: at most 64, at most 8192 bytes with the commas. One that
/// does not fit is left out whole.
pub fn within_limits<'a>(members: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut taken: Vec<&str> = Vec::new();
    for member in members {
        let length: usize = taken.iter().map(|taken| taken.len() + 1).sum();
        if taken.len() < 64 && length + member.len() <= 8192 {
            taken.push(member);
        }
    }
    taken
}

/// The `baggage` that one propagator of a list wrote, and whether that was Sentry's.
#[derive(Clone, Debug)]
pub struct Written {
    /// Whether Sentry's propagator wrote it.
    pub by_sentry: bool,
    /// The header's value.
    pub value: String,
}

/// What several propagators wrote, joined: each key once, its last value counting; Sentry's
/// members first to be kept, and, when its propagator is in the list, as it wrote them.
pub fn joined(written: &[Written], sentry_is_in_the_list: bool) -> Vec<&str> {
    let counting: Vec<&str> = written
        .iter()
        .flat_map(|written| {
            members([written.value.as_str()])
                .into_iter()
                .filter(|member| written.by_sentry || !sentry_is_in_the_list || !is_sentry(member))
        })
        .collect();
    let last: HashMap<&str, usize> = counting
        .iter()
        .enumerate()
        .map(|(at, member)| (key(member), at))
        .collect();
    let once = || {
        counting
            .iter()
            .enumerate()
            .filter(|(at, member)| last[key(member)] == *at)
            .map(|(_, member)| *member)
    };
    let sentry = once().filter(|member| is_sentry(member));
    within_limits(sentry.chain(once().filter(|member| !is_sentry(member))))
}

/// Whether a member is part of Sentry's Dynamic Sampling Context.
pub fn is_sentry(member: &str) -> bool {
    key(member).starts_with("sentry-")
}
