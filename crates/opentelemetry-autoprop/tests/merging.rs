//! The merging rule, checked for every list of two and three formats.
//!
//! Each format is absent or states one of its variants: a trace id, optionally with a span id and a
//! sampling decision. An independent oracle derives the expected span context.

use std::collections::HashMap;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::Context;
use opentelemetry_autoprop::{Explanation, Propagator};
use opentelemetry_propagator_vostok::header::TRACING_CONTEXT;
use opentelemetry_propagator_vostok::Entries;
use opentelemetry_sdk::trace::SdkTracerProvider;

/// Two traces. The first eight bytes of each are the derived parent span id.
const TRACES: [u128; 2] = [
    0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468,
    0x771a_43a4_1926_42f0_b136_d515_9a50_1700,
];

/// The facts that the headers of one format state.
#[derive(Clone, Copy, Debug)]
struct Stated {
    trace_id: u128,
    /// Whether the span id is stated. It differs between formats.
    has_span_id: bool,
    sampled: Option<bool>,
    /// W3C's random flag, if the format can state it.
    random: Option<bool>,
    /// Whether the headers contain what is not stated, but unreadably.
    is_unreadable: bool,
}

impl Stated {
    /// Whether the statement never replaces the trace of another format.
    fn is_weak(&self, format: &str) -> bool {
        format == "sentry" && self.sampled.is_none()
    }
}

fn formats() -> Vec<&'static str> {
    let mut formats = vec!["tracecontext", "kontur", "vostok", "sentry", "own"];
    if cfg!(feature = "b3") {
        formats.extend(["b3", "b3multi"]);
    }
    if cfg!(feature = "xray") {
        formats.push("xray");
    }
    formats
}

/// Returns the span id that a format states.
fn span_id(format: &str) -> u64 {
    let position = formats().iter().position(|known| *known == format);
    0xa0 + position.unwrap() as u64
}

/// Returns the variants that a format can express.
fn variants(format: &str) -> Vec<Option<Stated>> {
    let (spans, decisions): (&[bool], &[Option<bool>]) = match format {
        "kontur" => (&[true, false], &[Some(true), Some(false), None]),
        "vostok" => (&[true, false], &[None]),
        "sentry" => (&[true], &[Some(true), Some(false), None]),
        _ => (&[true], &[Some(true), Some(false)]),
    };
    let mut variants = vec![None];
    for trace_id in TRACES {
        for &has_span_id in spans {
            for &sampled in decisions {
                let randoms: &[Option<bool>] = match format {
                    "tracecontext" => &[Some(true), Some(false)],
                    _ => &[None],
                };
                let is_complete = has_span_id && sampled.is_some();
                let can_be_unreadable = format == "kontur" && !is_complete;
                for &random in randoms {
                    for is_unreadable in [false, true] {
                        if is_unreadable <= can_be_unreadable {
                            variants.push(Some(Stated {
                                trace_id,
                                has_span_id,
                                sampled,
                                random,
                                is_unreadable,
                            }));
                        }
                    }
                }
            }
        }
    }
    variants
}

fn headers(format: &str, stated: Stated) -> Vec<(&'static str, String)> {
    let trace_id = TraceId::from(stated.trace_id);
    let span_id = SpanId::from(span_id(format));
    let bit = |sampled: bool| u8::from(sampled);
    let flag = stated.sampled.map(bit);
    let random = 2 * bit(stated.random.unwrap_or(false));
    match format {
        "tracecontext" => vec![
            (
                "traceparent",
                format!("00-{trace_id}-{span_id}-0{}", flag.unwrap() | random),
            ),
            ("tracestate", "from=w3c".to_owned()),
        ],
        "kontur" => {
            let mut headers = vec![("x-kontur-trace-id", trace_id.to_string())];
            if stated.has_span_id {
                headers.push(("x-kontur-trace-spanid", span_id.to_string()));
            } else if stated.is_unreadable {
                headers.push(("x-kontur-trace-spanid", "junk".to_owned()));
            }
            if let Some(sampled) = stated.sampled {
                headers.push(("x-kontur-trace-issampled", sampled.to_string()));
            } else if stated.is_unreadable {
                headers.push(("x-kontur-trace-issampled", "junk".to_owned()));
            }
            headers
        }
        "vostok" => {
            let mut globals = Entries::new();
            let span_id = match stated.has_span_id {
                true => span_id,
                false => SpanId::INVALID,
            };
            let tracing = format!("{trace_id};{span_id}0000000000000000");
            globals.insert(TRACING_CONTEXT, tracing).unwrap();
            vec![("context-globals", globals.encode())]
        }
        "sentry" => {
            let flag = flag.map_or(String::new(), |flag| format!("-{flag}"));
            vec![("sentry-trace", format!("{trace_id}-{span_id}{flag}"))]
        }
        "own" => vec![("x-own", format!("{trace_id}-{span_id}-{}", flag.unwrap()))],
        "b3" => vec![("b3", format!("{trace_id}-{span_id}-{}", flag.unwrap()))],
        "b3multi" => vec![
            ("x-b3-traceid", trace_id.to_string()),
            ("x-b3-spanid", span_id.to_string()),
            ("x-b3-sampled", flag.unwrap().to_string()),
        ],
        "xray" => {
            let digits = trace_id.to_string();
            let (epoch, unique) = digits.split_at(8);
            let flag = flag.unwrap();
            vec![(
                "x-amzn-trace-id",
                format!("Root=1-{epoch}-{unique};Parent={span_id};Sampled={flag}"),
            )]
        }
        other => panic!("{other} has no headers"),
    }
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

fn propagator(list: &[&str]) -> Propagator {
    opentelemetry_autoprop::builder()
        .register("own", opentelemetry_autoprop::Foreign::new(Own))
        .from_list(&list.join(","))
        .unwrap()
}

/// Returns the expected span context, derived from the text of the merging rule.
fn oracle(list: &[&str], stated: &[Option<Stated>]) -> Option<SpanContext> {
    let all: Vec<_> = list
        .iter()
        .zip(stated)
        .filter_map(|(format, stated)| Some((*format, (*stated)?)))
        .collect();
    let last = last(&all)?;
    let same_trace = || all.iter().filter(|(_, s)| s.trace_id == last.trace_id);
    let trace_id = TraceId::from(last.trace_id);
    let span_id = same_trace()
        .find(|(_, stated)| stated.has_span_id)
        .map_or((last.trace_id >> 64) as u64, |(format, _)| span_id(format));
    let sampled = same_trace().find_map(|(_, stated)| stated.sampled);
    let trace_state = same_trace().find_map(|(format, _)| match *format {
        "tracecontext" => Some("from=w3c".parse().unwrap()),
        "own" => Some("from=own".parse().unwrap()),
        _ => None,
    });
    let random = same_trace().find_map(|(_, stated)| stated.random);
    let other_flags = TraceFlags::new(if random == Some(true) { 2 } else { 0 });
    Some(SpanContext::new(
        trace_id,
        SpanId::from(span_id),
        other_flags.with_sampled(sampled.unwrap_or(true)),
        true,
        trace_state.unwrap_or(TraceState::NONE),
    ))
}

/// Returns the statement whose trace is continued.
fn last(all: &[(&str, Stated)]) -> Option<Stated> {
    let strong = all.iter().rfind(|(format, stated)| !stated.is_weak(format));
    let (_, last) = strong.or(all.last())?;
    Some(*last)
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

/// Calls `check` with every choice of one item from each list.
fn for_each_choice<T: Copy>(lists: &[Vec<T>], chosen: &mut Vec<T>, check: &mut impl FnMut(&[T])) {
    match lists.split_first() {
        None => check(chosen),
        Some((list, rest)) => {
            for &item in list {
                chosen.push(item);
                for_each_choice(rest, chosen, check);
                chosen.pop();
            }
        }
    }
}

/// Returns every ordered list of `len` different formats.
fn lists(len: usize) -> Vec<Vec<&'static str>> {
    let mut lists = Vec::new();
    for_each_choice(&vec![formats(); len], &mut Vec::new(), &mut |list| {
        // The propagators of B3 read both of its encodings.
        let family = |format: &'static str| format.trim_end_matches("multi");
        let is_repeated = |i: usize| list[..i].iter().any(|f| family(f) == family(list[i]));
        if !(0..list.len()).any(is_repeated) {
            lists.push(list.to_vec());
        }
    });
    lists
}

/// Calls `check` with every ordered list of `len` formats, every choice of what each of them states,
/// and the headers that state it.
fn for_each_request(
    len: usize,
    mut check: impl FnMut(&Propagator, &[&str], &[Option<Stated>], &HashMap<String, String>),
) {
    for list in lists(len) {
        let propagator = propagator(&list);
        let choices: Vec<_> = list.iter().map(|format| variants(format)).collect();
        for_each_choice(&choices, &mut Vec::new(), &mut |stated| {
            let carrier = list
                .iter()
                .zip(stated)
                .filter_map(|(format, stated)| Some(headers(format, (*stated)?)))
                .flatten()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            check(&propagator, &list, stated, &carrier);
        });
    }
}

fn check_lists(len: usize) -> usize {
    let contexts = contexts();
    let mut checked = 0;
    for_each_request(len, |propagator, list, stated, carrier| {
        let expected = oracle(list, stated);
        for held in &contexts {
            let cx = propagator.extract_with_context(held, carrier);
            match &expected {
                Some(expected) => {
                    assert_eq!(cx.span().span_context(), expected, "{list:?} {stated:?}");
                    assert!(!cx.span().is_recording());
                }
                None => {
                    let (span, held_span) = (cx.span(), held.span());
                    assert_eq!(span.span_context(), held_span.span_context());
                    assert_eq!(span.is_recording(), held_span.is_recording());
                }
            }
            let has_own = carrier.contains_key("x-own");
            assert_eq!(cx.get::<OwnValue>().is_some(), has_own, "{list:?}");
            checked += 1;
        }
    });
    checked
}

#[test]
fn lists_of_two_formats_merge_by_the_rule() {
    assert!(check_lists(2) > 1000);
}

#[test]
fn lists_of_three_formats_merge_by_the_rule() {
    assert!(check_lists(3) > 10_000);
}

#[test]
fn explain_names_the_origin_of_each_fact() {
    let mut checked = 0;
    for len in [2, 3] {
        for_each_request(len, |propagator, list, stated, carrier| {
            let explanation = propagator.explain(&Context::new(), carrier);
            check_explanation(list, stated, &explanation);
            checked += 1;
        });
    }
    assert!(checked > 3000);
}

/// Compares an explanation with the origins that follow from the rule's text.
fn check_explanation(list: &[&str], stated: &[Option<Stated>], explanation: &Explanation) {
    let all: Vec<_> = list
        .iter()
        .zip(stated)
        .filter_map(|(format, stated)| Some((*format, (*stated)?)))
        .collect();
    for ((format, stated), statement) in list.iter().zip(stated).zip(&explanation.statements) {
        assert_eq!(statement.propagator, *format);
        assert!(!statement.is_refused);
        let trace_id = statement.stated.as_ref().map(|parent| parent.trace_id);
        assert_eq!(trace_id, stated.map(|stated| stated.trace_id.into()));
    }
    let Some(last) = last(&all) else {
        assert!(explanation.parent.is_none());
        return;
    };
    let same_trace = || all.iter().filter(|(_, s)| s.trace_id == last.trace_id);
    let first = |states: &dyn Fn(&str, &Stated) -> bool| {
        same_trace().find_map(|(format, s)| states(format, s).then(|| (*format).to_owned()))
    };
    let parent = explanation.parent.as_ref().unwrap();
    assert_eq!(parent.trace_id, TraceId::from(last.trace_id));
    assert_eq!(Some(parent.trace_id_from.clone()), first(&|_, _| true));
    assert_eq!(parent.span_id_from, first(&|_, s| s.has_span_id));
    assert_eq!(parent.sampled_from, first(&|_, s| s.sampled.is_some()));
    let with_list = first(&|format, _| matches!(format, "tracecontext" | "own"));
    assert_eq!(parent.trace_state_from, with_list);
    assert_eq!(
        Some(explanation.context.span().span_context()),
        oracle(list, stated).as_ref()
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

#[cfg(feature = "xray")]
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
    for list in lists(2) {
        let mut sent = HashMap::new();
        propagator(&list).inject_context(&Context::new(), &mut sent);
        assert_eq!(sent, HashMap::new(), "{list:?}");
    }
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
