//! The merging rule, checked for every list of two and three formats.
//!
//! Each fact of each format is stated, absent or unreadable. An independent oracle derives the
//! expected span context and the outgoing headers.

use std::cell::RefCell;
use std::collections::HashMap;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::Context;
use opentelemetry_autoprop::{Explanation, Propagator};
use opentelemetry_propagator_core::derived_span_id;
use opentelemetry_propagator_vostok::header::TRACING_CONTEXT;
use opentelemetry_propagator_vostok::Entries;
use opentelemetry_sdk::trace::SdkTracerProvider;

/// Two traces. Their lower halves differ.
const TRACES: [u128; 2] = [
    0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468,
    0x771a_43a4_1926_42f0_b136_d515_9a50_1700,
];

const FORMATS: [&str; 11] = [
    "tracecontext",
    "kontur",
    "vostok",
    "sentry",
    "own",
    "b3",
    "b3multi",
    "xray",
    "xray-lambda",
    "jaeger",
    "ottrace",
];

/// The name of the environment variable that `xray-lambda` reads. As a header it has no meaning.
const VARIABLE: &str = "_X_AMZN_TRACE_ID";

/// The name under which carriers look up [`VARIABLE`].
const VARIABLE_AS_HEADER: &str = "_x_amzn_trace_id";

/// What a header contains about a fact.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fact<T> {
    Stated(T),
    Absent,
    Unreadable,
}

use Fact::{Absent, Stated, Unreadable};

impl<T> Fact<T> {
    fn stated(self) -> Option<T> {
        match self {
            Stated(value) => Some(value),
            Absent | Unreadable => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Decision {
    No,
    Yes,
    Debug,
}

/// What the headers of one format contain.
#[derive(Clone, Copy, Debug)]
struct Sent {
    trace_id: Fact<u128>,
    /// The span id differs between formats.
    span_id: Fact<()>,
    decision: Fact<Decision>,
    /// W3C's random flag.
    is_random: bool,
    trace_state: Fact<()>,
    /// The trace in [`VARIABLE`].
    variable: Option<u128>,
}

const NOTHING: Sent = Sent {
    trace_id: Absent,
    span_id: Absent,
    decision: Absent,
    is_random: false,
    trace_state: Absent,
    variable: None,
};

/// The facts that a format states, according to the text of its rules.
#[derive(Clone, Copy, Debug)]
struct Statement {
    format: &'static str,
    trace_id: u128,
    span_id: Option<SpanId>,
    decision: Option<Decision>,
    is_random: Option<bool>,
    trace_state: Option<&'static str>,
}

impl Statement {
    /// Whether the statement never replaces the trace of another format.
    fn is_weak(&self) -> bool {
        self.format == "sentry" && self.decision.is_none()
    }

    /// Whether the format can send a missing decision on as such.
    fn keeps_deferred(&self) -> bool {
        matches!(family(self.format), "b3" | "xray") || self.is_weak()
    }

    /// The default of the option that decides if no format does.
    fn sample_when_undecided(&self) -> bool {
        matches!(self.format, "kontur" | "vostok" | "sentry")
    }

    fn is_b3_debug(&self) -> bool {
        family(self.format) == "b3" && self.decision == Some(Decision::Debug)
    }

    /// Some formats send only the lower half of a trace id.
    fn has_trace_id(&self, trace_id: u128) -> bool {
        self.trace_id as u64 == trace_id as u64
    }
}

/// Returns the format that reads the same headers.
fn family(format: &'static str) -> &'static str {
    let format = format.strip_suffix("multi").unwrap_or(format);
    format.strip_suffix("-lambda").unwrap_or(format)
}

/// Returns the span id that a format states.
fn span_id(format: &str) -> SpanId {
    let position = FORMATS.iter().position(|known| *known == format);
    SpanId::from(0xa0 + position.unwrap() as u64)
}

/// Returns the span id in [`VARIABLE`].
fn span_id_of_variable() -> SpanId {
    SpanId::from(0xff)
}

/// Returns what a format states, or `None` if it states nothing. `may_read_variable` is whether
/// there is no trace yet.
fn statement(format: &'static str, sent: Sent, may_read_variable: bool) -> Option<Statement> {
    if let Some(trace_id) = sent.variable.filter(|_| may_read_variable) {
        return Some(Statement {
            format,
            trace_id,
            span_id: Some(span_id_of_variable()),
            decision: Some(Decision::Yes),
            is_random: None,
            trace_state: None,
        });
    }
    let trace_id = sent.trace_id.stated()?;
    let span_id = sent.span_id.stated().map(|()| span_id(format));
    let needs_no_span_id = matches!(format, "kontur" | "vostok");
    if span_id.is_none() && !needs_no_span_id {
        return None;
    }
    Some(Statement {
        format,
        trace_id,
        span_id,
        decision: sent.decision.stated(),
        is_random: (format == "tracecontext").then_some(sent.is_random),
        trace_state: match format {
            "tracecontext" => sent.trace_state.stated().map(|()| "from=w3c"),
            "own" => Some("from=own"),
            _ => None,
        },
    })
}

/// Returns what the formats of a list state, in their order. `has_trace` is whether the given
/// context has a span.
fn statements(list: &[&'static str], sent: &[Sent], has_trace: bool) -> Vec<Option<Statement>> {
    let mut statements: Vec<Option<Statement>> = Vec::new();
    for (format, sent) in list.iter().zip(sent) {
        let may_read_variable = !has_trace && statements.iter().all(Option::is_none);
        statements.push(statement(format, *sent, may_read_variable));
    }
    statements
}

/// Returns what the headers of a format can contain.
fn variants(format: &'static str) -> Vec<Sent> {
    use Decision::{Debug, No, Yes};
    let shortened = TRACES[0] as u64;
    let shortened = [TRACES[0], TRACES[1], u128::from(shortened)];
    let stated_span: &[Fact<()>] = &[Stated(())];
    type Decisions = &'static [Fact<Decision>];
    let flags: Decisions = &[Stated(No), Stated(Yes)];
    let optional: Decisions = &[Stated(No), Stated(Yes), Absent, Unreadable];
    let debug: Decisions = &[Stated(No), Stated(Yes), Stated(Debug), Absent, Unreadable];
    let (ids, spans, decisions): (&[u128], &[Fact<()>], Decisions) = match format {
        "tracecontext" | "own" => (&TRACES, stated_span, flags),
        "kontur" => (&TRACES, &[Stated(()), Absent, Unreadable], optional),
        "vostok" => (&TRACES, &[Stated(()), Absent], &[Absent]),
        "sentry" => (&TRACES, stated_span, &[Stated(No), Stated(Yes), Absent]),
        "b3" | "b3multi" | "jaeger" => (&shortened, stated_span, debug),
        "xray" | "xray-lambda" => (&TRACES, stated_span, optional),
        "ottrace" => (&shortened, stated_span, optional),
        other => panic!("{other} has no variants"),
    };
    let mut variants = vec![NOTHING];
    for &id in ids {
        for &span_id in spans {
            for &decision in decisions {
                variants.push(Sent {
                    trace_id: Stated(id),
                    span_id,
                    decision,
                    trace_state: Stated(()),
                    ..NOTHING
                });
            }
        }
    }
    let first = variants[1];
    let mut add = |changed: Sent| variants.push(changed);
    if format != "own" {
        add(Sent {
            trace_id: Unreadable,
            ..first
        });
    }
    match format {
        "tracecontext" => {
            for id in TRACES {
                for &decision in flags {
                    add(Sent {
                        trace_id: Stated(id),
                        decision,
                        is_random: true,
                        ..first
                    });
                }
            }
            for trace_state in [Absent, Unreadable] {
                add(Sent {
                    trace_state,
                    is_random: true,
                    ..first
                });
            }
        }
        "kontur" | "vostok" | "own" => {}
        _ => {
            for span_id in [Absent, Unreadable] {
                add(Sent { span_id, ..first });
            }
        }
    }
    if format == "xray-lambda" {
        for variable in TRACES {
            for header in [NOTHING, first] {
                add(Sent {
                    variable: Some(variable),
                    ..header
                });
            }
        }
    }
    variants
}

/// Returns the text of a fact, or `None` if its header or field is absent.
fn text<T>(fact: Fact<T>, stated: impl FnOnce(T) -> String) -> Option<String> {
    match fact {
        Stated(value) => Some(stated(value)),
        Absent => None,
        Unreadable => Some("junk".to_owned()),
    }
}

/// Returns the headers with these contents, and the variable.
fn headers(format: &'static str, sent: Sent) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    if let Some(trace_id) = sent.variable {
        let (trace_id, span_id) = (trace_id.into(), span_id_of_variable());
        headers.push((
            VARIABLE_AS_HEADER,
            xray(trace_id, Some(span_id.to_string()), "1"),
        ));
    }
    if sent.trace_id == Absent {
        return headers;
    }
    let digit = |decision| match decision {
        Decision::No => "0",
        Decision::Yes => "1",
        Decision::Debug => "d",
    };
    let word = |decision| {
        if decision == Decision::No {
            "false"
        } else {
            "true"
        }
        .to_owned()
    };
    let is_short = |id: u128| id >> 64 == 0;
    // Formats that may send the lower half of the trace id send it in half as many digits.
    let short_id = |id: u128| match is_short(id) {
        true => format!("{id:016x}"),
        false => format!("{id:032x}"),
    };
    let id = text(sent.trace_id, |id| TraceId::from(id).to_string()).unwrap();
    let short = text(sent.trace_id, short_id).unwrap();
    let span = text(sent.span_id, |()| span_id(format).to_string());
    let flag = text(sent.decision, |decision| digit(decision).to_owned());
    let word = text(sent.decision, word);
    let flags = flag.clone().unwrap_or_default();
    // A value of several fields, of which each may be absent.
    let join = |fields: [Option<String>; 3]| fields.into_iter().flatten().collect::<Vec<_>>();
    match format {
        "tracecontext" => {
            let flags = flags.parse::<u8>().unwrap() | (u8::from(sent.is_random) << 1);
            let span = span.unwrap_or_default();
            headers.push(("traceparent", format!("00-{id}-{span}-{flags:02}")));
            if let Some(list) = text(sent.trace_state, |()| "from=w3c".to_owned()) {
                headers.push(("tracestate", list));
            }
        }
        "kontur" => {
            headers.push(("x-kontur-trace-id", id));
            headers.extend(span.map(|span| ("x-kontur-trace-spanid", span)));
            headers.extend(word.map(|word| ("x-kontur-trace-issampled", word)));
        }
        "vostok" => {
            let span = span.unwrap_or_else(|| SpanId::INVALID.to_string());
            let mut globals = Entries::new();
            let tracing = format!("{id};{span}0000000000000000");
            globals.insert(TRACING_CONTEXT, tracing).unwrap();
            headers.push(("context-globals", globals.encode()));
        }
        "sentry" => headers.push(("sentry-trace", join([Some(id), span, flag]).join("-"))),
        "own" => headers.push(("x-own", format!("{id}-{}-{flags}", span.unwrap()))),
        "b3" => headers.push(("b3", join([Some(short), span, flag]).join("-"))),
        "b3multi" => {
            headers.push(("x-b3-traceid", short));
            headers.extend(span.map(|span| ("x-b3-spanid", span)));
            headers.extend(match sent.decision {
                Stated(Decision::Debug) => Some(("x-b3-flags", "1".to_owned())),
                _ => flag.map(|flag| ("x-b3-sampled", flag)),
            });
        }
        "xray" | "xray-lambda" => {
            let value = match sent.trace_id {
                Stated(id) => xray(id.into(), span, flag.as_deref().unwrap_or_default()),
                _ => "Root=junk".to_owned(),
            };
            headers.push(("x-amzn-trace-id", value));
        }
        "jaeger" => {
            let flags = flags.replace('d', "3");
            // Ids may lack their leading zeros.
            let id = text(sent.trace_id, |id| format!("{id:x}")).unwrap();
            let value = format!("{id}:{}:0:{flags}", span.unwrap_or_default());
            headers.push(("uber-trace-id", value));
        }
        "ottrace" => {
            headers.push(("ot-tracer-traceid", short));
            headers.extend(span.map(|span| ("ot-tracer-spanid", span)));
            headers.extend(word.map(|word| ("ot-tracer-sampled", word)));
        }
        other => panic!("{other} has no headers"),
    }
    headers
}

/// Returns the value of `x-amzn-trace-id`.
fn xray(trace_id: TraceId, span_id: Option<String>, flag: &str) -> String {
    let digits = trace_id.to_string();
    let (time, random) = digits.split_at(8);
    let mut value = format!("Root=1-{time}-{random}");
    if let Some(span_id) = span_id {
        value += &format!(";Parent={span_id}");
    }
    if !flag.is_empty() {
        value += &format!(";Sampled={flag}");
    }
    value
}

/// A propagator of an application that stores a value in the context.
#[derive(Debug)]
struct Own;

#[derive(Debug, PartialEq)]
struct OwnValue;

impl TextMapPropagator for Own {
    fn inject_context(&self, _cx: &Context, _injector: &mut dyn Injector) {}

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let Some(value) = extractor.get("x-own") else {
            return cx.clone();
        };
        let parts: Vec<_> = value.split('-').collect();
        cx.with_value(OwnValue)
            .with_remote_span_context(SpanContext::new(
                TraceId::from_hex(parts[0]).unwrap(),
                SpanId::from_hex(parts[1]).unwrap(),
                TraceFlags::new(parts[2].parse().unwrap()),
                true,
                "from=own".parse().unwrap(),
            ))
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}

thread_local! {
    /// The value of [`VARIABLE`].
    static ENVIRONMENT: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn propagator(list: &[&str]) -> Propagator {
    opentelemetry_autoprop::builder()
        .register("own", opentelemetry_autoprop::Foreign::new(Own))
        .lookup(|name| match name {
            VARIABLE => ENVIRONMENT.with_borrow(Clone::clone),
            _ => None,
        })
        .from_list(&list.join(","))
        .unwrap()
}

/// The expected result of an extraction.
struct Expected {
    span_context: SpanContext,
    is_deferred: bool,
    /// The formats that state the trace, in the order of the list.
    of_trace: Vec<Statement>,
}

/// Returns the expected result, derived from the text of the merging rule. Returns `None` if no
/// format states a trace.
fn oracle(statements: &[Option<Statement>]) -> Option<Expected> {
    let all: Vec<_> = statements.iter().flatten().copied().collect();
    let strong = all.iter().rfind(|stated| !stated.is_weak());
    let last = strong.or(all.last())?;
    let of_trace: Vec<_> = all
        .iter()
        .filter(|it| it.has_trace_id(last.trace_id))
        .collect();
    let trace_id = of_trace.iter().map(|stated| stated.trace_id).max().unwrap();
    let trace_id = TraceId::from(trace_id);
    let decision = of_trace.iter().find_map(|stated| stated.decision);
    let is_debug = of_trace.iter().any(|stated| stated.is_b3_debug());
    let is_sampled = match decision {
        _ if is_debug => true,
        Some(decision) => decision != Decision::No,
        None => of_trace[0].sample_when_undecided(),
    };
    let is_random = of_trace.iter().find_map(|stated| stated.is_random);
    let span_id = of_trace.iter().find_map(|stated| stated.span_id);
    let trace_state = of_trace.iter().find_map(|stated| stated.trace_state);
    Some(Expected {
        span_context: SpanContext::new(
            trace_id,
            span_id.unwrap_or_else(|| derived_span_id(trace_id)),
            TraceFlags::new(if is_random == Some(true) { 2 } else { 0 }).with_sampled(is_sampled),
            true,
            trace_state.map_or(TraceState::NONE, |list| list.parse().unwrap()),
        ),
        is_deferred: decision.is_none() && of_trace.iter().any(|stated| stated.keeps_deferred()),
        of_trace: of_trace.into_iter().copied().collect(),
    })
}

impl Expected {
    /// Whether the formats of a family stated debug with the trace.
    fn has_debug(&self, of_family: &str) -> bool {
        let mut of_family = self
            .of_trace
            .iter()
            .filter(|it| family(it.format) == of_family);
        of_family.any(|stated| stated.decision == Some(Decision::Debug))
    }

    /// Returns the headers that a format sends on.
    fn sent_on(&self, format: &'static str) -> Vec<(&'static str, String)> {
        let (trace_id, span_id) = (self.span_context.trace_id(), self.span_context.span_id());
        let is_sampled = self.span_context.is_sampled();
        let bit = if is_sampled { "1" } else { "0" };
        let flag = if self.is_deferred { "" } else { bit };
        let has_debug = self.has_debug(family(format));
        let hyphen = |flag: &str| match flag {
            "" => format!("{trace_id}-{span_id}"),
            flag => format!("{trace_id}-{span_id}-{flag}"),
        };
        match format {
            "tracecontext" => {
                let flags = self.span_context.trace_flags().to_u8();
                let list = self.span_context.trace_state().header();
                let mut headers = vec![(
                    "traceparent",
                    format!("00-{trace_id}-{span_id}-{flags:02x}"),
                )];
                if !list.is_empty() {
                    headers.push(("tracestate", list));
                }
                headers
            }
            "kontur" => vec![
                ("x-kontur-trace-id", trace_id.to_string()),
                ("x-kontur-trace-spanid", span_id.to_string()),
                ("x-kontur-trace-issampled", is_sampled.to_string()),
            ],
            "sentry" => vec![("sentry-trace", hyphen(flag))],
            "b3" => vec![("b3", hyphen(if has_debug { "d" } else { flag }))],
            "b3multi" => {
                let mut headers = vec![
                    ("x-b3-traceid", trace_id.to_string()),
                    ("x-b3-spanid", span_id.to_string()),
                ];
                if has_debug {
                    headers.push(("x-b3-flags", "1".to_owned()));
                } else if !flag.is_empty() {
                    headers.push(("x-b3-sampled", flag.to_owned()));
                }
                headers
            }
            "xray" | "xray-lambda" => vec![(
                "x-amzn-trace-id",
                xray(trace_id, Some(span_id.to_string()), flag),
            )],
            "jaeger" => {
                let flags = if has_debug { "3" } else { bit };
                vec![("uber-trace-id", format!("{trace_id}:{span_id}:0:{flags}"))]
            }
            "ottrace" => vec![
                ("ot-tracer-traceid", trace_id.to_string()[16..].to_owned()),
                ("ot-tracer-spanid", span_id.to_string()),
                ("ot-tracer-sampled", is_sampled.to_string()),
            ],
            "vostok" => {
                let mut globals = Entries::new();
                let [trace_id, span_id] =
                    [trace_id.to_string(), format!("{span_id}{:016}", 0)].map(hyphenated);
                let tracing = format!("{trace_id};{span_id}");
                globals.insert(TRACING_CONTEXT, tracing).unwrap();
                vec![("context-globals", globals.encode())]
            }
            "own" => vec![],
            other => panic!("{other} has no headers"),
        }
    }
}

/// Returns a GUID with hyphens.
fn hyphenated(digits: String) -> String {
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &digits[range]);
    parts.join("-")
}

/// Returns the contexts to extract into: an empty one, one with the parent of an earlier message in
/// the same or another trace, and one with a recording local span.
fn contexts() -> Vec<Context> {
    let earlier = |trace_id: u128| {
        Context::new().with_remote_span_context(SpanContext::new(
            TraceId::from(trace_id),
            SpanId::from(0xe),
            TraceFlags::SAMPLED,
            true,
            "from=earlier".parse().unwrap(),
        ))
    };
    let provider = SdkTracerProvider::builder().build();
    let tracer = provider.tracer("test");
    let parent = earlier(TRACES[0]);
    let local = parent.with_span(tracer.start_with_context("local", &parent));
    assert!(local.span().is_recording());
    vec![Context::new(), earlier(TRACES[0]), earlier(5), local]
}

/// Calls `check` with every ordered list of `len` formats of different families.
fn for_each_list(len: usize, check: &mut dyn FnMut(&[&'static str])) {
    fn extend(list: &mut Vec<&'static str>, len: usize, check: &mut dyn FnMut(&[&'static str])) {
        if list.len() == len {
            return check(list);
        }
        for format in FORMATS {
            if list.iter().all(|listed| family(listed) != family(format)) {
                list.push(format);
                extend(list, len, check);
                list.pop();
            }
        }
    }
    extend(&mut Vec::new(), len, check);
}

/// What the formats of a list send in one request.
struct Request {
    sent: Vec<Sent>,
    carrier: HashMap<String, String>,
}

/// Calls `check` with requests for every ordered list of `len` formats: at most `most` for each
/// list, evenly distributed over the combinations of what the formats can send.
fn for_each_request(
    len: usize,
    most: usize,
    mut check: impl FnMut(&Propagator, &[&'static str], &Request),
) {
    for_each_list(len, &mut |list| {
        let propagator = propagator(list);
        let variants: Vec<_> = list.iter().map(|format| variants(format)).collect();
        let combinations: usize = variants.iter().map(Vec::len).product();
        for number in 0..combinations.min(most) {
            // The prime is larger than any number of variants, so that no combination repeats.
            let mut rest = number * 7919 % combinations;
            let mut sent = Vec::new();
            for variants in &variants {
                sent.push(variants[rest % variants.len()]);
                rest /= variants.len();
            }
            let headers = list
                .iter()
                .zip(&sent)
                .flat_map(|(it, sent)| headers(it, *sent));
            let carrier: HashMap<_, _> =
                headers.map(|(it, value)| (it.to_owned(), value)).collect();
            ENVIRONMENT.set(carrier.get(VARIABLE_AS_HEADER).cloned());
            check(&propagator, list, &Request { sent, carrier });
        }
    });
}

/// The number of combinations that are checked for each list of three formats.
const MOST_OF_THREE: usize = 50;

fn check_lists(len: usize, most: usize) -> usize {
    let contexts = contexts();
    let mut checked = 0;
    for_each_request(len, most, |propagator, list, Request { sent, carrier }| {
        for held in &contexts {
            let has_trace = held.span().span_context().is_valid();
            let expected = oracle(&statements(list, sent, has_trace));
            let cx = propagator.extract_with_context(held, carrier);
            let (span, held_span) = (cx.span(), held.span());
            match &expected {
                Some(expected) => {
                    assert_eq!(
                        span.span_context(),
                        &expected.span_context,
                        "{list:?} {carrier:?}"
                    );
                    assert!(!span.is_recording());
                }
                None => {
                    assert_eq!(span.span_context(), held_span.span_context());
                    assert_eq!(span.is_recording(), held_span.is_recording());
                }
            }
            let has_own = carrier.contains_key("x-own");
            assert_eq!(cx.get::<OwnValue>().is_some(), has_own, "{list:?}");
            checked += 1;
            if has_trace {
                continue;
            }
            let mut sent_on = HashMap::new();
            propagator.inject_context(&cx, &mut sent_on);
            let headers = |expected: &Expected| -> HashMap<_, _> {
                let headers = list.iter().flat_map(|format| expected.sent_on(format));
                headers.map(|(it, value)| (it.to_owned(), value)).collect()
            };
            let expected = expected.as_ref().map(headers).unwrap_or_default();
            assert_eq!(sent_on, expected, "{list:?} {carrier:?}");
        }
    });
    checked
}

#[test]
fn lists_of_two_formats_merge_by_the_rule() {
    assert!(check_lists(2, usize::MAX) > 50_000);
}

#[test]
fn lists_of_three_formats_merge_by_the_rule() {
    assert!(check_lists(3, MOST_OF_THREE) > 100_000);
}

#[test]
fn list_with_both_names_of_b3_extracts_as_one() {
    for single in variants("b3") {
        for multi in variants("b3multi") {
            let headers = [headers("b3", single), headers("b3multi", multi)].concat();
            let carrier = headers
                .into_iter()
                .map(|(it, value)| (it.to_owned(), value));
            let carrier: HashMap<_, _> = carrier.collect();
            let extracted = |list: &[&str]| span_context(&propagator(list).extract(&carrier));
            let expected = extracted(&["b3"]);
            assert_eq!(extracted(&["b3multi"]), expected, "{carrier:?}");
            assert_eq!(extracted(&["b3", "b3multi"]), expected, "{carrier:?}");
        }
    }
}

#[test]
fn explain_names_the_origin_of_each_fact() {
    let mut checked = 0;
    for (len, most) in [(2, usize::MAX), (3, MOST_OF_THREE / 4)] {
        for_each_request(len, most, |propagator, list, Request { sent, carrier }| {
            let explanation = propagator.explain(&Context::new(), carrier);
            check_explanation(list, &statements(list, sent, false), &explanation);
            checked += 1;
        });
    }
    assert!(checked > 30_000);
}

/// Compares an explanation with the origins that follow from the rule's text.
fn check_explanation(list: &[&str], statements: &[Option<Statement>], explanation: &Explanation) {
    for ((format, stated), statement) in list.iter().zip(statements).zip(&explanation.statements) {
        assert_eq!(statement.propagator, *format);
        assert!(!statement.is_refused);
        let trace_id = statement.stated.as_ref().map(|parent| parent.trace_id);
        assert_eq!(trace_id, stated.map(|stated| stated.trace_id.into()));
    }
    let Some(expected) = oracle(statements) else {
        assert!(explanation.parent.is_none());
        return;
    };
    let first = |states: &dyn Fn(&Statement) -> bool| {
        let first = expected.of_trace.iter().find(|stated| states(stated));
        first.map(|stated| stated.format.to_owned())
    };
    let parent = explanation.parent.as_ref().unwrap();
    assert_eq!(parent.trace_id, expected.span_context.trace_id());
    assert_eq!(Some(parent.trace_id_from.clone()), first(&|_| true));
    assert_eq!(
        parent.span_id_from,
        first(&|stated| stated.span_id.is_some())
    );
    let debug_from = first(&Statement::is_b3_debug);
    let sampled_from = debug_from.or_else(|| first(&|stated| stated.decision.is_some()));
    assert_eq!(parent.sampled_from, sampled_from);
    let with_list = first(&|stated| stated.trace_state.is_some());
    assert_eq!(parent.trace_state_from, with_list);
    assert_eq!(
        explanation.context.span().span_context(),
        &expected.span_context
    );
}

#[test]
fn explain_marks_a_trace_that_is_refused() {
    let sentry = opentelemetry_propagator_sentry::SentryPropagator::builder()
        .org_id("1")
        .strict_trace_continuation(true)
        .build()
        .unwrap();
    let propagator = opentelemetry_autoprop::builder()
        .with_format(sentry)
        .from_list("tracecontext,kontur,sentry")
        .unwrap();
    let trace = "771a43a4192642f0b136d5159a501700";
    let explanation = propagator.explain(
        &Context::new(),
        &carrier(&[
            ("traceparent", &format!("00-{trace}-1234567890abcdef-01")),
            ("sentry-trace", &format!("{trace}-1234567890abcdef-1")),
            ("baggage", "sentry-org_id=2"),
        ]),
    );
    assert!(explanation.parent.is_none());
    let refused: Vec<_> = explanation
        .statements
        .iter()
        .map(|statement| (statement.stated.is_some(), statement.is_refused))
        .collect();
    assert_eq!(refused, [(true, true), (false, false), (false, true)]);
}

fn carrier(lines: &[(&str, &str)]) -> HashMap<String, String> {
    lines
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn span_context(cx: &Context) -> SpanContext {
    cx.span().span_context().clone()
}

/// A propagator that always sets an invalid span context.
#[derive(Debug)]
struct Invalid;

impl TextMapPropagator for Invalid {
    fn inject_context(&self, _cx: &Context, _injector: &mut dyn Injector) {}

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        cx.with_remote_span_context(SpanContext::NONE)
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}

#[test]
fn invalid_span_context_states_nothing() {
    let list = |list| {
        opentelemetry_autoprop::builder()
            .register("invalid", opentelemetry_autoprop::Foreign::new(Invalid))
            .from_list(list)
            .unwrap()
    };
    for held in contexts() {
        for names in ["invalid", "invalid,kontur", "tracecontext,invalid"] {
            let cx = list(names).extract_with_context(&held, &carrier(&[]));
            assert_eq!(cx.has_active_span(), held.has_active_span(), "{names}");
            assert_eq!(cx.span().is_recording(), held.span().is_recording());
        }
        let kontur = carrier(&[("x-kontur-trace-id", "27bb7faa48294cf49ae6007d70905468")]);
        let cx = list("kontur,invalid").extract_with_context(&held, &kontur);
        assert_eq!(span_context(&cx).trace_id(), TraceId::from(TRACES[0]));
    }
}

#[test]
fn load_balancer_header_leaves_the_span() {
    let root = carrier(&[(
        "x-amzn-trace-id",
        "Root=1-67891233-abcdef012345678912345678",
    )]);
    for held in contexts() {
        for list in ["xray", "tracecontext,xray", "xray,kontur,sentry"] {
            let propagator = opentelemetry_autoprop::from_list(list).unwrap();
            let cx = propagator.extract_with_context(&held, &root);
            assert_eq!(cx.has_active_span(), held.has_active_span(), "{list}");
            assert_eq!(span_context(&cx), span_context(&held), "{list}");
            assert_eq!(cx.span().is_recording(), held.span().is_recording());
        }
    }
}

#[test]
fn inject_without_a_span_writes_nothing() {
    for_each_list(2, &mut |list| {
        let mut sent = HashMap::new();
        propagator(list).inject_context(&Context::new(), &mut sent);
        assert_eq!(sent, HashMap::new(), "{list:?}");
    });
}

#[test]
fn strict_refusal_covers_all_headers_of_the_trace() {
    use opentelemetry_propagator_sentry::SentryPropagator;

    let foreign = carrier(&[
        (
            "sentry-trace",
            "27bb7faa48294cf49ae6007d70905468-00000000000000aa-1",
        ),
        ("baggage", "sentry-org_id=2"),
        (
            "traceparent",
            "00-27bb7faa48294cf49ae6007d70905468-00000000000000bb-01",
        ),
        (
            "x-own",
            "27bb7faa48294cf49ae6007d70905468-00000000000000cc-1",
        ),
    ]);
    for list in [
        "tracecontext,sentry",
        "sentry,tracecontext",
        "own,sentry",
        "sentry,own",
        "own,sentry,tracecontext",
    ] {
        for (strict, continued) in [(true, false), (false, true)] {
            let sentry = SentryPropagator::builder()
                .org_id("1")
                .strict_trace_continuation(strict)
                .build()
                .unwrap();
            let propagator = opentelemetry_autoprop::builder()
                .register("own", opentelemetry_autoprop::Foreign::new(Own))
                .with_format(sentry)
                .from_list(list)
                .unwrap();
            for held in contexts() {
                let cx = propagator.extract_with_context(&held, &foreign);
                let is_replaced = span_context(&cx) != span_context(&held);
                assert_eq!(is_replaced, continued, "{list}, strict {strict}");
                assert_eq!(
                    cx.span().is_recording(),
                    held.span().is_recording() && !continued
                );
            }
        }
    }
}
