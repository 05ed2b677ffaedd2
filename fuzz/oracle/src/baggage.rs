//! A naive implementation of W3C `baggage` as a list of members.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::{percent, trim};

/// Returns the members of lines in order. These are the parts between commas, without the
/// whitespace around them, that contain `=` and only bytes that a header value may contain.
pub fn members<'a: 'b, 'b>(lines: &'b [&'a str]) -> impl Iterator<Item = &'a str> + 'b {
    lines
        .iter()
        .flat_map(|line| line.split(','))
        .map(trim)
        .filter(|member| member.contains('='))
        .filter(|member| member.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~')))
}

/// Returns the key of a member.
pub fn key(member: &str) -> &str {
    trim(member.split('=').next().unwrap_or_default())
}

/// An entry of an application's baggage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The key, verbatim.
    pub key: &'a str,
    /// The value, decoded.
    pub value: Cow<'a, str>,
    /// The properties after the value, verbatim.
    pub properties: &'a str,
}

/// Returns the entry of a member, `key = value ; properties`, and the length of the member without
/// the whitespace around these parts. The key is a token of HTTP.
pub fn entry(member: &str) -> Option<(Entry<'_>, usize)> {
    let (pair, properties) = member.split_once(';').unwrap_or((member, ""));
    let (key, value) = pair.split_once('=')?;
    let (key, value, properties) = (trim(key), trim(value), trim(properties));
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if key.is_empty() || !key.bytes().all(is_token) {
        return None;
    }
    let mut len = key.len() + "=".len() + value.len();
    if !properties.is_empty() {
        len += ";".len() + properties.len();
    }
    let value = percent::decode(value);
    Some((
        Entry {
            key,
            value,
            properties,
        },
        len,
    ))
}

/// Reads the entries of an application that are within the limits from all lines, in order.
/// Whitespace within members does not count toward the limits. Neither do members whose keys begin
/// with `reserved`, which belong to another format.
pub fn entries<'a: 'b, 'b>(
    lines: &'b [&'a str],
    reserved: Option<&'static str>,
) -> impl Iterator<Item = Entry<'a>> + 'b {
    let is_ours = move |key: &str| reserved.is_none_or(|prefix| !key.starts_with(prefix));
    let entries = members(lines).filter_map(entry);
    let entries = entries.filter(move |(entry, _)| is_ours(entry.key));
    within_limits(entries, |(_, len)| *len).map(|(entry, _)| entry)
}

/// Reads the entries of an application as a map. If a key repeats, the last value wins.
pub fn read<'a>(lines: &[&'a str], reserved: Option<&'static str>) -> BTreeMap<&'a str, Entry<'a>> {
    entries(lines, reserved)
        .map(|entry| (entry.key, entry))
        .collect()
}

/// Writes entries after the members of a list, in any order, with every `=` within values encoded.
/// If the list would exceed a limit, `=` is not encoded, and the members that fit are added in the
/// order of their keys.
pub fn write(list: &[&str], entries: &BTreeMap<&str, Entry<'_>>) -> Vec<String> {
    let encode = |byte: u8, special: &[u8]| {
        if matches!(byte, b' '..=b'~') && !special.contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    let member = |entry: &Entry<'_>, special: &[u8]| {
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
    let all = written(b" \"%,;\\=");
    if within_limits(&all, |member| member.len()).count() == all.len() {
        return all;
    }
    within_limits(written(b" \"%,;\\"), String::len).collect()
}

/// Returns the members that fit into one header: at most 64, and at most 8192 bytes including the
/// commas. A member that does not fit is left out as a whole.
pub fn within_limits<T>(
    members: impl IntoIterator<Item = T>,
    len: impl Fn(&T) -> usize,
) -> impl Iterator<Item = T> {
    let (mut taken, mut length) = (0, 0);
    members.into_iter().filter(move |member| {
        let fits = taken < 64 && length + len(member) <= 8192;
        if fits {
            taken += 1;
            length += len(member) + 1;
        }
        fits
    })
}

/// Whether a list consists of these members.
pub fn is_joined<'a>(list: &str, mut members: impl Iterator<Item = &'a str>) -> bool {
    if list.is_empty() {
        return members.next().is_none();
    }
    list.split(',').eq(members)
}

/// The `baggage` that one propagator of a list wrote, and whether that was Sentry's.
#[derive(Clone, Debug)]
pub struct Written {
    /// Whether Sentry's propagator wrote it.
    pub by_sentry: bool,
    /// The header's value.
    pub value: String,
}

/// Merges the members that several propagators wrote. Each key is written once, with its last
/// value. If Sentry's propagator is in the list, its members come first, and Sentry members written
/// by other propagators are dropped.
pub fn joined(written: &[Written], sentry_is_in_the_list: bool) -> Vec<&str> {
    let candidates: Vec<&str> = written
        .iter()
        .flat_map(|written| {
            let lines = [written.value.as_str()];
            members(&lines)
                .filter(|member| written.by_sentry || !sentry_is_in_the_list || !is_sentry(member))
                .collect::<Vec<_>>()
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
    within_limits(in_order, |member| member.len()).collect()
}

/// Whether a member is part of Sentry's Dynamic Sampling Context.
pub fn is_sentry(member: &str) -> bool {
    key(member).starts_with("sentry-")
}
