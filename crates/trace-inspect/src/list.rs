//! The list of propagators, as a service would resolve it.

use std::env;

use opentelemetry_autoprop::{Propagator, OTEL_PROPAGATORS};

/// The list if neither the option nor the variable gives one: everything that can be read. The
/// formats of this project are last, so that their traces win.
const ALL: &str = "b3,xray,jaeger,ottrace,tracecontext,baggage,sentry,kontur,vostok";

/// Returns the propagators to compare: one for each list, or else that of `OTEL_PROPAGATORS`, as a
/// service has them.
///
/// Problems of a list are written to standard error, as by a service without a subscriber. Without a
/// list and without the variable, the propagator has all formats, unlike that of a service.
pub fn propagators(lists: &[String]) -> Vec<Propagator> {
    let builder = opentelemetry_autoprop::builder;
    if lists.is_empty() {
        let is_set = env::var_os(OTEL_PROPAGATORS).is_some_and(|value| !value.is_empty());
        let all = builder().default_list(ALL);
        let builder = if is_set { builder() } else { all };
        return vec![builder.from_env()];
    }
    let propagator = |list: &String| {
        let list = list.clone();
        let lookup = move |variable: &str| match variable {
            OTEL_PROPAGATORS => Some(list.clone()),
            variable => env::var(variable).ok(),
        };
        builder().lookup(lookup).from_env()
    };
    lists.iter().map(propagator).collect()
}
