//! The entries of `jaeger-baggage`, and the values of the `uberctx-*` headers.

use std::borrow::Cow;

use opentelemetry_propagator_core::internal::{elements, BaggageEntries};
use opentelemetry_propagator_core::trim_ows;
use percent_encoding::{percent_decode_str, utf8_percent_encode, AsciiSet, NON_ALPHANUMERIC};

/// The bytes that are encoded: all except letters, digits and `-._~`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Percent-encodes a value of a `uberctx-*` header.
pub(crate) fn encode(value: &str) -> Option<Cow<'_, str>> {
    Some(utf8_percent_encode(value, ENCODED).into())
}

/// Percent-decodes a value of a `uberctx-*` header. An invalid sequence is kept verbatim, and bytes
/// that are not UTF-8 become U+FFFD.
pub(crate) fn decode(value: &str) -> Option<Cow<'_, str>> {
    Some(percent_decode_str(value).decode_utf8_lossy())
}

/// Reads a line of `jaeger-baggage`: elements `key=value`, separated by commas. An element with an
/// empty part or a second `=` is ignored.
pub(crate) fn read_line(line: &str, entries: &mut BaggageEntries<'_>) {
    for element in elements(line, b',') {
        if !entries.look() {
            return;
        }
        let Some((key, value)) = element.split_once('=') else {
            continue;
        };
        let (key, value) = (trim_ows(key), trim_ows(value));
        if !key.is_empty() && !value.is_empty() && !value.contains('=') {
            entries.insert(key.to_owned(), value.to_owned());
        }
    }
}
