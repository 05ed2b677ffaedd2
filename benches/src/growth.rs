//! Extractions whose cost depends on the size of the request or of the list.

use opentelemetry_propagator_kontur::KonturPropagator;

use crate::case::v0_33::case;
use crate::case::Case;
use crate::{ours, request};

/// A case with a size.
pub struct Growth {
    /// What the size counts.
    pub what: &'static str,
    pub size: usize,
    pub case: Case,
    /// The number of ordinary headers in the request.
    pub ordinary: usize,
}

/// Returns all cases, by what their sizes count.
pub fn all() -> Vec<Growth> {
    let growth = |what, size, case, ordinary| Growth {
        what,
        size,
        case,
        ordinary,
    };
    let headers = [16, 32, 64, 96, 128];
    let headers = headers.map(|n| growth("ordinary headers, `kontur`", n, ours::kontur(), n));
    let globals = [1, 10, 25, 50, 100, 200].map(|n| {
        let case = ours::named("vostok", request::vostok_among(n));
        growth("entries of `context-globals`, `vostok`", n, case, 16)
    });
    let members = [1, 8, 16, 32, 48, 64].map(|n| {
        let case = ours::named("sentry", request::sentry_with(n));
        growth("members of `baggage`, `sentry`", n, case, 16)
    });
    let formats =
        [1, 2, 4, 8, 16].map(|n| growth("formats that read the same headers", n, list_of(n), 16));
    let all = headers.into_iter().chain(globals).chain(members);
    all.chain(formats).collect()
}

/// Returns a list of this many formats, each of which reads the headers.
fn list_of(formats: usize) -> Case {
    let names: Vec<_> = (0..formats).map(|i| format!("kontur{i}")).collect();
    let builder = names
        .iter()
        .fold(opentelemetry_autoprop::builder(), |builder, name| {
            builder.register(name, KonturPropagator::new())
        });
    let list = builder
        .from_list(&names.join(","))
        .expect("the names are known");
    case("formats", list, request::kontur())
}
