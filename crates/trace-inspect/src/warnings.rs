//! Warnings about headers that are legal and look wrong.

use http::HeaderMap;
use opentelemetry_autoprop::known_formats;
use opentelemetry_propagator_core::baggage::{Members, MAX_BYTES, MAX_MEMBERS};
use opentelemetry_propagator_sentry::header::BAGGAGE;
use opentelemetry_propagator_vostok::header::{
    GLOBALS, REQUEST_PRIORITY as PRIORITY_GLOBAL, REQUEST_PRIORITY_HEADER as REQUEST_PRIORITY,
    TRACING_CONTEXT,
};
use opentelemetry_propagator_vostok::{Entries, RequestPriority};

use crate::facts::{Format, Trace};
use crate::header_map::sentry_dsc;
use crate::headers::{is_valid, looks_cut, Message};

/// Returns the warnings about a message.
pub(crate) fn find(message: &Message, formats: &[Format], trace: Option<&Trace>) -> Vec<String> {
    let mut warnings = Vec::new();
    let cut = cut(&message.headers).into_iter();
    warnings.extend(cut.map(|name| format!("{name}: the value looks cut off")));
    disagreement(formats, &mut warnings);
    derived(trace, &mut warnings);
    mentions(message, trace, &mut warnings);
    sampling_context(&message.headers, formats, &mut warnings);
    priority(message, &mut warnings);
    lines(&message.headers, &mut warnings);
    unread(&message.headers, formats, &mut warnings);
    warnings
}

/// Warns about formats that state different facts.
fn disagreement(formats: &[Format], warnings: &mut Vec<String>) {
    let stated: Vec<_> = formats
        .iter()
        .filter_map(|format| Some((&format.name, format.stated.as_ref()?)))
        .collect();
    let Some(((first_name, first), others)) = stated.split_first() else {
        return;
    };
    for (name, other) in others {
        if other.trace_id != first.trace_id {
            warnings.push(format!(
                "{name} and {first_name} state different traces: {} and {}",
                other.trace_id, first.trace_id
            ));
            continue;
        }
        if let (Some(theirs), Some(ours)) = (other.span_id, first.span_id) {
            if theirs != ours {
                warnings.push(format!(
                    "{name} and {first_name} state different parent spans: {theirs} and {ours}"
                ));
            }
        }
    }
    let decisions: Vec<_> = stated
        .iter()
        .filter_map(|(name, parent)| Some((name, parent.sampled?)))
        .collect();
    let yes = decisions.iter().find(|(_, sampled)| *sampled);
    let no = decisions.iter().find(|(_, sampled)| !sampled);
    if let (Some((yes, _)), Some((no, _))) = (yes, no) {
        warnings.push(format!(
            "{yes} states that the trace is sampled, {no} that it is not"
        ));
    }
}

/// Warns about a parent that no service has created.
fn derived(trace: Option<&Trace>, warnings: &mut Vec<String>) {
    if let Some(trace) = trace.filter(|trace| trace.is_continued && trace.span_id_from.is_none()) {
        warnings.push(format!(
            "no header states the parent span: {} is derived from the trace id, and no service \
             recorded such a span",
            trace.span_id.map(|id| id.to_string()).unwrap_or_default()
        ));
    }
}

/// Warns about trace ids that differ from the continued one and that no propagator reads.
fn mentions(message: &Message, trace: Option<&Trace>, warnings: &mut Vec<String>) {
    for mention in &message.mentions {
        if let Some(trace) = trace.filter(|trace| trace.trace_id != mention.id.trace_id) {
            warnings.push(format!(
                "{} has another trace id than {}: {}",
                mention.label, trace.from, mention.id.trace_id
            ));
        }
    }
}

/// Warns about a Dynamic Sampling Context that contradicts its trace.
fn sampling_context(headers: &HeaderMap, formats: &[Format], warnings: &mut Vec<String>) {
    let sentry = formats.iter().find(|format| format.name == "sentry");
    let Some(stated) = sentry.and_then(|format| format.stated.as_ref()) else {
        return;
    };
    let dsc = sentry_dsc(headers);
    if let Some(theirs) = dsc.get("trace_id") {
        if *theirs != stated.trace_id.to_string() {
            warnings.push(format!(
                "sentry-trace_id in {BAGGAGE} is of another trace: {theirs}"
            ));
        }
    }
    let decision = dsc
        .get("sampled")
        .and_then(|sampled| sampled.parse::<bool>().ok());
    if let (Some(theirs), Some(ours)) = (decision, stated.sampled) {
        if theirs != ours {
            warnings.push(format!(
                "sentry-sampled in {BAGGAGE} is {theirs}, and sentry-trace states {}",
                u8::from(ours)
            ));
        }
    }
    let number = |key| dsc.get(key).and_then(|value| value.parse::<f64>().ok());
    if let (Some(rand), Some(rate), Some(sampled)) = (
        number("sample_rand"),
        number("sample_rate"),
        decision.or(stated.sampled),
    ) {
        if (rand < rate) != sampled {
            warnings.push(format!(
                "sentry-sample_rand {rand} and sentry-sample_rate {rate} do not give the decision \
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
    let global = entries
        .as_ref()
        .and_then(|entries| entries.get_str(PRIORITY_GLOBAL));
    let has_globals = entries
        .as_ref()
        .is_some_and(|entries| entries.get(TRACING_CONTEXT).is_some());
    for (place, value) in [(REQUEST_PRIORITY, header), (PRIORITY_GLOBAL, global)] {
        if let Some(value) = value.filter(|value| value.parse::<RequestPriority>().is_err()) {
            let value: String = value.chars().take(20).collect();
            warnings.push(format!("{place}: unknown priority {value:?}"));
        }
    }
    match (header, global) {
        (Some(header), Some(global)) if !header.eq_ignore_ascii_case(global) => {
            warnings.push(format!(
                "two priorities: {REQUEST_PRIORITY} is {header}, {PRIORITY_GLOBAL} is {global}"
            ));
        }
        // Only requests are shed.
        (None, Some(_)) if !message.is_response() => warnings.push(format!(
            "a priority in {GLOBALS} only: Vostok's services shed load by {REQUEST_PRIORITY}"
        )),
        (Some(_), None) if has_globals && !message.is_response() => warnings.push(format!(
            "a priority in {REQUEST_PRIORITY} only: {GLOBALS} has no {PRIORITY_GLOBAL}"
        )),
        _ => {}
    }
}

/// Warns about headers with too many lines or bytes.
fn lines(headers: &HeaderMap, warnings: &mut Vec<String>) {
    /// Many servers refuse a request with a longer header.
    const USUAL_LIMIT: usize = 8 * 1024;
    for name in headers.keys() {
        let values: Vec<_> = headers.get_all(name).iter().collect();
        let may_repeat = matches!(name.as_str(), "baggage" | "tracestate" | "server-timing");
        if values.len() > 1 && !may_repeat {
            let count = values.len();
            warnings.push(format!("{name}: {count} lines, where one is expected"));
        }
        let longest = values.iter().map(|value| value.len()).max().unwrap_or(0);
        if longest > USUAL_LIMIT {
            warnings.push(format!(
                "{name}: {longest} bytes; many servers refuse more than 8 KiB"
            ));
        }
    }
    let lines = headers.get_all(BAGGAGE).into_iter();
    let lines: Vec<_> = lines.filter_map(|line| line.to_str().ok()).collect();
    let members = Members::parse(lines.clone(), &[]);
    let count = members.of(None).count() + members.left_out();
    let bytes: usize = lines.iter().map(|line| line.len()).sum();
    if count > MAX_MEMBERS || bytes > MAX_BYTES {
        warnings.push(format!(
            "{BAGGAGE}: {count} members and {bytes} bytes; no more than {MAX_MEMBERS} and \
             {MAX_BYTES} are sent on"
        ));
    }
}

/// Warns about headers that none of the propagators reads.
fn unread(headers: &HeaderMap, formats: &[Format], warnings: &mut Vec<String>) {
    for name in headers.keys() {
        let name = name.as_str();
        let mut readers = known_formats()
            .iter()
            .filter(|format| format.headers.contains(&name))
            .peekable();
        let is_read = |reader: &str| formats.iter().any(|format| format.name == reader);
        if readers.peek().is_none() || readers.clone().any(|reader| is_read(reader.name)) {
            continue;
        }
        let names: Vec<_> = readers.map(|reader| reader.name).collect();
        let names = names.join(" or ");
        warnings.push(format!(
            "{name} is not read: {names} is not in the list of propagators"
        ));
    }
}

/// Returns the names of the headers whose values look like the beginning of valid ones.
pub(crate) fn cut(headers: &HeaderMap) -> Vec<&str> {
    let is_cut = |name: &str| {
        let mut lines = headers.get_all(name).into_iter();
        lines.any(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            !is_valid(name, &text) && looks_cut(name, &text)
        })
    };
    headers
        .keys()
        .map(|name| name.as_str())
        .filter(|name| is_cut(name))
        .collect()
}
