//! W3C Baggage.

use http::HeaderMap;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::HEADER;

use crate::facts::Item;
use crate::header_map::lines;
use crate::headers::is_valid;

/// Explains the members that the whole list keeps, without those that belong to another format.
pub(super) fn explain(headers: &HeaderMap, cx: &Context) -> Vec<Item> {
    let members = cx.baggage().iter().map(|(key, (value, metadata))| {
        let item = Item::new(key.as_str(), value.as_str());
        match metadata.as_str() {
            "" => item,
            metadata => item.note(metadata),
        }
    });
    let mut items: Vec<_> = members.collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    let invalid = lines(headers, HEADER).filter(|line| !is_valid(HEADER, line));
    items.extend(invalid.map(|line| Item::new(HEADER, line).note("not all of it is valid")));
    items
}
