//! The list of propagators, as a service would resolve it.

use std::env;

use opentelemetry_autoprop::{known_formats, Propagator, OTEL_PROPAGATORS};

/// Returns the list if neither the option nor the variable gives one: everything that can be read.
///
/// A name whose headers another one reads is left out. The formats of this project are last, so that
/// their traces win.
fn all() -> String {
    const OWN: [&str; 5] = ["tracecontext", "baggage", "kontur", "vostok", "sentry"];
    let mut names: Vec<&str> = Vec::new();
    let mut read: Vec<&str> = Vec::new();
    let enabled = known_formats().iter().filter(|format| format.is_enabled());
    for format in enabled.filter(|format| !OWN.contains(&format.name)) {
        if !format.headers.iter().all(|header| read.contains(header)) {
            read.extend(format.headers);
            names.push(format.name);
        }
    }
    names.extend(OWN);
    names.join(",")
}

/// Returns the propagators to compare: one for each list, or else that of `OTEL_PROPAGATORS`.
pub fn propagators(lists: &[String]) -> Vec<Propagator> {
    match lists {
        [] => vec![propagator(None)],
        lists => lists.iter().map(|list| propagator(Some(list))).collect(),
    }
}

/// Returns the propagator that a service has with this list, or else with `OTEL_PROPAGATORS`.
///
/// Problems of the list are written to standard error, as by a service without a subscriber. Without
/// a list and without the variable, it returns all formats, unlike a service.
fn propagator(list: Option<&str>) -> Propagator {
    let is_set = env::var_os(OTEL_PROPAGATORS).is_some_and(|value| !value.is_empty());
    let builder = opentelemetry_autoprop::builder();
    let builder = match list {
        Some(list) => {
            let list = list.to_owned();
            builder.lookup(move |variable| match variable {
                OTEL_PROPAGATORS => Some(list.clone()),
                variable => env::var(variable).ok(),
            })
        }
        None if is_set => builder,
        None => builder.default_list(all()),
    };
    builder.from_env()
}
