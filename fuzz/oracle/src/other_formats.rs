//! Naive implementations of B3, AWS X-Ray, Jaeger and OT trace.

use super::merging::{is_same_trace, Statement};
use super::{first_value, hex, trim};

/// A header of a carrier: the line that a single lookup returns, and all lines.
pub type Header<'a> = (Option<&'a str>, Vec<&'a str>);

/// What a header states about the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The trace is sampled, or is not.
    Sampled(bool),
    /// The trace is sampled, whatever another header states.
    Debug,
}

/// Reads a header that contains a whole trace in one element, of which the first that `read`
/// accepts counts. At most 64 are read.
fn any_element<T>(header: &Header<'_>, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let (first, lines) = header;
    let first = trim((*first)?.split(',').next()?);
    let elements = lines.iter().flat_map(|line| line.split(',')).map(trim);
    let elements = elements.filter(|element| !element.is_empty()).take(64);
    std::iter::once(first).chain(elements).find_map(read)
}

/// Reads a header of one value.
fn one<T>(header: &Header<'_>, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    first_value(header.0, &header.1, |value| read(trim(value)))
}

/// Reads an id of at most `digits` digits, which are padded with zeros on the left.
fn padded(text: &str, digits: usize) -> Option<u128> {
    let is_short = (1..=digits).contains(&text.len());
    hex::number(text).filter(|id| is_short && *id != 0)
}

/// Reads an id of exactly some digits in lower case.
fn lower(text: &str, digits: usize) -> Option<u128> {
    let is_exact = text.len() == digits && !text.contains(|c: char| c.is_ascii_uppercase());
    padded(text, digits).filter(|_| is_exact)
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

fn b3_decision(text: &str) -> Option<Decision> {
    match text {
        "d" => Some(Decision::Debug),
        _ => boolean(text).map(Decision::Sampled),
    }
}

type B3 = (u128, u64, Option<Decision>);

fn b3_trace_id(text: &str) -> Option<u128> {
    lower(text, 32).or_else(|| lower(text, 16))
}

fn b3_single(element: &str) -> Option<B3> {
    let fields: Vec<&str> = element.splitn(5, '-').collect();
    if !(2..=4).contains(&fields.len()) {
        return None;
    }
    let decision = fields.get(2).and_then(|field| b3_decision(field));
    Some((
        b3_trace_id(fields[0])?,
        lower(fields[1], 16)? as u64,
        decision,
    ))
}

/// Reads B3 from `b3` and the four `x-b3-*` headers for the trace id, the span id, the decision and
/// the flags. The second encoding completes the first.
pub fn b3(single: &Header<'_>, multi: [&Header<'_>; 4]) -> Option<Statement> {
    let [trace_id, span_id, sampled, flags] = multi;
    let debug = || one(flags, |value| (value == "1").then_some(Decision::Debug));
    let sampled = || one(sampled, boolean).map(Decision::Sampled);
    let multi = || {
        let trace_id = one(trace_id, b3_trace_id)?;
        let span_id = one(span_id, |value| lower(value, 16))? as u64;
        Some((trace_id, span_id, debug().or_else(sampled)))
    };
    let (trace_id, span_id, decision) = match any_element(single, b3_single) {
        Some((trace_id, span_id, None)) => {
            let same = multi().filter(|(other, ..)| is_same_trace(*other, trace_id));
            (
                trace_id,
                span_id,
                same.and_then(|(_, _, decision)| decision),
            )
        }
        Some(trace) => trace,
        None => {
            let (trace_id, span_id, decision) = multi()?;
            let first = any_element(single, b3_decision);
            (trace_id, span_id, first.or(decision))
        }
    };
    Some(Statement {
        span_id: Some(span_id),
        sampled: decision.map(|decision| decision != Decision::Sampled(false)),
        sample_when_undecided: false,
        keep_deferred: true,
        is_debug: decision == Some(Decision::Debug),
        ..Statement::new(trace_id)
    })
}

/// Reads `x-amzn-trace-id`.
pub fn xray(header: &Header<'_>) -> Option<Statement> {
    any_element(header, |element| {
        let field = |name: &str| {
            let fields = element.split(';').filter(|field| !trim(field).is_empty());
            let mut fields = fields.take(64).filter_map(|field| field.split_once('='));
            let field = fields.find(|(found, _)| trim(found).eq_ignore_ascii_case(name));
            field.map(|(_, value)| trim(value))
        };
        let root: Vec<&str> = field("Root")?.split('-').collect();
        let ["1", time, random] = root[..] else {
            return None;
        };
        let is_time = (1..=8).contains(&time.len()) && random.len() == 24;
        let time = hex::number(time).filter(|_| is_time)?;
        let trace_id = time << 96 | hex::number(random)?;
        let span_id = field("Parent").filter(|digits| digits.len() == 16)?;
        Some(Statement {
            span_id: Some(padded(span_id, 16)? as u64),
            sampled: field("Sampled").and_then(|value| match value {
                "1" => Some(true),
                "0" => Some(false),
                _ => None,
            }),
            sample_when_undecided: false,
            keep_deferred: true,
            ..Statement::new(Some(trace_id).filter(|id| *id != 0)?)
        })
    })
}

/// Reads `uber-trace-id`.
pub fn jaeger(header: &Header<'_>) -> Option<Statement> {
    any_element(header, |element| {
        let element = element.replace("%3A", ":").replace("%3a", ":");
        let fields: Vec<&str> = element.splitn(5, ':').collect();
        let [trace_id, span_id, _, flags] = fields[..] else {
            return None;
        };
        let flags = match flags.trim_start_matches('0') {
            "" => (!flags.is_empty()).then_some(0),
            digits if digits.len() <= 2 => hex::number(digits),
            _ => None,
        };
        Some(Statement {
            span_id: Some(padded(span_id, 16)? as u64),
            sampled: flags.map(|flags| flags & 1 != 0),
            sample_when_undecided: false,
            ..Statement::new(padded(trace_id, 32)?)
        })
    })
}

/// Reads `ot-tracer-traceid`, `ot-tracer-spanid` and `ot-tracer-sampled`.
pub fn ottrace(headers: [&Header<'_>; 3]) -> Option<Statement> {
    let [trace_id, span_id, sampled] = headers;
    Some(Statement {
        span_id: Some(one(span_id, |value| padded(value, 16))? as u64),
        sampled: one(sampled, boolean),
        sample_when_undecided: false,
        ..Statement::new(one(trace_id, |value| padded(value, 32))?)
    })
}
