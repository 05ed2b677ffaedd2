//! The formats of a list and their names.

use opentelemetry_propagator_core::{baggage, Format};

/// A format, with its name in the list.
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) format: Box<dyn Format>,
}

/// The formats of both directions.
pub(crate) struct List {
    /// First those that extract, in their order, then those that only inject.
    pub(crate) all: Vec<Listed>,
    /// The number of formats that extract.
    pub(crate) extracting: usize,
    /// The indices of the formats that inject, in their order.
    pub(crate) injecting: Vec<usize>,
}

impl List {
    #[inline]
    pub(crate) fn extracting(&self) -> &[Listed] {
        &self.all[..self.extracting]
    }

    #[inline]
    pub(crate) fn injecting(&self) -> impl Iterator<Item = &Listed> {
        self.injecting.iter().map(|&i| &self.all[i])
    }

    /// Whether the same formats extract and inject, in the same order.
    pub(crate) fn is_symmetric(&self) -> bool {
        self.extracting == self.all.len() && self.injecting.iter().copied().eq(0..self.all.len())
    }

    /// Returns the distinct headers that are read or written.
    pub(crate) fn fields(&self) -> Vec<String> {
        let mut fields: Vec<String> = Vec::new();
        for field in self.all.iter().flat_map(|listed| listed.format.fields()) {
            if !fields.iter().any(|known| known.eq_ignore_ascii_case(field)) {
                fields.push(field.to_owned());
            }
        }
        fields
    }

    /// Reserves the `baggage` members that a format owns for this format, and returns the distinct
    /// prefixes of their keys.
    pub(crate) fn reserve_baggage_prefixes(&mut self) -> Vec<&'static str> {
        let mut prefixes: Vec<&'static str> = Vec::new();
        for prefix in self
            .all
            .iter()
            .filter_map(|listed| listed.format.baggage_prefix())
        {
            if !prefixes.contains(&prefix) {
                prefixes.push(prefix);
            }
        }
        for listed in &mut self.all {
            let own = listed.format.baggage_prefix();
            for prefix in prefixes.iter().filter(|prefix| own != Some(prefix)) {
                listed.format.reserve_baggage_prefix(prefix);
            }
        }
        prefixes
    }

    /// Returns the formats that inject, in the order in which they write.
    ///
    /// It is that of the list, except that a format whose only header is `baggage` writes last. The
    /// members that formats own then come first in the header, so that they are dropped last.
    pub(crate) fn writers(&self) -> Vec<Writer> {
        let mut owned: Vec<&'static str> = Vec::new();
        let (mut writers, mut last) = (Vec::new(), None);
        for &index in &self.injecting {
            let format = &self.all[index].format;
            if last.is_none() && format.fields().eq([baggage::HEADER]) {
                last = Some(Writer::new(index, true));
                continue;
            }
            let prefix = format.baggage_prefix();
            let is_owner = prefix.is_some_and(|prefix| !owned.contains(&prefix));
            owned.extend(prefix);
            writers.push(Writer::new(index, is_owner));
        }
        writers.extend(last);
        writers
    }
}

/// A format that writes.
pub(crate) struct Writer {
    pub(crate) index: usize,
    /// Whether no other format has members of `baggage` with the same keys. Otherwise its members
    /// are added after those of all other formats, without repeated keys.
    pub(crate) has_own_keys: bool,
}

impl Writer {
    fn new(index: usize, has_own_keys: bool) -> Self {
        Writer {
            index,
            has_own_keys,
        }
    }
}
