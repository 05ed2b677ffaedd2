//! The report for programs, without colors and without cut values.
//!
//! The object has the fields of one message, and `messages` with the same fields for each. Fields
//! are only added, never renamed or removed.
//!
//! | field | value |
//! |---|---|
//! | `start_line` | request or status line, or null |
//! | `read_as` | how the input was understood, in words |
//! | `trace` | null, or an object: |
//! | `trace.trace_id` | 32 hex digits |
//! | `trace.span_id`, `trace.sampled`, `trace.trace_state` | the parent; null for a trace that is only mentioned |
//! | `trace.from` | the first propagator that states the trace, or the kind of text that mentions it |
//! | `trace.stated_by` | per fact (`span_id`, `sampled`, `trace_state`), the propagator that states it; null if it is derived or deferred |
//! | `trace.continued` | whether a service would continue it |
//! | `trace.link` | its page in the viewer |
//! | `formats` | per propagator: `name`, `status` (`found`, `refused`, `absent`), `reason`, `items`, and `trace` with the facts that it states (`trace_id`, `span_id`, `sampled`; null for others) |
//! | `warnings`, `notes` | sentences |
//! | `outgoing` | the headers that are sent on, by name |
//! | `lists` | per list of propagators, in the order of the options: `propagators`, `trace`, `formats`, `warnings`, `outgoing`; the first one is repeated in the fields above |
//! | `propagators` | the names of the first list |
//! | `status` | `trace`, `no_trace`, `unrecognized`: exit statuses 0, 1, 3 |
//! | `message` | the index in `messages` of the message at the top, or null |
//! | `more` | how many messages are left out |
//! | `lines` | the number of lines that were read |
//! | `skipped` | the number of bytes that were skipped in long JSON strings |
//! | `unknown` | names that resemble a header: `name`, `nearest`, `line` |
//! | `candidates` | possible trace ids, if no message was found |

use opentelemetry::trace::TraceId;
use opentelemetry_autoprop::{Propagator, RemoteParent};
use serde_json::{json, Map, Value};

use crate::headers::{Message, Reading};
use crate::report::{Format, Report, Trace};

/// Returns the reports on the first `max` messages as one JSON object. The message at the top may be
/// a later one. `lists` are compared; there is at least one. `link` returns a trace's page in the
/// viewer.
pub fn all(
    reading: &Reading,
    lists: &[Propagator],
    link: impl Fn(TraceId) -> String,
    max: usize,
) -> Value {
    let of = |message: &Message| one(message, lists, &link);
    let shown = reading.messages.iter().take(max);
    let messages: Vec<_> = shown.map(of).collect();
    let has_trace = |message: &Message| {
        let mut lists = lists.iter();
        lists.any(|propagator| Report::has_trace(message, propagator))
    };
    let decisive = reading.decisive(has_trace);
    let mut top = match decisive {
        Some((i, message)) => messages.get(i).cloned().unwrap_or_else(|| of(message)),
        None => of(&Message::default()),
    };
    let status = match decisive {
        None => "unrecognized",
        Some((_, message)) if has_trace(message) => "trace",
        Some(_) => "no_trace",
    };
    let unknown = reading.unknown.iter().map(
        |unknown| json!({ "name": unknown.name, "nearest": unknown.nearest, "line": unknown.line }),
    );
    top["status"] = json!(status);
    top["message"] = json!(decisive.map(|(i, _)| i));
    top["lines"] = json!(reading.lines);
    top["skipped"] = json!(reading.skipped);
    top["unknown"] = unknown.collect();
    top["candidates"] = json!(reading.candidates);
    top["propagators"] = top["lists"][0]["propagators"].clone();
    top["more"] = json!(reading.count - messages.len());
    top["messages"] = Value::Array(messages);
    top
}

fn one(message: &Message, lists: &[Propagator], link: impl Fn(TraceId) -> String) -> Value {
    let reports = lists.iter().map(|list| Report::new(message, list));
    let lists: Vec<_> = reports.map(|report| self::report(&report, &link)).collect();
    let mut one = lists.first().cloned().unwrap_or_default();
    if let Some(fields) = one.as_object_mut() {
        fields.shift_remove("propagators");
    }
    one["start_line"] = json!(message.start_line);
    one["read_as"] = json!(message.read_as);
    one["notes"] = json!(message.notes);
    one["lists"] = Value::Array(lists);
    one
}

fn report(report: &Report, link: impl Fn(TraceId) -> String) -> Value {
    let outgoing: Map<_, _> = report
        .outgoing
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    json!({
        "propagators": report.propagators,
        "trace": report.trace.as_ref().map(|trace| self::trace(trace, link)),
        "formats": report.formats.iter().map(format).collect::<Vec<_>>(),
        "warnings": report.warnings,
        "outgoing": outgoing,
    })
}

fn trace(trace: &Trace, link: impl Fn(TraceId) -> String) -> Value {
    json!({
        "trace_id": trace.trace_id.to_string(),
        "span_id": trace.span_id.map(|id| id.to_string()),
        "sampled": trace.sampled,
        "trace_state": trace.is_continued.then_some(&trace.trace_state),
        "from": trace.from,
        "stated_by": {
            "span_id": trace.span_id_from,
            "sampled": trace.sampled_from,
            "trace_state": trace.trace_state_from,
        },
        "continued": trace.is_continued,
        "link": link(trace.trace_id),
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
        "trace": format.stated.as_ref().map(stated),
    })
}

fn stated(parent: &RemoteParent) -> Value {
    json!({
        "trace_id": parent.trace_id.to_string(),
        "span_id": parent.span_id.map(|id| id.to_string()),
        "sampled": parent.sampled,
    })
}
