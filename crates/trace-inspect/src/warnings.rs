//! Warnings about headers that are legal and look wrong.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry_autoprop::known_formats;
use opentelemetry_propagator_sentry::header::BAGGAGE;
use opentelemetry_propagator_vostok::{header as vostok, Entries};

use crate::facts::{Extraction, Report, Trace};
use crate::header_map::sentry_dsc;
use crate::headers::{Id, Mention, Message};

/// Many servers refuse a request with a longer header.
const USUAL_LIMIT: usize = 8 * 1024;

/// Returns the warnings about a message that is read with a list of propagators.
pub(crate) fn find(message: &Message, report: &Report) -> Vec<String> {
    let headers = &message.headers;
    let sentry = report.formats.iter().find(|format| format.name == "sentry");
    let mut warnings = disagreements(&report.formats);
    if let Some(trace) = &report.trace {
        warnings.extend(derived_span(trace));
        let mentions = message.mentions.iter();
        warnings.extend(mentions.filter_map(|mention| other_trace(mention, trace)));
    }
    if let Some(stated) = sentry.and_then(|sentry| sentry.stated) {
        warnings.extend(sampling_context(headers, &stated));
    }
    warnings.extend(priority(message));
    for name in headers.keys() {
        warnings.extend(repeated(headers, name));
        warnings.extend(too_long(headers, name));
        warnings.extend(unread(name.as_str(), &report.propagators));
    }
    warnings
}

/// Warns about formats that state different facts.
fn disagreements(formats: &[Extraction]) -> Vec<String> {
    let formats = formats.iter();
    let stated = formats.filter_map(|format| Some((&format.name, format.stated?)));
    let stated: Vec<_> = stated.collect();
    let Some(((first, ours), others)) = stated.split_first() else {
        return Vec::new();
    };
    let mut warnings = Vec::new();
    for (name, theirs) in others {
        let (what, theirs, ours) = match (theirs.span_id, ours.span_id) {
            _ if theirs.trace_id != ours.trace_id => (
                "traces",
                theirs.trace_id.to_string(),
                ours.trace_id.to_string(),
            ),
            (Some(theirs), Some(ours)) if theirs != ours => {
                ("parent spans", theirs.to_string(), ours.to_string())
            }
            _ => continue,
        };
        let what = format!("different {what}: {theirs} and {ours}");
        warnings.push(format!("{name} and {first} state {what}"));
    }
    let with = |sampled| stated.iter().find(|(_, id)| id.sampled == Some(sampled));
    if let (Some((yes, _)), Some((no, _))) = (with(true), with(false)) {
        warnings.push(format!(
            "{yes} states that the trace is sampled, {no} that it is not"
        ));
    }
    warnings
}

/// Warns about a parent that no service has created.
fn derived_span(trace: &Trace) -> Option<String> {
    let is_derived = trace.is_continued && trace.span_id_from.is_none();
    let span_id = trace.span_id.filter(|_| is_derived)?;
    Some(format!(
        "no header states the parent span: {span_id} is derived from the trace id, and no service \
         recorded such a span"
    ))
}

/// Warns about a trace id that no propagator reads and that differs from the trace.
fn other_trace(mention: &Mention, trace: &Trace) -> Option<String> {
    let (label, id, from) = (&mention.label, mention.id.trace_id, &trace.from);
    (id != trace.trace_id).then(|| format!("{label} has another trace id than {from}: {id}"))
}

/// Warns about a Dynamic Sampling Context that contradicts the trace of `sentry-trace`.
fn sampling_context(headers: &HeaderMap, stated: &Id) -> Vec<String> {
    let dsc = sentry_dsc(headers);
    let mut warnings = Vec::new();
    let trace_id = stated.trace_id.to_string();
    if let Some(theirs) = dsc.get("trace_id").filter(|theirs| **theirs != trace_id) {
        let text = format!("sentry-trace_id in {BAGGAGE} belongs to another trace: {theirs}");
        warnings.push(text);
    }
    let decision = dsc.get("sampled").and_then(|sampled| sampled.parse().ok());
    let decisions = decision.zip(stated.sampled);
    if let Some((theirs, ours)) = decisions.filter(|(theirs, ours)| theirs != ours) {
        let text = format!("sentry-sampled in {BAGGAGE} is {theirs}, and sentry-trace states");
        warnings.push(format!("{text} {}", u8::from(ours)));
    }
    let number = |key| dsc.get(key)?.parse::<f64>().ok();
    let numbers = number("sample_rand").zip(number("sample_rate"));
    if let (Some((rand, rate)), Some(sampled)) = (numbers, decision.or(stated.sampled)) {
        let text = format!("sentry-sample_rand {rand} and sentry-sample_rate {rate} contradict");
        let is_wrong = (rand < rate) != sampled;
        warnings.extend(is_wrong.then(|| format!("{text} the decision {sampled}")));
    }
    warnings
}

/// Warns about a priority that is not in the header, or another one there.
fn priority(message: &Message) -> Option<String> {
    let text = |name| message.headers.get(name)?.to_str().ok();
    let (globals, name) = (vostok::GLOBALS, vostok::REQUEST_PRIORITY_HEADER);
    let entries = Entries::parse(globals, text(globals)?).ok()?;
    let entry = entries.get_str(vostok::REQUEST_PRIORITY)?;
    match text(name) {
        Some(header) if !header.eq_ignore_ascii_case(entry) => {
            let other = format!("{} is {entry}", vostok::REQUEST_PRIORITY);
            Some(format!("two priorities: {name} is {header}, {other}"))
        }
        // Only requests are shed.
        None if !message.is_response() => Some(format!(
            "a priority in {globals} only: Vostok's services shed load by {name}"
        )),
        _ => None,
    }
}

/// Warns about headers with too many lines.
fn repeated(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let may_repeat = matches!(name.as_str(), "baggage" | "tracestate" | "server-timing");
    let count = headers.get_all(name).iter().count();
    (count > 1 && !may_repeat).then(|| format!("{name}: {count} lines, where one is expected"))
}

/// Warns about a header with too many bytes.
fn too_long(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let longest = headers.get_all(name).iter().map(HeaderValue::len).max()?;
    (longest > USUAL_LIMIT)
        .then(|| format!("{name}: {longest} bytes; many servers refuse more than 8 KiB"))
}

/// Warns about a header that none of the propagators reads.
fn unread(name: &str, propagators: &[String]) -> Option<String> {
    let formats = known_formats().iter();
    let readers = formats.filter(|format| format.headers.contains(&name));
    let readers: Vec<_> = readers.map(|format| format.name).collect();
    let is_read = propagators.iter().any(|name| readers.contains(&&**name));
    (!readers.is_empty() && !is_read).then(|| {
        let readers = readers.join(" or ");
        format!("{name} is not read: {readers} is not in the list of propagators")
    })
}
