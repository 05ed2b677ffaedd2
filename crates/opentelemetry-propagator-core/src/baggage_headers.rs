//! Baggage in headers whose names contain the keys, such as `uberctx-user: 42`.

use std::borrow::Cow;

use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::Context;

use crate::baggage::has_prefix;
use crate::baggage::{MAX_BYTES, MAX_MEMBERS};
use crate::request::Request;
use crate::text::trim_ows;

/// The maximum number of entries that are looked at in one request, whether valid or not.
const MAX_LOOKED_AT: usize = 128;

/// The headers that contain one baggage entry each, after a common prefix of their names.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::baggage::BaggageExt;
/// use opentelemetry::Context;
/// use opentelemetry_propagator_core::internal::BaggageHeaders;
/// use opentelemetry_propagator_core::Request;
///
/// let headers = BaggageHeaders::new("uberctx-");
/// let request = HashMap::from([("uberctx-user".to_owned(), "42".to_owned())]);
/// let mut entries = headers.entries(&Context::new());
/// entries.read(&request, |value| Some(value.into()));
/// let cx = entries.set_in(&Context::new(), &mut Request::new(&request, &[])).unwrap();
/// assert_eq!(cx.baggage().get("user").unwrap().as_str(), "42");
///
/// let mut outgoing = HashMap::new();
/// headers.write(&cx, &mut outgoing, |value| Some(value.into()));
/// assert_eq!(outgoing, request);
/// ```
#[derive(Clone, Debug)]
pub struct BaggageHeaders {
    prefix: &'static str,
    /// The key prefixes that are reserved for other formats.
    reserved: Vec<&'static str>,
}

impl BaggageHeaders {
    /// Creates the headers whose names begin with `prefix`, which is in lower case.
    pub fn new(prefix: &'static str) -> Self {
        BaggageHeaders {
            prefix,
            reserved: Vec::new(),
        }
    }

    /// Reserves the keys that begin with `prefix` for another format. They are then neither read
    /// nor written.
    pub fn reserve(&mut self, prefix: &'static str) {
        self.reserved.push(prefix);
    }

    fn is_reserved(&self, key: &str) -> bool {
        self.reserved.iter().any(|prefix| has_prefix(key, prefix))
    }

    /// Returns the entries of a request, to be added to the baggage of `cx`.
    pub fn entries(&self, cx: &Context) -> BaggageEntries<'_> {
        BaggageEntries {
            headers: self,
            baggage: copy(cx.baggage()),
            is_changed: false,
            may_look_at: MAX_LOOKED_AT,
        }
    }

    /// Writes one header for each entry of the baggage of `cx`, in the order of the keys.
    ///
    /// `encode` returns the header value, or `None` to leave the entry out. An entry with an empty
    /// value is left out, and so is a key that ends in `-bin`, which gRPC reserves for binary
    /// metadata. [`Baggage`] has no keys that are not tokens. If keys differ only in case, the first
    /// one is written. At most 64 entries and 8192 bytes of keys and values are written. An entry
    /// that does not fit is left out.
    pub fn write(
        &self,
        cx: &Context,
        injector: &mut dyn Injector,
        encode: impl Fn(&str) -> Option<Cow<'_, str>>,
    ) {
        let baggage = cx.baggage();
        if baggage.is_empty() {
            return;
        }
        let entries = baggage.iter();
        let mut entries: Vec<_> = entries
            .map(|(key, (value, _))| (key.as_str(), value.as_str()))
            .filter(|(key, _)| !self.is_reserved(key) && !ends_in_bin(key))
            .collect();
        entries.sort_unstable_by(|(a, _), (b, _)| folded(a).cmp(folded(b)).then(a.cmp(b)));
        entries.dedup_by(|(later, _), (first, _)| later.eq_ignore_ascii_case(first));
        let encoded = entries
            .into_iter()
            .filter_map(|(key, value)| Some((key, encode(value)?)))
            // A reader would ignore an empty value, and some gateways reject an empty header.
            .filter(|(_, value)| !value.is_empty());
        let mut name = self.prefix.to_owned();
        let mut bytes_left = MAX_BYTES;
        for (key, value) in encoded.take(MAX_MEMBERS) {
            let len = key.len() + value.len();
            if len > bytes_left {
                continue;
            }
            bytes_left -= len;
            name.truncate(self.prefix.len());
            name.push_str(key);
            name[self.prefix.len()..].make_ascii_lowercase();
            injector.set(&name, value.into_owned());
        }
    }
}

/// Copies a baggage, which does not implement `Clone`.
pub fn copy(baggage: &Baggage) -> Baggage {
    let mut copy = Baggage::new();
    for (key, (value, properties)) in baggage {
        copy.insert_with_metadata(key.clone(), value.clone(), properties.clone());
    }
    copy
}

fn folded(key: &str) -> impl Iterator<Item = u8> + '_ {
    key.bytes().map(|byte| byte.to_ascii_lowercase())
}

fn ends_in_bin(key: &str) -> bool {
    let end = key.len().checked_sub("-bin".len());
    end.and_then(|end| key.get(end..))
        .is_some_and(|end| end.eq_ignore_ascii_case("-bin"))
}

/// Baggage entries that are read from a request.
///
/// [`Baggage`] limits their number and size: it rejects an entry that does not fit, and a key that
/// is not a token.
#[derive(Debug)]
pub struct BaggageEntries<'a> {
    headers: &'a BaggageHeaders,
    baggage: Baggage,
    is_changed: bool,
    may_look_at: usize,
}

impl BaggageEntries<'_> {
    /// Adds the entries of all headers with the prefix. The key is the rest of the name, in lower
    /// case. `decode` returns the value of an entry, or `None` to ignore it.
    ///
    /// If a name has several lines, the first non-empty one is used.
    pub fn read(
        &mut self,
        extractor: &dyn Extractor,
        decode: impl Fn(&str) -> Option<Cow<'_, str>>,
    ) {
        let prefix = self.headers.prefix.as_bytes();
        let mut names = extractor.keys();
        names.retain(|name| {
            let start = name.as_bytes().get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix)) && self.look()
        });
        // The order of a carrier may vary, and it may list a name more than once.
        names.sort_unstable();
        names.dedup();
        for name in names {
            if let Some(value) = first_line(extractor, name).and_then(&decode) {
                let key = name[prefix.len()..].to_ascii_lowercase();
                self.insert(key, value.into_owned());
            }
        }
    }

    /// Counts an entry that is looked at, whether it is valid or not. Returns `false` if there have
    /// been too many.
    pub fn look(&mut self) -> bool {
        let may_look = self.may_look_at > 0;
        self.may_look_at -= usize::from(may_look);
        may_look
    }

    /// Adds an entry, unless its key is reserved. An earlier entry of the same key is overwritten.
    pub fn insert(&mut self, key: String, value: String) {
        if !self.headers.is_reserved(&key) {
            self.baggage.insert(key, value);
            self.is_changed = true;
        }
    }

    /// Returns `cx` with the entries, or `None` if there are none. A format of the list that reads
    /// `baggage` later keeps them.
    pub fn set_in(self, cx: &Context, request: &mut Request<'_>) -> Option<Context> {
        if !self.is_changed {
            return None;
        }
        request.set_has_baggage_entries();
        Some(cx.with_baggage(self.baggage))
    }
}

/// Returns the first non-empty line of a header, without the whitespace around it.
fn first_line<'a>(extractor: &'a dyn Extractor, name: &str) -> Option<&'a str> {
    let is_empty = |line: &&str| line.is_empty();
    let first = trim_ows(extractor.get(name)?);
    if !is_empty(&first) {
        return Some(first);
    }
    let mut lines = extractor.get_all(name)?.into_iter().map(trim_ows);
    lines.find(|line| !is_empty(line))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const HEADERS: &str = "uberctx-";

    fn verbatim(value: &str) -> Option<Cow<'_, str>> {
        Some(value.into())
    }

    fn read(headers: &BaggageHeaders, cx: &Context, lines: &[(&str, &str)]) -> Vec<String> {
        struct Lines<'a>(&'a [(&'a str, &'a str)]);
        impl Extractor for Lines<'_> {
            fn get(&self, name: &str) -> Option<&str> {
                Some(*self.get_all(name)?.first()?)
            }

            fn keys(&self) -> Vec<&str> {
                self.0.iter().map(|(name, _)| *name).collect()
            }

            fn get_all(&self, name: &str) -> Option<Vec<&str>> {
                let same = |(other, _): &&(&str, &str)| *other == name;
                let lines: Vec<_> = self.0.iter().filter(same).map(|(_, line)| *line).collect();
                (!lines.is_empty()).then_some(lines)
            }
        }
        let mut entries = headers.entries(cx);
        let lines = Lines(lines);
        entries.read(&lines, verbatim);
        let mut request = Request::new(&lines, &[]);
        let set = entries.set_in(cx, &mut request);
        assert_eq!(set.is_some(), request.has_baggage_entries());
        let cx = set.unwrap_or_else(|| cx.clone());
        let baggage = cx.baggage().iter();
        let mut baggage: Vec<_> = baggage.map(|(k, (v, _))| format!("{k}={v}")).collect();
        baggage.sort();
        baggage
    }

    fn write(headers: &BaggageHeaders, entries: &[(&str, &str)]) -> Vec<(String, String)> {
        #[derive(Default)]
        struct Set(Vec<(String, String)>);
        impl Injector for Set {
            fn set(&mut self, name: &str, value: String) {
                self.0.push((name.to_owned(), value));
            }
        }
        let mut baggage = Baggage::new();
        for (key, value) in entries {
            baggage.insert((*key).to_owned(), (*value).to_owned());
        }
        let mut set = Set::default();
        headers.write(&Context::new().with_baggage(baggage), &mut set, verbatim);
        set.0
    }

    #[test]
    fn read_adds_to_the_baggage_of_the_context() {
        let mut baggage = Baggage::new();
        baggage.insert("kept", "1");
        baggage.insert("user", "old");
        let cx = Context::new().with_baggage(baggage);
        let lines = [
            ("UberCtx-User", " new\t"),
            ("uberctx-", "no key"),
            ("uberctx-a b", "no token"),
            ("uberctx", "no prefix"),
            ("user", "no prefix"),
        ];
        let headers = BaggageHeaders::new(HEADERS);
        assert_eq!(read(&headers, &cx, &lines), ["kept=1", "user=new"]);
        assert_eq!(read(&headers, &cx, &[]), ["kept=1", "user=old"]);
    }

    #[test]
    fn read_takes_the_first_nonempty_line() {
        let lines = [
            ("uberctx-a", ""),
            ("uberctx-a", "1"),
            ("uberctx-a", "2"),
            ("uberctx-b", ""),
        ];
        let headers = BaggageHeaders::new(HEADERS);
        assert_eq!(read(&headers, &Context::new(), &lines), ["a=1"]);
    }

    #[test]
    fn read_leaves_out_what_does_not_fit() {
        let (large, small) = ("x".repeat(8000), "y".repeat(100));
        let lines = [
            ("uberctx-a", &*large),
            ("uberctx-b", &*small.repeat(2)),
            ("uberctx-c", &*small),
        ];
        let headers = BaggageHeaders::new(HEADERS);
        let read = read(&headers, &Context::new(), &lines);
        assert_eq!(read, [format!("a={large}"), format!("c={small}")]);
    }

    #[test]
    fn read_looks_at_128_names() {
        let names: Vec<_> = (0..200).map(|i| format!("uberctx-k{i:03}")).collect();
        let headers = BaggageHeaders::new(HEADERS);
        let line = |name| -> (&str, &str) { (name, "") };
        let mut lines: Vec<_> = names.iter().map(|name| line(name)).collect();
        lines[127].1 = "last";
        lines[128].1 = "too late";
        assert_eq!(read(&headers, &Context::new(), &lines), ["k127=last"]);

        lines.iter_mut().for_each(|(_, value)| *value = "v");
        assert_eq!(read(&headers, &Context::new(), &lines).len(), 64);
    }

    #[test]
    fn reserved_keys_are_neither_read_nor_written() {
        let mut headers = BaggageHeaders::new(HEADERS);
        headers.reserve("sentry-");
        let lines = [("uberctx-sentry-release", "1"), ("uberctx-a", "2")];
        assert_eq!(read(&headers, &Context::new(), &lines), ["a=2"]);
        let written = write(&headers, &[("sentry-release", "1"), ("a", "2")]);
        assert_eq!(written, [("uberctx-a".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn write_sorts_and_folds_the_keys() {
        let headers = BaggageHeaders::new(HEADERS);
        let entries = [
            ("user", "3"),
            ("B", "2"),
            ("User", "4"),
            ("a", "1"),
            ("key-BIN", "binary"),
            ("-bin", "binary"),
            ("bin", "text"),
            ("empty", ""),
        ];
        let written: HashMap<_, _> = write(&headers, &entries).into_iter().collect();
        let names: Vec<_> = write(&headers, &entries)
            .into_iter()
            .map(|(n, _)| n)
            .collect();
        assert_eq!(
            names,
            ["uberctx-a", "uberctx-b", "uberctx-bin", "uberctx-user"]
        );
        assert_eq!(written["uberctx-user"], "4", "upper case comes first");
        assert!(write(&headers, &[]).is_empty());
    }

    #[test]
    fn write_fills_all_bytes() {
        let headers = BaggageHeaders::new(HEADERS);
        let large = "x".repeat(8000);
        let written = |small: usize| {
            let entries = [("a", &*large), ("bb", &*"y".repeat(small)), ("c", "")];
            write(&headers, &entries).len()
        };
        let rest = MAX_BYTES - ("a".len() + large.len()) - "bb".len();
        assert_eq!((written(rest), written(rest + 1)), (2, 1));
    }

    #[test]
    fn write_leaves_out_what_does_not_fit() {
        let headers = BaggageHeaders::new(HEADERS);
        let mut baggage = Baggage::new();
        for key in ["a", "b", "c"] {
            baggage.insert(key, "large");
        }
        baggage.insert("d", "small");
        let mut outgoing: HashMap<String, String> = HashMap::new();
        let cx = Context::new().with_baggage(baggage);
        headers.write(&cx, &mut outgoing, |value| match value {
            "small" => Some(value.into()),
            _ => Some("x".repeat(5000).into()),
        });
        let mut names: Vec<_> = outgoing.keys().collect();
        names.sort();
        assert_eq!(names, ["uberctx-a", "uberctx-d"]);
    }
}
