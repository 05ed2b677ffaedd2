//! A naive implementation of `sentry-trace` and of the Dynamic Sampling Context in `baggage`.

use std::collections::HashMap;

use super::{baggage, hex, percent, trim, ExpectedTrace};

/// Reads `sentry-trace`.
pub fn read_trace(value: &str) -> Option<ExpectedTrace> {
    let value = value.split(',').map(trim).find(|value| !value.is_empty())?;
    let mut parts = [""; 5];
    let mut count = 0;
    for part in value.split('-') {
        *parts.get_mut(count)? = part;
        count += 1;
    }
    let (trace_id, span_id, sampled) = match parts[..count] {
        [trace_id, span_id] | [trace_id, span_id, ""] => (trace_id, span_id, None),
        [trace_id, span_id, "1"] => (trace_id, span_id, Some(true)),
        [trace_id, span_id, "0"] => (trace_id, span_id, Some(false)),
        ["00", trace_id, span_id, "00"] => (trace_id, span_id, None),
        _ => return None,
    };
    let id = |digits: &str, length| {
        let is_id = digits.len() == length && !digits.contains(|c: char| c.is_ascii_uppercase());
        hex::number(digits).filter(|id| is_id && *id != 0)
    };
    Some(ExpectedTrace {
        trace_id: id(trace_id, 32)?,
        span_id: Some(id(span_id, 16)? as u64),
        sampled,
    })
}

/// The owner of the members of the Dynamic Sampling Context.
pub const OWNER: &str = "sentry-";

/// Returns the outgoing members of the Dynamic Sampling Context in all `baggage` lines.
pub fn dsc(lines: &[&str]) -> Vec<String> {
    let scan = baggage::scan(lines, &[OWNER]);
    let sent = scan
        .of(Some(OWNER))
        .map(|member| member.sent.clone().into_owned());
    baggage::within_limits(sent, String::len).collect()
}

/// Returns the key without `sentry-` and the value of a member, both decoded.
pub fn item(member: &str) -> Option<(String, String)> {
    let member = baggage::member(member)?;
    let key = percent::decode(member.key).strip_prefix(OWNER)?.to_owned();
    Some((key, percent::decode(member.value).into_owned()))
}

/// Returns the keys and values of the Dynamic Sampling Context. If a key repeats, the last value
/// wins.
pub fn items(dsc: &[String]) -> HashMap<String, String> {
    dsc.iter().filter_map(|member| item(member)).collect()
}

/// Returns the value of a key. The key is given without `sentry-`.
pub fn get(dsc: &[String], key: &str) -> Option<String> {
    let mut items = dsc.iter().rev().filter_map(|member| item(member));
    items
        .find(|(other, _)| other == key)
        .map(|(_, value)| value)
}

/// Returns the sender's organization, or `None` if it states none.
pub fn org_id(dsc: &[String]) -> Option<String> {
    let org_id = get(dsc, "org_id")?.trim().to_owned();
    Some(org_id).filter(|org_id| !org_id.is_empty())
}

/// Whether a trace is continued, given the organizations of both sides.
pub fn is_continued(incoming: Option<&str>, own: Option<&str>, strict: bool) -> bool {
    match (incoming, own) {
        (Some(incoming), Some(own)) => incoming == own,
        (None, None) => true,
        _ => !strict,
    }
}

/// Writes `sentry-trace`. `sampled` is `None` if the decision is deferred.
pub fn write_trace(trace_id: u128, span_id: u64, sampled: Option<bool>) -> String {
    let flag = match sampled {
        Some(true) => "-1",
        Some(false) => "-0",
        None => "",
    };
    format!("{trace_id:032x}-{span_id:016x}{flag}")
}
