//! The spans that arrive in the collector.

use std::collections::{HashMap, HashSet};

use demo::collector::{Collector, Span};

/// Returns all spans that have arrived, by their trace id.
pub(crate) fn by_trace(collector: &mut Collector) -> HashMap<&str, Vec<&Span>> {
    let mut traces: HashMap<_, Vec<_>> = HashMap::new();
    for span in collector.received() {
        traces.entry(&*span.trace_id).or_default().push(span);
    }
    traces
}

/// Whether every span of a trace but the first has a parent among them.
pub(crate) fn is_connected(spans: &[&Span]) -> bool {
    let ids: HashSet<_> = spans.iter().map(|it| &it.span_id).collect();
    let first = spans.iter().filter(|it| !ids.contains(&it.parent_span_id));
    first.count() == 1
}
