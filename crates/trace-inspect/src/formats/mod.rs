//! The contents of the headers, in each format's own terms.
//!
//! Each module uses the value types and errors of its format and repeats none of its rules.

mod baggage;
mod generic;
mod kontur;
mod sentry;
mod vostok;
mod w3c;

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry_autoprop::Statement;

use crate::facts::{Format, Item};
use crate::header_map::lines;

/// The contents of a format's headers, and the reason if they are refused.
type Explained = (Vec<Item>, Option<String>);

/// Explains the headers of one propagator of a list.
///
/// `cx` is the context that the whole list returns, and `continued` whether this propagator states
/// a trace.
pub(crate) fn explain(headers: &HeaderMap, statement: &Statement, cx: &Context) -> Format {
    let name = &*statement.propagator;
    let (items, reason) = match name {
        "tracecontext" => w3c::explain(headers),
        "baggage" => (baggage::explain(headers, cx), None),
        "kontur" => kontur::explain(headers),
        "vostok" => vostok::explain(headers, cx),
        "sentry" => sentry::explain(headers, statement),
        _ => generic::explain(name, headers, statement),
    };
    let refused_by_another = statement.is_refused && statement.stated.is_some();
    let by_another = || "another propagator of the list refuses its trace".to_owned();
    Format {
        name: name.to_owned(),
        items,
        refused: reason.or_else(|| refused_by_another.then(by_another)),
        stated: statement.stated.clone(),
    }
}

/// Returns an item for each line of a header.
fn items(headers: &HeaderMap, name: &str) -> Vec<Item> {
    lines(headers, name)
        .map(|line| Item::new(name, line))
        .collect()
}
