//! Formats whose propagators are written by others: their headers verbatim.

use http::HeaderMap;
use opentelemetry_autoprop::{known_formats, Statement};

use super::{items, Explained};

pub(super) fn explain(name: &str, headers: &HeaderMap, statement: &Statement) -> Explained {
    let format = known_formats().iter().find(|format| format.name == name);
    let names = format.map_or(&[][..], |format| format.headers);
    let items: Vec<_> = names.iter().flat_map(|name| items(headers, name)).collect();
    let refused = match items.first() {
        Some(first) if statement.stated.is_none() => {
            Some(format!("{}: no valid trace", first.name))
        }
        _ => None,
    };
    (items, refused)
}
