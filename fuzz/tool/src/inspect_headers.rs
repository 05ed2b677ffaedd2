//! Checks that the reports of `trace-inspect` for arbitrary bytes agree with the library and are safe to
//! print.

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_http::HeaderExtractor;
use trace_inspect::headers::{self, Message};
use trace_inspect::output::{Json, Options, Output, Text};
use trace_inspect::report::{Extraction, Report};

use propagator_fuzz::generate::{Grammar, Headers};
use propagator_fuzz::invariants;

/// The headers and options that the mutator inserts.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[
        Headers::Kontur,
        Headers::VostokGlobals,
        Headers::VostokProperties,
        Headers::Sentry,
        Headers::TraceContext,
    ],
    options: &[],
};

/// Checks an input, which is the text for `trace-inspect`.
pub fn check(input: &[u8]) {
    thread_local! {
        static PROPAGATOR: Propagator = opentelemetry_autoprop::builder()
            .lookup(|_| None)
            .from_list("tracecontext,baggage,kontur,vostok,sentry")
            .expect("the names are known");
    }
    PROPAGATOR.with(|propagator| check_with(input, propagator));
}

fn check_with(input: &[u8], propagator: &Propagator) {
    let (messages, summary) = headers::read(input);
    let mut options = Options::new(vec![propagator.clone()]);
    (options.sent, options.all) = (true, true);
    let (mut printed, mut json) = (Vec::new(), Vec::new());
    let mut text = Text::new(&mut printed, options.clone());
    let mut program = Json::new(&mut json, options);
    for message in &messages {
        let reason = "writing to memory does not fail";
        text.message(None, message.clone()).expect(reason);
        program.message(None, message.clone()).expect(reason);
    }
    let status = text.finish(&summary).expect("memory");
    assert_eq!(program.finish(&summary).expect("memory"), status);
    check_terminal(std::str::from_utf8(&printed).expect("the output is text"));

    let json: serde_json::Value = serde_json::from_slice(&json).expect("the output is JSON");
    let reported = json["messages"].as_array().expect("`messages` is a list");
    assert_eq!(reported.len(), messages.len());
    for (message, json) in messages.iter().zip(reported) {
        let report = Report::new(message, propagator);
        assert_eq!(
            json["reports"][0]["trace"].is_null(),
            report.trace.is_none()
        );
        check_report(message, &report, propagator);
    }
}

/// Checks that the trace is the one that a service with this propagator continues.
fn check_report(message: &Message, report: &Report, propagator: &Propagator) {
    let carrier = HeaderExtractor(&message.headers);
    let cx = propagator.extract_with_context(&Context::new(), &carrier);
    let extracted = invariants::held(&cx);
    let continued = report.trace.as_ref().filter(|trace| trace.is_continued);
    assert_eq!(continued.is_some(), extracted.is_valid());
    if let Some(trace) = continued {
        assert_eq!(trace.trace_id, extracted.trace_id());
        assert_eq!(trace.span_id, Some(extracted.span_id()));
        assert_eq!(trace.sampled, Some(extracted.is_sampled()));
    }
    for format in &report.formats {
        check_refusal(&message.headers, format);
    }
    for (name, value) in &report.outgoing {
        invariants::assert_legal(name, value);
    }
    check_outgoing(report);
}

/// Checks that a format is reported as refused exactly if its header is present but states no
/// trace.
fn check_refusal(headers: &HeaderMap, format: &Extraction) {
    let header = match format.name.as_str() {
        "tracecontext" => "traceparent",
        "kontur" => "x-kontur-trace-id",
        "sentry" => "sentry-trace",
        _ => "",
    };
    // A carrier returns a value only if the first line of the header is text.
    let is_there = headers
        .get(header)
        .is_some_and(|line| line.to_str().is_ok());
    if is_there {
        assert_eq!(
            format.refused.is_some(),
            format.stated.is_none(),
            "{format:?}"
        );
    }
    if let Some(reason) = &format.refused {
        assert!(!reason.contains(char::is_control), "{reason:?}");
    }
}

/// Checks that `trace-inspect` finds the outgoing headers again, with the same values.
fn check_outgoing(report: &Report) {
    if report.outgoing.is_empty() {
        return;
    }
    let lines = report.outgoing.iter();
    let lines: String = lines
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    let (again, _) = headers::read(lines.as_bytes());
    let [message] = &again[..] else {
        panic!("{} messages in {lines:?}", again.len());
    };
    for (name, value) in &report.outgoing {
        // Such a value cannot be distinguished from one in quotes.
        if value.starts_with('\'') {
            continue;
        }
        let read = message
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok());
        assert_eq!(read, Some(value.as_str()), "{name} of {lines:?}");
    }
}

/// Checks that the output contains nothing that a terminal interprets, other than colors.
fn check_terminal(printed: &str) {
    let mut rest = printed;
    while let Some(at) = rest.find('\x1b') {
        let (before, escape) = rest.split_at(at);
        check_plain(before);
        let end = escape.find('m').expect("the color has an end");
        let color = &escape[1..end];
        let is_color = color.starts_with('[')
            && color[1..]
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b';');
        assert!(is_color, "{color:?}");
        rest = &escape[end + 1..];
    }
    check_plain(rest);
}

/// Checks that a text contains nothing that a terminal interprets.
fn check_plain(text: &str) {
    let is_interpreted = |c: char| {
        // Control characters, and the marks that change the direction of the following text.
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(is_interpreted), "{text:?}");
}
