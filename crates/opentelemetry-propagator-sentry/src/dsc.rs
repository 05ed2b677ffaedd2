//! The Dynamic Sampling Context, which consists of Sentry's members of `baggage`.

use std::borrow::Cow;
use std::fmt;

use opentelemetry_propagator_core::baggage::{MemberList, Members};
use opentelemetry_propagator_core::{trim_ows, Request};
use percent_encoding::percent_decode_str;

/// The prefix of the keys of Sentry's members.
pub(crate) const PREFIX: &str = "sentry-";

/// The owners of members for a reader of Sentry's members alone.
const OWNERS: &[&str] = &[PREFIX];

/// The Dynamic Sampling Context (DSC) of a trace.
///
/// It contains the values that Sentry needs to make the same sampling decision for every part of
/// the trace. Only the service in which the trace started may change it, so an incoming DSC is kept
/// and sent verbatim.
///
/// Source: Sentry's developer documentation, "Dynamic Sampling Context".
///
/// ```
/// use opentelemetry_propagator_sentry::DynamicSamplingContext;
///
/// let dsc = DynamicSamplingContext::parse([
///     "userId=42, sentry-release=shop%401.0",
///     "sentry-environment=%D1%82%D0%B5%D1%81%D1%82",
/// ]);
/// assert_eq!(dsc.as_str(), "sentry-release=shop%401.0,sentry-environment=%D1%82%D0%B5%D1%81%D1%82");
/// assert_eq!(dsc.get("release").unwrap(), "shop@1.0");
/// assert_eq!(dsc.get("environment").unwrap(), "тест");
/// assert_eq!(dsc.iter().count(), 2);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[doc(alias = "baggage")]
pub struct DynamicSamplingContext {
    members: MemberList,
}

impl DynamicSamplingContext {
    /// Parses the members of `baggage` lines whose keys begin with `sentry-`.
    ///
    /// At most 64 members and 8192 bytes are kept. Invalid members are left out, and what a header
    /// must not contain is percent-encoded.
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let members = Members::parse(lines.into_iter().collect(), OWNERS);
        Self::from_members(&members)
    }

    /// Returns the members of a request.
    #[inline]
    pub(crate) fn read(request: &mut Request<'_>) -> Self {
        request
            .baggage()
            .map_or_else(Self::default, Self::from_members)
    }

    #[inline]
    fn from_members(members: &Members<'_>) -> Self {
        let mut list = MemberList::default();
        members.push_to(Some(PREFIX), &mut list);
        DynamicSamplingContext { members: list }
    }

    /// Returns the members verbatim, joined by commas, as they are sent in `baggage`.
    pub fn as_str(&self) -> &str {
        self.members.as_str()
    }

    /// Returns the members as a list.
    pub(crate) fn members(&self) -> &MemberList {
        &self.members
    }

    /// Returns `true` if there are no members, as when `sentry-trace` arrived alone.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Returns the percent-decoded value of a key. The key is given without `sentry-`.
    ///
    /// If a key repeats, the last value wins, as in Sentry's SDKs.
    pub fn get(&self, key: &str) -> Option<Cow<'_, str>> {
        let member = self.members.rfind(|member| has_key(member, key))?;
        Some(decoded(member.value))
    }

    /// Iterates over the members in order, as pairs of key and value. Both are percent-decoded, and
    /// keys are without `sentry-`.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let members = self.members.iter();
        members.filter_map(|member| Some((decoded_key(member.key)?, decoded(member.value))))
    }
}

/// Whether the key of a member equals `key`.
#[inline]
fn has_key(member: &str, key: &str) -> bool {
    let Some(rest) = member.strip_prefix(PREFIX) else {
        return has_decoded_key(member, key);
    };
    // Whether a byte of the member stands for itself and equals that of the key.
    let equal = |(a, b): &(u8, u8)| a == b && !matches!(a, b'=' | b';' | b'%' | b' ' | b'\t');
    let common = rest.bytes().zip(key.bytes()).take_while(equal).count();
    match rest.as_bytes().get(common) {
        Some(b'=') => common == key.len(),
        Some(b';' | b'%' | b' ' | b'\t') => has_decoded_key(member, key),
        _ => false,
    }
}

/// Compares a key that has encoded characters, or whitespace before the `=`. Known SDKs write
/// neither.
#[cold]
fn has_decoded_key(member: &str, key: &str) -> bool {
    let encoded = member.split_once('=').map(|(key, _)| trim_ows(key));
    encoded
        .and_then(decoded_key)
        .is_some_and(|decoded| decoded == key)
}

/// Percent-decodes the key of a member, and strips `sentry-`.
#[inline]
fn decoded_key(key: &str) -> Option<Cow<'_, str>> {
    match decoded(key) {
        Cow::Borrowed(key) => key.strip_prefix(PREFIX).map(Cow::Borrowed),
        Cow::Owned(key) => key
            .strip_prefix(PREFIX)
            .map(|key| Cow::Owned(key.to_owned())),
    }
}

/// Percent-decodes a text. Invalid UTF-8 becomes U+FFFD, as in Sentry's SDKs.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte == b'%') {
        return Cow::Borrowed(text);
    }
    percent_decode_str(text).decode_utf8_lossy()
}

impl fmt::Debug for DynamicSamplingContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dsc_keeps_only_sentry_members_verbatim() {
        let dsc = DynamicSamplingContext::parse([
            "sentryx=1 ,\tsentry-a=%d0%B9;p=1 ,isSentry=sentry-b",
            "",
            "Sentry-c=1,sentry-d",
            "sentry-e==,sentry-=f",
        ]);
        assert_eq!(dsc.as_str(), "sentry-a=%d0%B9;p=1,sentry-e==,sentry-=f");
        let pairs: Vec<_> = dsc.iter().map(|(k, v)| format!("{k}:{v}")).collect();
        assert_eq!(pairs, ["a:й", "e:=", ":f"]);
        assert_eq!(format!("{dsc:?}"), r#"{"a": "й", "e": "=", "": "f"}"#);
    }

    #[test]
    fn dsc_get_returns_the_last_value_of_a_key() {
        let dsc = DynamicSamplingContext::parse(["sentry-a=1,sentry-b=2,sentry-a=3"]);
        assert_eq!(dsc.get("a").unwrap(), "3");
        assert_eq!(dsc.get("c"), None);
        assert_eq!(dsc.as_str(), "sentry-a=1,sentry-b=2,sentry-a=3");
    }

    #[test]
    fn dsc_get_follows_the_grammar_of_a_member() {
        for member in [
            "sentry-a=1",
            "sentry-a = 1",
            "sentry-a\t=\t1 ; p=2",
            "sentry-a=1;p",
        ] {
            let dsc = DynamicSamplingContext::parse([member]);
            assert_eq!(dsc.get("a").unwrap(), "1", "{member:?}");
            assert_eq!(dsc.as_str(), member);
        }
    }

    #[test]
    fn dsc_get_finds_an_encoded_key() {
        let dsc = DynamicSamplingContext::parse(["sentry-%61=1,sentry-b=2,sentry-%63=3"]);
        assert_eq!(dsc.get("a").unwrap(), "1");
        assert_eq!(dsc.get("c").unwrap(), "3");
        assert_eq!(dsc.get("d"), None);
    }

    #[test]
    fn dsc_get_finds_every_key_that_iter_returns() {
        for member in [
            "sentry-a \t=1",
            "sentry-=1",
            "sentry-%20=1",
            "%73entry-a=1",
            "sentry%2Da=1",
        ] {
            let dsc = DynamicSamplingContext::parse([member]);
            let (key, value) = dsc.iter().next().unwrap();
            assert_eq!(dsc.get(&key), Some(value), "{member:?}");
        }
        let dsc = DynamicSamplingContext::parse(["sentry- a=1"]);
        assert!(dsc.is_empty(), "not a token");
    }

    #[test]
    fn dsc_get_finds_only_the_keys_that_iter_returns() {
        for (member, decoded, others) in [
            ("sentry-%25a=1", "%a", ["%25a", "a"]),
            ("sentry-%2525=1", "%25", ["%2525", "%"]),
            ("sentry-a =1", "a", ["a ", "a ="]),
            ("sentry-a=b=1", "a", ["a=b", "a="]),
            ("sentry-a%3Db=1", "a=b", ["a", "a%3Db"]),
            ("sentry-%3B=1,sentry-;=2", ";", ["%3B", ""]),
            ("sentry-a=1,sentry-a;=2", "a", ["a;", ";"]),
        ] {
            let dsc = DynamicSamplingContext::parse([member]);
            assert_eq!(dsc.iter().next().unwrap().0, decoded);
            assert!(dsc.get(decoded).is_some(), "{member:?}");
            for other in others {
                assert_eq!(dsc.get(other), None, "{member:?}");
            }
        }
    }

    #[test]
    fn dsc_get_replaces_invalid_utf8() {
        let dsc = DynamicSamplingContext::parse(["sentry-a=%zz%ff%41"]);
        assert_eq!(dsc.get("a").unwrap(), "%zz\u{fffd}A");
    }
}
