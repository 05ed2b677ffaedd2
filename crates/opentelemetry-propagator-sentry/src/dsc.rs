//! The Dynamic Sampling Context: Sentry's members of `baggage`, frozen as they came.

use std::borrow::Cow;
use std::fmt;

use opentelemetry_propagator_core::baggage::List;
use percent_encoding::percent_decode_str;

/// What the key of each of Sentry's members begins with.
pub(crate) const PREFIX: &str = "sentry-";

/// The Dynamic Sampling Context of a trace, by which every service of the trace makes the same
/// sampling decision as its head.
///
/// It is kept as it came, encoding untouched, since only the head of a trace may change it.
/// Source: Sentry's developer documentation, "Dynamic Sampling Context".
///
/// ```
/// use opentelemetry_propagator_sentry::DynamicSamplingContext;
///
/// let dsc = DynamicSamplingContext::from_baggage([
///     "userId=42, sentry-release=shop%401.0",
///     "sentry-environment=%D1%82%D0%B5%D1%81%D1%82",
/// ]);
/// assert_eq!(dsc.as_str(), "sentry-release=shop%401.0,sentry-environment=%D1%82%D0%B5%D1%81%D1%82");
/// assert_eq!(dsc.get("release").unwrap(), "shop@1.0");
/// assert_eq!(dsc.get("environment").unwrap(), "тест");
/// assert_eq!(dsc.iter().count(), 2);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DynamicSamplingContext {
    members: String,
}

impl DynamicSamplingContext {
    /// Of the lines of `baggage`, those members whose key begins with `sentry-`.
    ///
    /// 64 members and 8192 bytes are kept at most; a member that no header could carry is left
    /// out.
    pub fn from_baggage<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut list = List::default();
        for line in lines {
            list.push_line(line, |member| member.starts_with(PREFIX.as_bytes()));
        }
        DynamicSamplingContext {
            members: list.into_string(),
        }
    }

    /// The members as they came, joined by commas: the `baggage` that is sent on.
    pub fn as_str(&self) -> &str {
        &self.members
    }

    /// Whether it has no member. So it is frozen when `sentry-trace` came without it.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The decoded value of a key, given without `sentry-`. Of several the last one counts, as
    /// in Sentry's SDKs.
    pub fn get(&self, key: &str) -> Option<Cow<'_, str>> {
        let (_, value) = self.encoded().rev().find(|(k, _)| is_key(k, key))?;
        Some(decoded(value))
    }

    /// Keys without `sentry-`, and values, both decoded, in the order in which they came.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.encoded()
            .map(|(key, value)| (decoded(key), decoded(value)))
    }

    /// Keys without `sentry-`, and values, as they came.
    fn encoded(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.members
            .split(',')
            .filter_map(|member| member.strip_prefix(PREFIX)?.split_once('='))
    }
}

/// Whether a key as it came is this one. Nobody encodes the keys that there are.
fn is_key(encoded: &str, key: &str) -> bool {
    encoded == key || encoded.contains('%') && decoded(encoded) == key
}

/// Percent-decoded; what is no UTF-8 becomes U+FFFD, as in Sentry's SDKs.
fn decoded(text: &str) -> Cow<'_, str> {
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
    fn only_members_of_sentry_are_kept_and_as_they_came() {
        let dsc = DynamicSamplingContext::from_baggage([
            "sentryx=1 ,\tsentry-a=%d0%B9;p=1 ,isSentry=sentry-b",
            "",
            "Sentry-c=1,sentry-d",
            "sentry-e==,sentry-=f",
        ]);
        assert_eq!(dsc.as_str(), "sentry-a=%d0%B9;p=1,sentry-e==,sentry-=f");
        let pairs: Vec<_> = dsc.iter().map(|(k, v)| format!("{k}:{v}")).collect();
        assert_eq!(pairs, ["a:й;p=1", "e:=", ":f"]);
        assert_eq!(format!("{dsc:?}"), r#"{"a": "й;p=1", "e": "=", "": "f"}"#);
    }

    #[test]
    fn of_several_values_the_last_counts_and_all_are_kept() {
        let dsc = DynamicSamplingContext::from_baggage(["sentry-a=1,sentry-b=2,sentry-a=3"]);
        assert_eq!(dsc.get("a").unwrap(), "3");
        assert_eq!(dsc.get("c"), None);
        assert_eq!(dsc.as_str(), "sentry-a=1,sentry-b=2,sentry-a=3");
    }

    #[test]
    fn a_key_is_found_encoded_too() {
        let dsc = DynamicSamplingContext::from_baggage(["sentry-%61=1,sentry-b=2,sentry-%63=3"]);
        assert_eq!(dsc.get("a").unwrap(), "1");
        assert_eq!(dsc.get("c").unwrap(), "3");
        assert_eq!(dsc.get("d"), None);
    }

    #[test]
    fn what_does_not_decode_is_read_as_far_as_it_goes() {
        let dsc = DynamicSamplingContext::from_baggage(["sentry-a=%zz%ff%41"]);
        assert_eq!(dsc.get("a").unwrap(), "%zz\u{fffd}A");
    }
}
