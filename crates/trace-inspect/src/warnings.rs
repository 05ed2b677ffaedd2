//! Warnings about headers that are legal and look wrong.

use http::HeaderMap;
use opentelemetry_autoprop::known_formats;
use opentelemetry_propagator_core::baggage::{Members, MAX_BYTES, MAX_MEMBERS};
use opentelemetry_propagator_sentry::header::BAGGAGE;
use opentelemetry_propagator_vostok::header::{
    GLOBALS, REQUEST_PRIORITY as PRIORITY_GLOBAL, REQUEST_PRIORITY_HEADER as REQUEST_PRIORITY,
    TRACING_CONTEXT,
};
use opentelemetry_propagator_vostok::Entries;

use crate::facts::{Format, Trace};
use crate::header_map::{lines, sentry_dsc};
use crate::headers::{Id, Message};

/// Many servers refuse a request with a longer header.
const USUAL_LIMIT: usize = 8 * 1024;

/// Returns the warnings about a message that is read with a list of propagators.
pub(crate) fn find(
    message: &Message,
    propagators: &[String],
    formats: &[Format],
    trace: Option<&Trace>,
) -> Vec<String> {
    let headers = &message.headers;
    let mut warnings = Vec::new();
    disagreement(formats, &mut warnings);
    if let Some(trace) = trace {
        other_traces(message, trace, &mut warnings);
    }
    if let Some(sentry) = formats.iter().find(|format| format.name == "sentry") {
        let stated = sentry.stated.as_ref();
        stated
            .into_iter()
            .for_each(|stated| sampling_context(headers, stated, &mut warnings));
    }
    priority(message, &mut warnings);
    sizes(headers, &mut warnings);
    unread(headers, propagators, &mut warnings);
    warnings
}

/// Warns about formats that state different facts.
fn disagreement(formats: &[Format], warnings: &mut Vec<String>) {
    let stated = formats
        .iter()
        .filter_map(|format| Some((&format.name, format.stated?)));
    let stated: Vec<_> = stated.collect();
    let Some(((first, ours), others)) = stated.split_first() else {
        return;
    };
    for (name, theirs) in others {
        if theirs.trace_id != ours.trace_id {
            let (theirs, ours) = (theirs.trace_id, ours.trace_id);
            warnings.push(format!(
                "{name} and {first} state different traces: {theirs} and {ours}"
            ));
        } else if let (Some(theirs), Some(ours)) = (theirs.span_id, ours.span_id) {
            if theirs != ours {
                warnings.push(format!(
                    "{name} and {first} state different parent spans: {theirs} and {ours}"
                ));
            }
        }
    }
    let with = |sampled| stated.iter().find(|(_, id)| id.sampled == Some(sampled));
    if let (Some((yes, _)), Some((no, _))) = (with(true), with(false)) {
        warnings.push(format!(
            "{yes} states that the trace is sampled, {no} that it is not"
        ));
    }
}

/// Warns about a parent that no service has created, and about trace ids that no propagator reads
/// and that differ from the trace.
fn other_traces(message: &Message, trace: &Trace, warnings: &mut Vec<String>) {
    if trace.is_continued && trace.span_id_from.is_none() {
        let span_id = trace.span_id.map(|id| id.to_string()).unwrap_or_default();
        warnings.push(format!(
            "no header states the parent span: {span_id} is derived from the trace id, and no \
             service recorded such a span"
        ));
    }
    for mention in &message.mentions {
        let id = mention.id.trace_id;
        if trace.trace_id != id {
            let (label, from) = (&mention.label, &trace.from);
            warnings.push(format!("{label} has another trace id than {from}: {id}"));
        }
    }
}

/// Warns about a Dynamic Sampling Context that contradicts the trace of `sentry-trace`.
fn sampling_context(headers: &HeaderMap, stated: &Id, warnings: &mut Vec<String>) {
    let dsc = sentry_dsc(headers);
    if let Some(theirs) = dsc.get("trace_id") {
        if *theirs != stated.trace_id.to_string() {
            warnings.push(format!(
                "sentry-trace_id in {BAGGAGE} belongs to another trace: {theirs}"
            ));
        }
    }
    let decision = dsc.get("sampled").and_then(|sampled| sampled.parse().ok());
    if let (Some(theirs), Some(ours)) = (decision, stated.sampled) {
        if theirs != ours {
            let ours = u8::from(ours);
            warnings.push(format!(
                "sentry-sampled in {BAGGAGE} is {theirs}, and sentry-trace states {ours}"
            ));
        }
    }
    let number = |key| dsc.get(key)?.parse::<f64>().ok();
    let numbers = number("sample_rand").zip(number("sample_rate"));
    if let (Some((rand, rate)), Some(sampled)) = (numbers, decision.or(stated.sampled)) {
        if (rand < rate) != sampled {
            warnings.push(format!(
                "sentry-sample_rand {rand} and sentry-sample_rate {rate} contradict the decision \
                 {sampled}"
            ));
        }
    }
}

/// Warns about a priority in only one of its two places, or a different one in each.
fn priority(message: &Message, warnings: &mut Vec<String>) {
    let text = |name| message.headers.get(name)?.to_str().ok();
    let header = text(REQUEST_PRIORITY);
    let entries = text(GLOBALS).and_then(|value| Entries::parse(GLOBALS, value).ok());
    let entries = entries.unwrap_or_default();
    let global = entries.get_str(PRIORITY_GLOBAL);
    let has_trace = entries.get(TRACING_CONTEXT).is_some();
    // Only requests are shed.
    let is_request = !message.is_response();
    match (header, global) {
        (Some(header), Some(global)) if !header.eq_ignore_ascii_case(global) => {
            warnings.push(format!(
                "two priorities: {REQUEST_PRIORITY} is {header}, {PRIORITY_GLOBAL} is {global}"
            ));
        }
        (None, Some(_)) if is_request => warnings.push(format!(
            "a priority in {GLOBALS} only: Vostok's services shed load by {REQUEST_PRIORITY}"
        )),
        (Some(_), None) if has_trace && is_request => warnings.push(format!(
            "a priority in {REQUEST_PRIORITY} only: {GLOBALS} has no {PRIORITY_GLOBAL}"
        )),
        _ => {}
    }
}

/// Warns about headers with too many lines or bytes.
fn sizes(headers: &HeaderMap, warnings: &mut Vec<String>) {
    for name in headers.keys() {
        let values = headers.get_all(name);
        let count = values.iter().count();
        let may_repeat = matches!(name.as_str(), "baggage" | "tracestate" | "server-timing");
        if count > 1 && !may_repeat {
            warnings.push(format!("{name}: {count} lines, where one is expected"));
        }
        let longest = values.iter().map(|value| value.len()).max().unwrap_or(0);
        if longest > USUAL_LIMIT {
            warnings.push(format!(
                "{name}: {longest} bytes; many servers refuse more than 8 KiB"
            ));
        }
    }
    let members = Members::parse(lines(headers, BAGGAGE).collect(), &[]);
    let count = members.of(None).count() + members.left_out();
    let bytes: usize = lines(headers, BAGGAGE).map(str::len).sum();
    if count > MAX_MEMBERS || bytes > MAX_BYTES {
        warnings.push(format!(
            "{BAGGAGE}: {count} members and {bytes} bytes; no more than {MAX_MEMBERS} and \
             {MAX_BYTES} are sent on"
        ));
    }
}

/// Warns about headers that none of the propagators reads.
fn unread(headers: &HeaderMap, propagators: &[String], warnings: &mut Vec<String>) {
    for name in headers.keys().map(|name| name.as_str()) {
        let readers = known_formats()
            .iter()
            .filter(|format| format.headers.contains(&name));
        let readers: Vec<_> = readers.map(|format| format.name).collect();
        let is_read = propagators.iter().any(|name| readers.contains(&&**name));
        if !readers.is_empty() && !is_read {
            let readers = readers.join(" or ");
            warnings.push(format!(
                "{name} is not read: {readers} is not in the list of propagators"
            ));
        }
    }
}
