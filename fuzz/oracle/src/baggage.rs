//! W3C `baggage` as a list of members, naively.

use std::collections::{BTreeMap, HashMap};

use super::{percent, trim};

/// Returns the members of lines, in order: the parts between commas, without the whitespace around
/// them, that contain `=` and only bytes that a header value may contain.
pub fn members<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    lines
        .iter()
        .flat_map(|line| line.split(','))
        .map(trim)
        .filter(|member| member.contains('='))
        .filter(|member| member.chars().all(|c| matches!(c, '\t' | ' '..='~')))
        .collect()
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

/// Returns the entry of a member: `key = value ; properties`. The key is a token of HTTP.
pub fn entry(member: &str) -> Option<Entry> {
    let (pair, properties) = member.split_once(';').unwrap_or((member, ""));
    let (key, value) = pair.split_once('=')?;
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let key = trim(key);
    (!key.is_empty() && key.chars().all(is_token)).then(|| Entry {
        key: key.to_owned(),
        value: percent::decode(trim(value)),
        properties: trim(properties).to_owned(),
    })
}

/// Reads the entries of an application from all lines: those within the limits. Members whose keys
/// begin with `reserved` belong to somebody else and do not count. If a key repeats, the last value
/// wins.
pub fn read(lines: &[&str], reserved: Option<&str>) -> BTreeMap<String, Entry> {
    let is_ours = |key: &str| reserved.is_none_or(|prefix| !key.starts_with(prefix));
    let mut members = members(lines);
    members.retain(|member| entry(member).is_some_and(|entry| is_ours(&entry.key)));
    let entries = within_limits(&members).into_iter().filter_map(entry);
    entries.map(|entry| (entry.key.clone(), entry)).collect()
}

/// Writes entries after the members of a list. The `=` within values is encoded, unless the list
/// would exceed a limit: then it is not, and the members that fit are added in the order of their
/// keys. All others are added in any order.
pub fn write(list: &[&str], entries: &BTreeMap<String, Entry>) -> Vec<String> {
    let encode = |byte: u8, special: &[u8]| {
        if matches!(byte, b' '..=b'~') && !special.contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    let member = |entry: &Entry, special: &[u8]| {
        let value = entry.value.bytes().map(|byte| encode(byte, special));
        let mut member = format!("{}={}", entry.key, value.collect::<String>());
        if !entry.properties.is_empty() {
            member.push(';');
            for byte in entry.properties.bytes() {
                match byte {
                    b'\t' => member.push('\t'),
                    _ => member += &encode(byte, b"\"\\,"),
                }
            }
        }
        member
    };
    let written = |special: &[u8]| {
        let ours = entries.values().map(|entry| member(entry, special));
        list.iter()
            .map(|member| (*member).to_owned())
            .chain(ours)
            .collect::<Vec<_>>()
    };
    let fitting = |members: &[String]| -> Vec<String> {
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        within_limits(&members)
            .into_iter()
            .map(str::to_owned)
            .collect()
    };
    let all = written(b" \"%,;\\=");
    if fitting(&all).len() == all.len() {
        return all;
    }
    fitting(&written(b" \"%,;\\"))
}

/// Returns the members that fit into one header: at most 64, and at most 8192 bytes including the
/// commas. A member that does not fit is left out whole.
pub fn within_limits<'a>(members: &[&'a str]) -> Vec<&'a str> {
    let mut taken: Vec<&str> = Vec::new();
    let mut length = 0;
    for &member in members {
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

/// Joins what several propagators wrote: each key once, with its last value. If Sentry's propagator
/// is in the list, its members come first, and those that others wrote are dropped.
pub fn joined(written: &[Written], sentry_is_in_the_list: bool) -> Vec<&str> {
    let candidates: Vec<&str> = written
        .iter()
        .flat_map(|written| {
            let mut members = members(&[&written.value]);
            members
                .retain(|member| written.by_sentry || !sentry_is_in_the_list || !is_sentry(member));
            members
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
    let is_owned = |member: &&str| sentry_is_in_the_list && is_sentry(member);
    let mut in_order: Vec<&str> = once().filter(is_owned).collect();
    in_order.extend(once().filter(|member| !is_owned(member)));
    within_limits(&in_order)
}

/// Whether a member is part of Sentry's Dynamic Sampling Context.
pub fn is_sentry(member: &str) -> bool {
    key(member).starts_with("sentry-")
}
