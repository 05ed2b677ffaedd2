//! W3C `baggage` as a list of members, naively.

use std::collections::HashMap;

use super::{percent, trim};

/// Returns the members of lines, in order: the parts between commas, without the whitespace around
/// them, that contain `=` and only bytes that a header value may contain.
pub fn members<'a>(lines: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    lines
        .into_iter()
        .flat_map(|line| line.split(','))
        .map(trim)
        .filter(|member| member.contains('='))
        .filter(|member| member.chars().all(|c| matches!(c, '\t' | ' '..='~')))
}

/// Returns the key of a member.
pub fn key(member: &str) -> &str {
    trim(member.split('=').next().unwrap_or_default())
}

/// An entry of a user's baggage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, verbatim.
    pub key: String,
    /// The value, decoded.
    pub value: String,
    /// The properties after the value, verbatim.
    pub properties: String,
}

/// Returns the entry of a member: `key = value ; properties`.
pub fn entry(member: &str) -> Entry {
    let (key, rest) = member.split_once('=').expect("a member has an =");
    let (value, properties) = rest.split_once(';').unwrap_or((rest, ""));
    Entry {
        key: trim(key).to_owned(),
        value: percent::decode(trim(value)),
        properties: trim(properties).to_owned(),
    }
}

/// Returns the members that fit into one header: at most 64, and at most 8192 bytes including the
/// commas. A member that does not fit is left out whole.
pub fn within_limits<'a>(members: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut taken: Vec<&str> = Vec::new();
    let mut length = 0;
    for member in members {
        if taken.len() < 64 && length + member.len() <= 8192 {
            length += member.len() + 1;
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

/// Joins what several propagators wrote: each key once, with its last value. Sentry's members come
/// first. If its propagator is in the list, those that others wrote are dropped.
pub fn joined(written: &[Written], sentry_is_in_the_list: bool) -> Vec<&str> {
    let candidates: Vec<&str> = written
        .iter()
        .flat_map(|written| {
            members([written.value.as_str()])
                .filter(|member| written.by_sentry || !sentry_is_in_the_list || !is_sentry(member))
        })
        .collect();
    let last: HashMap<&str, usize> = candidates
        .iter()
        .enumerate()
        .map(|(at, member)| (key(member), at))
        .collect();
    let once = || {
        candidates
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
