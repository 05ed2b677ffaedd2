//! The propagator for the application's members of `baggage`.

use std::sync::OnceLock;

use opentelemetry::baggage::{Baggage, BaggageExt, BaggageMetadata};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{otel_debug, Context};
use opentelemetry_propagator_core::baggage::{MemberList, Members, HEADER};
use opentelemetry_propagator_core::internal::{copy_baggage, has_prefix};
use opentelemetry_propagator_core::{inject_alone, Format, ParentMerger, Request};
use percent_encoding::percent_decode_str;

use crate::entry::{Entry, VALUE, VALUE_AND_EQUALS};
use crate::keys::Keys;

/// A propagator for OpenTelemetry's [`Baggage`] in W3C's `baggage` header.
///
/// It does not change the meaning of a member. A value is decoded for [`Baggage`] and encoded
/// again, and properties are kept verbatim. All lines of the header are read. If there is no valid
/// member, the baggage of the context stays as it was.
///
/// A list has at most 64 members and 8192 bytes. A member that does not fit is left out as a whole,
/// and the members after it are still read or written. Every call leaves out the same members,
/// because incoming members are read in their order, and outgoing members are sorted by key if they
/// do not all fit.
///
/// `=` within a value is percent-encoded, because some receivers truncate a value there. It is not
/// encoded if the list would then exceed the limit.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_propagator_w3c::BaggagePropagator;
///
/// global::set_text_map_propagator(BaggagePropagator::new());
/// ```
#[derive(Clone, Debug, Default)]
pub struct BaggagePropagator {
    /// The key prefixes that are reserved for other formats.
    reserved: Vec<&'static str>,
    /// The keys that are read and written; `None` if all are.
    allow_extract: Option<Keys>,
    allow_inject: Option<Keys>,
}

impl BaggagePropagator {
    /// Creates a propagator that reads and writes all keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a builder with the default options.
    pub fn builder() -> BaggagePropagatorBuilder {
        BaggagePropagatorBuilder(Self::default())
    }

    /// Whether a key is reserved for another format.
    #[inline]
    fn is_reserved(&self, key: &str) -> bool {
        self.reserved.iter().any(|prefix| has_prefix(key, prefix))
    }

    /// Returns the entries that this format writes.
    fn entries<'a>(&'a self, baggage: &'a Baggage) -> impl Iterator<Item = Entry<'a>> {
        let entries = baggage.iter().map(Entry::from);
        entries
            .filter(|entry| !self.is_reserved(entry.key) && allows(&self.allow_inject, entry.key))
    }

    /// Reads the members that no other format owns.
    ///
    /// Not inlined, so that a request without the header does not pay for the registers and the
    /// stack that it uses.
    #[inline(never)]
    fn read_members(
        &self,
        cx: &Context,
        members: &Members<'_>,
        mut baggage: Baggage,
    ) -> Option<Context> {
        let mut grown = 0;
        let mut left_out = members.left_out();
        for member in members.of(None) {
            if !allows(&self.allow_extract, member.key) {
                continue;
            }
            let (value, growth) = match member.may_be_encoded {
                true => decode(member.value),
                false => (member.value.to_owned(), 0),
            };
            if growth == 0 || members.has_room(grown + growth) {
                grown += growth;
                let properties = match member.properties {
                    "" => BaggageMetadata::default(),
                    properties => properties.into(),
                };
                baggage.insert_with_metadata(member.key.to_owned(), value, properties);
            } else {
                left_out += 1;
            }
        }
        if left_out > 0 {
            log_ignored_members(left_out);
        }
        (!baggage.is_empty()).then(|| cx.with_baggage(baggage))
    }
}

impl Format for BaggagePropagator {
    fn name(&self) -> &'static str {
        "baggage"
    }

    fn reserve_baggage_prefix(&mut self, prefix: &'static str) {
        self.reserved.push(prefix);
    }

    #[inline]
    fn read(
        &self,
        cx: &Context,
        request: &mut Request<'_>,
        _merger: &mut ParentMerger,
    ) -> Option<Context> {
        let has_entries = request.has_baggage_entries();
        let members = request.baggage()?;
        // Often, all members belong to other formats.
        if members.are_all_owned() && members.left_out() == 0 {
            return None;
        }
        // Entries that another format has read from this request are kept.
        let earlier = match has_entries {
            true => copy_baggage(cx.baggage()),
            false => Baggage::new(),
        };
        self.read_members(cx, members, earlier)
    }

    #[inline]
    fn write(&self, cx: &Context, _injector: &mut dyn Injector, list: &mut MemberList) {
        let baggage = cx.baggage();
        if baggage.is_empty() {
            return;
        }
        let entries = self.entries(baggage);
        if !list.push_all_with(entries, |entry, text| {
            entry.push_to(text, &VALUE_AND_EQUALS)
        }) {
            write_what_fits(self.entries(baggage).collect(), list);
        }
    }
}

impl TextMapPropagator for BaggagePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        inject_alone(self, cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        // Nothing is stated about the parent, so there is nothing to merge.
        let mut request = Request::new(extractor, &self.reserved);
        let members = request.baggage();
        let kept = members.and_then(|members| self.read_members(cx, members, Baggage::new()));
        kept.unwrap_or_else(|| cx.clone())
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 1]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| [HEADER.to_owned()]))
    }
}

/// Whether a list of keys, if there is one, contains a key.
#[inline]
fn allows(keys: &Option<Keys>, key: &str) -> bool {
    match keys {
        None => true,
        Some(keys) => keys.contain(key),
    }
}

/// Builds a [`BaggagePropagator`] that reads or writes only some keys.
///
/// ```
/// use opentelemetry_propagator_w3c::BaggagePropagator;
///
/// let propagator = BaggagePropagator::builder()
///     .allow_extract(["userId", "shop.*"])
///     .allow_inject(["shop.*"])
///     .build();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build() is called"]
pub struct BaggagePropagatorBuilder(BaggagePropagator);

impl BaggagePropagatorBuilder {
    /// Sets the keys that are read. All others are dropped. A trailing `*` stands for any rest of a
    /// key. By default all keys are read.
    ///
    /// Members that other formats of a list own, such as those of Sentry, are not affected.
    pub fn allow_extract<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.0.allow_extract = Some(Keys::new(keys));
        self
    }

    /// Sets the keys that are written, as [`allow_extract`](Self::allow_extract) sets those that are
    /// read.
    pub fn allow_inject<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.0.allow_inject = Some(Keys::new(keys));
        self
    }

    /// Builds the propagator.
    pub fn build(self) -> BaggagePropagator {
        self.0
    }
}

/// Writes entries that exceed a limit if every `=` is encoded, and leaves out those that do not
/// fit.
///
/// The iteration order of [`Baggage`] varies, so the entries are sorted first.
#[cold]
fn write_what_fits(mut entries: Vec<Entry<'_>>, list: &mut MemberList) {
    entries.sort_unstable_by_key(|entry| entry.key);
    let mut left_out = 0;
    let mut member = String::new();
    for entry in entries {
        member.clear();
        entry.push_to(&mut member, &VALUE);
        if !list.push(&member) {
            left_out += 1;
        }
    }
    if cfg!(feature = "internal-logs") && left_out > 0 {
        otel_debug!(name: "BaggagePropagator.MembersLeftOut", members = left_out);
    }
}

/// Percent-decodes a value. Bytes that are not UTF-8 become U+FFFD, as W3C requires. Returns it with
/// the number of bytes by which it is longer when it is encoded again.
#[inline(never)]
fn decode(value: &str) -> (String, usize) {
    let bytes = percent_decode_str(value);
    if let Ok(value) = bytes.clone().decode_utf8() {
        return (value.into_owned(), 0);
    }
    let decoded = bytes.decode_utf8_lossy().into_owned();
    let growth = VALUE.len(&decoded).saturating_sub(value.len());
    (decoded, growth)
}

#[cold]
fn log_ignored_members(members: usize) {
    if cfg!(feature = "internal-logs") {
        otel_debug!(name: "BaggagePropagator.MembersIgnored", members = members as i64);
    }
}
