//! The list of propagators, as a service would resolve it.

use std::env;

use opentelemetry_autoprop::{Propagator, OTEL_PROPAGATORS};

/// The list if neither the option nor the variable gives one: everything that can be read. The
/// formats of this project are last, so that their traces win.
const ALL: &str = "b3,xray,jaeger,ottrace,tracecontext,baggage,kontur,vostok,sentry";

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
        None => builder.default_list(ALL),
    };
    builder.from_env()
}
