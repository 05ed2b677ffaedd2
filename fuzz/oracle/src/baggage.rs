//! A naive implementation of W3C `baggage` as a list of members.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{percent, trim};

/// A valid member of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// The key, a token of HTTP, not decoded.
    pub key: &'a str,
    /// The value, not decoded.
    pub value: &'a str,
    /// What follows the first `;`, not decoded.
    pub properties: &'a str,
    /// The member as it is sent on. It is verbatim, or encoded if a header must not contain it.
    pub sent: Cow<'a, str>,
    /// The length that counts towards the limits. It is that of `sent`, without the whitespace
    /// around the key, the value and the properties.
    pub len: usize,
}

/// The members of all lines of a request.
#[derive(Clone, Debug)]
pub struct Scan<'a> {
    /// The members within the limits in order, each with the prefix that its owner reserves.
    members: Vec<(Option<&'static str>, Member<'a>)>,
    /// The number of elements that are not empty and not among the members.
    pub left_out: usize,
}

/// Splits lines into members. The elements after the 128th invalid one are not read, and neither are
/// lines after the 1024th.
pub fn scan<'a>(lines: &[&'a str], owners: &[&'static str]) -> Scan<'a> {
    let (mut valid, mut invalid) = (Vec::new(), 0);
    let read = lines.iter().take(1024);
    let elements = read.flat_map(|line| line.split(',')).map(trim);
    for element in elements.filter(|element| !element.is_empty()) {
        match member(element) {
            Some(member) => valid.push((owner(member.key, owners), member)),
            None => invalid += 1,
        }
        if invalid == 128 {
            break;
        }
    }
    let mut is_kept = vec![false; valid.len()];
    for owner in owners.iter().copied().map(Some).chain([None]) {
        let of_owner = (0..valid.len()).filter(|at| valid[*at].0 == owner);
        for at in within_limits(of_owner, |at| valid[*at].1.len) {
            is_kept[at] = true;
        }
    }
    let exceeding = is_kept.iter().filter(|is_kept| !**is_kept).count();
    let members = valid.into_iter().zip(is_kept);
    Scan {
        members: members
            .filter_map(|(it, is_kept)| is_kept.then_some(it))
            .collect(),
        left_out: invalid + exceeding + lines.len().saturating_sub(1024),
    }
}

impl<'a> Scan<'a> {
    /// Returns the members of an owner, or those of none.
    pub fn of<'b>(&'b self, owner: Option<&'b str>) -> impl Iterator<Item = &'b Member<'a>> {
        let of_owner = self.members.iter().filter(move |(of, _)| *of == owner);
        of_owner.map(|(_, member)| member)
    }
}

/// Returns the prefix with which a key begins, verbatim or after percent-decoding.
pub fn owner(key: &str, owners: &[&'static str]) -> Option<&'static str> {
    let key = percent::decode(key);
    owners
        .iter()
        .copied()
        .find(|prefix| key.starts_with(prefix))
}

/// Reads an element, `key = value ; property ; property = value`.
pub fn member(element: &str) -> Option<Member<'_>> {
    let text = trim(element);
    if !text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
        return None;
    }
    let (pair, properties) = match text.split_once(';') {
        Some((pair, properties)) => (pair, Some(properties)),
        None => (text, None),
    };
    let (key, value) = pair.split_once('=')?;
    let (key, value) = (trim(key), trim(value));
    if !is_token(key) {
        return None;
    }
    // The member without optional whitespace, and that in which everything illegal is encoded or
    // left out.
    let mut plain = format!("{key}={value}");
    let mut encoded = format!("{key}={}", encode(value));
    if let Some(properties) = properties {
        let (plain_properties, encoded_properties) = both(properties);
        plain += &plain_properties;
        encoded += &encoded_properties;
    }
    let properties = trim(properties.unwrap_or_default());
    let is_legal = plain == encoded && is_encoded(value) && is_encoded(properties);
    let verbatim = [
        key,
        "=",
        value,
        if properties.is_empty() { "" } else { ";" },
        properties,
    ];
    Some(Member {
        key,
        value,
        properties,
        len: match is_legal {
            true => verbatim.iter().map(|part| part.len()).sum(),
            false => encoded.len(),
        },
        sent: match is_legal {
            true => Cow::Borrowed(text),
            false => Cow::Owned(encoded),
        },
    })
}

/// Writes properties without optional whitespace, each after a `;`. First as they are, and then
/// without those that have no valid key and with the values encoded.
fn both(properties: &str) -> (String, String) {
    let (mut plain, mut legal) = (String::new(), String::new());
    for property in properties.split(';') {
        let (key, value) = match property.split_once('=') {
            Some((key, value)) => (trim(key), Some(trim(value))),
            None => (trim(property), None),
        };
        let join = |value: Option<String>| match value {
            Some(value) => format!(";{key}={value}"),
            None => format!(";{key}"),
        };
        plain += &join(value.map(str::to_owned));
        if is_token(key) {
            legal += &join(value.map(encode));
        }
    }
    (plain, legal)
}

/// Writes properties of an application, each after a `;`. They are verbatim if they are legal.
fn write_properties(properties: &str) -> String {
    if properties.is_empty() {
        return String::new();
    }
    let (plain, legal) = both(properties);
    if plain == legal && is_encoded(properties) {
        format!(";{properties}")
    } else {
        legal
    }
}

/// Whether each percent sign begins an encoded byte. Otherwise a member is not sent verbatim, even if
/// the sign is in the key of a property, where it is a character like others.
fn is_encoded(text: &str) -> bool {
    let mut parts = text.split('%').skip(1);
    parts.all(|part| part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
}

/// Whether a text is a token of HTTP.
pub(crate) fn is_token(text: &str) -> bool {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(is_token)
}

/// Encodes the bytes that a value must not contain. An encoded byte is kept.
fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for (at, byte) in value.bytes().enumerate() {
        let digit = |at: usize| value.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
        let is_legal = match byte {
            b'%' => digit(at + 1) && digit(at + 2),
            b'"' | b',' | b';' | b'\\' => false,
            _ => matches!(byte, b'!'..=b'~'),
        };
        if is_legal {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    encoded
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

/// Reads the entries of an application from all lines, in order. These are the members without an
/// owner.
///
/// A value that is not UTF-8 contains U+FFFD, and is longer when it is written again. It is left out
/// if the list would then exceed the limit.
pub fn entries<'a>(lines: &[&'a str], owners: &[&'static str]) -> Vec<Entry<'a>> {
    let scan = scan(lines, owners);
    let joined: usize = scan.of(None).map(|member| member.len + 1).sum();
    let mut room = (8192 + 1_usize).saturating_sub(joined);
    let mut entries = Vec::new();
    for member in scan.of(None) {
        let value = percent::decode(member.value);
        if value.contains('\u{fffd}') && !percent::is_utf8(member.value) {
            let written: usize = value.bytes().map(|byte| escaped(byte, VALUE).len()).sum();
            let growth = written.saturating_sub(member.value.len());
            if growth > room {
                continue;
            }
            room -= growth;
        }
        entries.push(Entry {
            key: member.key,
            value,
            properties: member.properties,
        });
    }
    entries
}

/// Reads the entries of an application as a map. If a key repeats, the last value wins.
pub fn read<'a>(lines: &[&'a str], owners: &[&'static str]) -> BTreeMap<&'a str, Entry<'a>> {
    let entries = entries(lines, owners).into_iter();
    entries.map(|entry| (entry.key, entry)).collect()
}

/// The printable bytes that are encoded in a value.
const VALUE: &[u8] = b" \"%,;\\";

/// The same, and the `=` after which some readers cut a value.
const VALUE_AND_EQUALS: &[u8] = b" \"%,;\\=";

/// Writes a byte of a value.
fn escaped(byte: u8, special: &[u8]) -> String {
    if matches!(byte, b' '..=b'~') && !special.contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// Writes entries after the members of a list, in any order, with every `=` within values encoded.
/// If the list would exceed a limit, `=` is not encoded, and the members that fit are added in the
/// order of their keys.
pub fn write(list: &[String], entries: &BTreeMap<&str, Entry<'_>>) -> Vec<String> {
    let member = |entry: &Entry<'_>, special: &[u8]| {
        let value = entry.value.bytes().map(|byte| escaped(byte, special));
        let properties = write_properties(entry.properties);
        format!("{}={}{properties}", entry.key, value.collect::<String>())
    };
    let written = |special: &[u8]| {
        let ours = entries.values().map(|entry| member(entry, special));
        list.iter().cloned().chain(ours).collect::<Vec<_>>()
    };
    let all = written(VALUE_AND_EQUALS);
    if within_limits(&all, |member| member.len()).count() == all.len() {
        return all;
    }
    within_limits(written(VALUE), String::len).collect()
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

/// Joins the members that propagators of a list wrote with those of others that may repeat their
/// keys. Each key is written once, with its last value and without optional whitespace. Members with
/// an owner come first, and the others are sorted by key, so that the same ones are left out in every
/// call.
pub fn joined(members: &[String], others: &[String], owners: &[&'static str]) -> Vec<String> {
    let all: Vec<Member<'_>> = members
        .iter()
        .chain(others)
        .filter_map(|it| member(it))
        .collect();
    let is_last = |at: usize| all[at + 1..].iter().all(|later| later.key != all[at].key);
    let once = (0..all.len()).filter(|at| is_last(*at)).map(|at| &all[at]);
    let (owned, mut unowned): (Vec<_>, Vec<_>) =
        once.partition(|member| owner(member.key, owners).is_some());
    unowned.sort_by_key(|member| member.key);
    let plain = |member: &Member<'_>| {
        let (_, properties) = match member.properties {
            "" => Default::default(),
            properties => both(properties),
        };
        format!("{}={}{properties}", member.key, encode(member.value))
    };
    let written = owned.into_iter().chain(unowned).map(plain);
    within_limits(written, String::len).collect()
}
