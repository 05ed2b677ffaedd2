//! W3C Baggage.

use http::HeaderMap;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_sentry::header::BAGGAGE;

use super::lines;
use crate::report::Item;

pub(super) fn explain(headers: &HeaderMap) -> Vec<Item> {
    let propagator =
        opentelemetry_autoprop::from_list("baggage").expect("a name that is always known");
    let cx = propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers));
    let members = cx.baggage().iter().map(|(key, (value, metadata))| {
        let item = Item::new(key.as_str(), value.as_str());
        match metadata.as_str() {
            "" => item,
            metadata => item.note(metadata),
        }
    });
    let mut items: Vec<_> = members.collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    if items.is_empty() {
        let invalid =
            lines(headers, BAGGAGE).map(|line| Item::new(BAGGAGE, line).note("no member"));
        items.extend(invalid);
    }
    items
}
