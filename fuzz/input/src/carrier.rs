//! Carriers for the headers of an input.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Extractor, Injector};

use crate::case::Case;

/// Headers as a list of lines. Names may repeat, and values are any text, as in the messages of a
/// queue or in a carrier that does not validate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines(pub Vec<(String, String)>);

impl Lines {
    /// Returns the lines of a case whose values are text.
    pub fn of(case: &Case) -> Lines {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        let lines = case
            .headers
            .iter()
            .filter_map(|(name, value)| Some((text(name)?, text(value)?)));
        Lines(lines.collect())
    }

    fn values(&self, name: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

impl Extractor for Lines {
    fn get(&self, key: &str) -> Option<&str> {
        self.values(key).first().copied()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let values = self.values(key);
        (!values.is_empty()).then_some(values)
    }
}

impl Injector for Lines {
    fn set(&mut self, key: &str, value: String) {
        self.0.retain(|(name, _)| !name.eq_ignore_ascii_case(key));
        self.0.push((key.to_owned(), value));
    }
}

/// Headers in a carrier that contradicts itself.
#[derive(Clone, Copy, Debug)]
pub struct Hostile<'a> {
    lines: &'a Lines,
    kind: &'static str,
}

impl<'a> Hostile<'a> {
    /// What a carrier may do: `get` returns the last line instead of the first one, or nothing;
    /// `get_all` returns the last line alone, nothing, or no lines; `keys` returns nothing.
    pub const KINDS: &'static [&'static str] = &[
        "get-last",
        "get-none",
        "all-last",
        "all-none",
        "all-empty",
        "keys-none",
    ];

    /// Creates a carrier of a kind, if it exists.
    pub fn new(lines: &'a Lines, kind: &str) -> Option<Self> {
        let kind = Self::KINDS.iter().find(|known| **known == kind)?;
        Some(Hostile { lines, kind })
    }
}

impl Extractor for Hostile<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match self.kind {
            "get-last" => self.lines.values(key).last().copied(),
            "get-none" => None,
            _ => self.lines.get(key),
        }
    }

    fn keys(&self) -> Vec<&str> {
        match self.kind {
            "keys-none" => Vec::new(),
            _ => self.lines.keys(),
        }
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let lines = self.lines.get_all(key);
        match self.kind {
            "all-last" => lines.map(|lines| lines.last().copied().into_iter().collect()),
            "all-none" => None,
            "all-empty" => Some(Vec::new()),
            _ => lines,
        }
    }
}

/// A carrier of `N` names, for targets without a case.
#[derive(Clone, Debug)]
pub struct Few<'a, const N: usize> {
    names: [&'static str; N],
    values: [Option<Cow<'a, str>>; N],
}

impl<'a, const N: usize> Few<'a, N> {
    /// Creates a carrier with one line of a text as the value of each name. Names without a line
    /// are absent.
    pub fn new(names: [&'static str; N], text: &'a str) -> Self {
        let mut lines = text.split('\n');
        let values = [(); N].map(|()| lines.next().map(Cow::Borrowed));
        Few { names, values }
    }

    /// Returns the values in the order of the names.
    pub fn values(&self) -> [Option<&str>; N] {
        std::array::from_fn(|at| self.values[at].as_deref())
    }

    /// Returns an empty carrier of the same names.
    pub fn without_values(&self) -> Self {
        Few {
            names: self.names,
            values: [(); N].map(|()| None),
        }
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.names.iter().position(|name| *name == key)
    }
}

impl<const N: usize> Extractor for Few<'_, N> {
    fn get(&self, key: &str) -> Option<&str> {
        self.values[self.position(key)?].as_deref()
    }

    fn keys(&self) -> Vec<&str> {
        self.names.to_vec()
    }
}

impl<const N: usize> Injector for Few<'_, N> {
    fn set(&mut self, key: &str, value: String) {
        let at = self.position(key).expect("the key is one of the names");
        self.values[at] = Some(Cow::Owned(value));
    }
}

/// A carrier of several lines of one name, for targets without a case.
#[derive(Clone, Debug)]
pub struct OneName<'a> {
    name: &'static str,
    /// The lines in their order.
    pub lines: Vec<&'a str>,
}

impl<'a> OneName<'a> {
    /// Creates a carrier with the lines of a text, of which there is at least one.
    pub fn new(name: &'static str, text: &'a str) -> Self {
        let lines = text.split('\n').collect();
        OneName { name, lines }
    }
}

impl Extractor for OneName<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.lines.first().copied().filter(|_| key == self.name)
    }

    fn keys(&self) -> Vec<&str> {
        vec![self.name]
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        (key == self.name).then(|| self.lines.clone())
    }
}

/// Returns the lines of a case that are valid in HTTP, as a `HeaderMap`.
pub fn http_headers(case: &Case) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in &case.headers {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            map.try_append(name, value)
                .expect("the map has room for all lines");
        }
    }
    map
}

/// Reads a header of one value from a carrier, as the oracle does.
pub fn first_value<T>(
    carrier: &dyn Extractor,
    name: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let lines = carrier.get_all(name).unwrap_or_default();
    propagator_oracle::first_value(carrier.get(name), &lines, read)
}
