//! The report for programs: nothing cut, nothing coloured.

use opentelemetry::trace::SpanContext;
use serde_json::{json, Map, Value};

use crate::report::{Format, Report};

/// The report as one JSON object.
pub fn of(report: &Report, start_line: Option<&str>, link: Option<&str>) -> Value {
    let onward: Map<_, _> = report
        .onward
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let trace = report.continued.as_ref().map(|(from, span_context)| {
        let mut trace = ids(span_context);
        trace["trace_state"] = json!(span_context.trace_state().header());
        trace["from"] = json!(from);
        trace["link"] = json!(link);
        trace
    });
    json!({
        "start_line": start_line,
        "formats": report.formats.iter().map(format).collect::<Vec<_>>(),
        "trace": trace,
        "onward": onward,
    })
}

fn format(format: &Format) -> Value {
    let items = format
        .items
        .iter()
        .map(|item| json!({ "name": item.name, "value": item.value, "note": item.note }));
    json!({
        "name": format.name,
        "status": match &format.refused {
            Some(_) => "refused",
            None if format.is_absent() => "absent",
            None => "found",
        },
        "reason": format.refused,
        "items": items.collect::<Vec<_>>(),
        "trace": format.span_context.as_ref().map(ids),
    })
}

fn ids(span_context: &SpanContext) -> Value {
    json!({
        "trace_id": span_context.trace_id().to_string(),
        "span_id": span_context.span_id().to_string(),
        "sampled": span_context.is_sampled(),
    })
}
