//! The propagator for the application's members of `baggage`.

use std::borrow::Cow;
use std::sync::OnceLock;

use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{otel_debug, Context};
use opentelemetry_propagator_core::baggage::{
    for_each_member, MemberList, HEADER, MAX_BYTES, MAX_MEMBERS,
};
use opentelemetry_propagator_core::{inject_alone, Format, ParentMerger};
use percent_encoding::percent_decode_str;

use crate::entry::{Encoding, Entry, VALUE, VALUE_AND_EQUALS};

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
}

impl BaggagePropagator {
    /// Creates a propagator.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a key is reserved for another format.
    fn is_reserved(&self, key: &str) -> bool {
        self.reserved.iter().any(|prefix| key.starts_with(prefix))
    }

    /// Returns a line without the reserved members at its beginning, which is where these
    /// propagators write them. Skipping them takes less time than splitting them.
    #[inline]
    fn skip_reserved<'a>(&self, mut line: &'a str) -> &'a str {
        while self.is_reserved(line) {
            let Some((_, rest)) = line.split_once(',') else {
                return "";
            };
            line = rest;
        }
        line
    }

    /// Returns the entries that this format writes.
    fn entries<'a>(&'a self, baggage: &'a Baggage) -> impl Iterator<Item = Entry<'a>> {
        let entries = baggage.iter().map(Entry::from);
        entries.filter(|entry| !self.is_reserved(entry.key))
    }

    /// Returns the length in bytes of all members, joined by commas.
    #[inline]
    fn len(&self, baggage: &Baggage) -> usize {
        let len = |encoding: &Encoding| -> usize {
            let lens = self.entries(baggage).map(|entry| entry.len(encoding) + 1);
            lens.sum::<usize>().saturating_sub(1)
        };
        match len(&VALUE_AND_EQUALS) {
            len if len <= MAX_BYTES => len,
            _ => len(&VALUE),
        }
    }

    /// Reads all lines of the header.
    ///
    /// Not inlined, so that a request without the header does not pay for the registers and the
    /// stack that it uses.
    #[inline(never)]
    fn read_lines(&self, cx: &Context, lines: Vec<&str>) -> Option<Context> {
        let mut baggage = Baggage::new();
        let mut room = Room::default();
        let mut ignored = 0;
        for line in lines {
            for_each_member(self.skip_reserved(line), |member| {
                if self.is_reserved(member.key) {
                    return;
                }
                if is_token(member.key) && room.take(member.len()) {
                    baggage.insert_with_metadata(
                        member.key.to_owned(),
                        decode(member.value),
                        member.properties,
                    );
                } else {
                    ignored += 1;
                }
            });
        }
        if ignored > 0 {
            log_ignored_members(ignored);
        }
        (!baggage.is_empty()).then(|| cx.with_baggage(baggage))
    }
}

impl Format for BaggagePropagator {
    fn name(&self) -> &'static str {
        "baggage"
    }

    #[inline]
    fn read(
        &self,
        cx: &Context,
        extractor: &dyn Extractor,
        _merger: &mut ParentMerger,
    ) -> Option<Context> {
        self.read_lines(cx, extractor.get_all(HEADER)?)
    }

    fn write(&self, _cx: &Context, _injector: &mut dyn Injector) {}

    #[inline]
    fn baggage_len(&self, cx: &Context) -> usize {
        self.len(cx.baggage())
    }

    #[inline]
    fn write_baggage(&self, cx: &Context, list: &mut MemberList) {
        let baggage = cx.baggage();
        if baggage.is_empty() {
            return;
        }
        if list.is_empty() {
            list.reserve(self.len(baggage));
        }
        let entries = self.entries(baggage);
        if !list.push_all_with(entries, |entry, text| {
            entry.push_to(text, &VALUE_AND_EQUALS)
        }) {
            write_what_fits(self.entries(baggage).collect(), list);
        }
    }

    fn reserve_baggage_prefix(&mut self, prefix: &'static str) {
        self.reserved.push(prefix);
    }
}

impl TextMapPropagator for BaggagePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        inject_alone(self, cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        // Nothing is stated about the parent, so there is nothing to merge.
        let lines = extractor.get_all(HEADER);
        let kept = lines.and_then(|lines| self.read_lines(cx, lines));
        kept.unwrap_or_else(|| cx.clone())
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 1]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| [HEADER.to_owned()]))
    }
}

/// The numbers of members and bytes that may still be read.
struct Room {
    members: usize,
    /// Includes a comma after each member.
    bytes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Room {
            members: MAX_MEMBERS,
            bytes: MAX_BYTES + 1,
        }
    }
}

impl Room {
    /// Subtracts a member. Returns `false` if it does not fit.
    fn take(&mut self, len: usize) -> bool {
        let fits = self.members > 0 && len < self.bytes;
        if fits {
            self.members -= 1;
            self.bytes -= len + 1;
        }
        fits
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

/// Percent-decodes a value. Bytes that are not UTF-8 become U+FFFD, as W3C requires.
#[inline]
fn decode(value: &str) -> String {
    if !value.contains('%') {
        return value.to_owned();
    }
    match percent_decode_str(value).decode_utf8_lossy() {
        Cow::Borrowed(value) => value.to_owned(),
        Cow::Owned(value) => value,
    }
}

/// Whether a key is a token of RFC 9110, 5.6.2. [`Baggage`] rejects other keys.
#[inline]
fn is_token(key: &str) -> bool {
    // No early exit, because keys are short and usually valid.
    let is_token_byte = |byte: u8| IS_TOKEN_BYTE[usize::from(byte)];
    !key.is_empty()
        && key
            .bytes()
            .fold(true, |valid, byte| valid & is_token_byte(byte))
}

static IS_TOKEN_BYTE: [bool; 256] = {
    let mut is_token_byte = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        is_token_byte[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let marks = b"!#$%&'*+-.^_`|~";
    let mut at = 0;
    while at < marks.len() {
        is_token_byte[marks[at] as usize] = true;
        at += 1;
    }
    is_token_byte
};

#[cold]
fn log_ignored_members(members: usize) {
    if cfg!(feature = "internal-logs") {
        otel_debug!(name: "BaggagePropagator.MembersIgnored", members = members as i64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_token_agrees_with_the_keys_of_opentelemetry() {
        for byte in 0..=0x7f {
            let key = String::from_utf8(vec![b'k', byte]).unwrap();
            let mut baggage = Baggage::new();
            baggage.insert(key.clone(), "v");
            assert_eq!(is_token(&key), !baggage.is_empty(), "{key:?}");
        }
        assert!(!is_token("") && !is_token("\u{e9}"));
    }
}
