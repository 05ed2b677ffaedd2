//! Property tests: written values read back, the parsers accept exactly the grammar, and the
//! results for well-formed headers agree with those of the SDK's propagators.

use std::collections::{BTreeMap, HashMap};

use opentelemetry::baggage::{BaggageExt, KeyValueMetadata};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanId, TraceContextExt, TraceId, TraceState};
use opentelemetry::Context;
use opentelemetry_propagator_core::{Format, StatedTraceState};
use opentelemetry_propagator_w3c::{
    BaggagePropagator, TraceContextPropagator, TraceParent, TraceStateList,
};
use opentelemetry_sdk::propagation as sdk;
use proptest::prelude::*;
use proptest::string::string_regex;

type Headers = HashMap<String, String>;

struct Lines<'a>(&'a [String]);

impl Extractor for Lines<'_> {
    fn get(&self, _key: &str) -> Option<&str> {
        self.0.first().map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        Vec::new()
    }

    fn get_all(&self, _key: &str) -> Option<Vec<&str>> {
        Some(self.0.iter().map(String::as_str).collect())
    }
}

fn headers(lines: &[(&str, &str)]) -> Headers {
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    lines.iter().map(owned).collect()
}

fn extract(propagator: &dyn TextMapPropagator, headers: &Headers) -> Context {
    propagator.extract_with_context(&Context::new(), headers)
}

fn inject(propagator: &dyn TextMapPropagator, cx: &Context) -> Headers {
    let mut headers = Headers::new();
    propagator.inject_context(cx, &mut headers);
    headers
}

fn entries(cx: &Context) -> BTreeMap<String, (String, String)> {
    let entries = cx.baggage().iter();
    entries
        .map(|(key, (value, properties))| {
            (key.to_string(), (value.to_string(), properties.to_string()))
        })
        .collect()
}

/// Parses the fields of a `traceparent` character by character.
fn naive_traceparent(value: &str) -> Option<(String, String, u8)> {
    let value: Vec<char> = value.trim_matches([' ', '\t']).chars().collect();
    let field = |from: usize, to: usize| -> Option<String> {
        let digits = value.get(from..to)?;
        let is_digit = |c: &char| "0123456789abcdef".contains(*c);
        digits.iter().all(is_digit).then(|| digits.iter().collect())
    };
    let [version, trace_id, span_id, flags] =
        [(0, 2), (3, 35), (36, 52), (53, 55)].map(|(from, to)| field(from, to));
    let (version, flags) = (version?, u8::from_str_radix(&flags?, 16).unwrap());
    let hyphens = [2, 35, 52].iter().all(|&at| value[at] == '-');
    let end = match value.get(55) {
        None => true,
        Some(next) => version != "00" && *next == '-',
    };
    let is_zero = |id: &str| id.chars().all(|c| c == '0');
    let (trace_id, span_id) = (trace_id?, span_id?);
    let valid = hyphens && end && version != "ff" && !is_zero(&trace_id) && !is_zero(&span_id);
    valid.then_some((trace_id, span_id, flags & 3))
}

/// Parses the members of a `tracestate` character by character. Returns `None` if it is invalid.
fn naive_tracestate(lines: &[String]) -> Option<Vec<(String, String)>> {
    let mut members = Vec::new();
    for element in lines.join(",").split(',') {
        let element = element.trim_matches([' ', '\t']);
        if element.is_empty() {
            continue;
        }
        let (key, value) = element.split_once('=')?;
        let (key, value): (Vec<char>, Vec<char>) = (key.chars().collect(), value.chars().collect());
        let starts = matches!(key.first(), Some('a'..='z' | '0'..='9'));
        let is_key = |c: &char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-' | '*' | '/' | '@');
        let is_value = |c: &char| (' '..='~').contains(c) && *c != '=';
        if !starts || !key.iter().all(is_key) || key.len() > 256 {
            return None;
        }
        if !value.iter().all(is_value) || !(1..=256).contains(&value.len()) {
            return None;
        }
        members.push((key.into_iter().collect(), value.into_iter().collect()));
    }
    (members.len() <= 32).then_some(members)
}

/// Generates valid `traceparent` values, and ones in which a character or a length is changed.
fn near_traceparent() -> impl Strategy<Value = String> {
    let field = |len: usize| {
        let regex = format!(
            "[0-9a-f]{{{len}}}|0{{{len}}}|[0-9a-fA-F+ -]{{0,{}}}",
            len + 1
        );
        string_regex(&regex).expect("the regular expression is valid")
    };
    (
        prop_oneof![4 => Just("00".to_owned()), 1 => field(2), 1 => Just("ff".to_owned())],
        prop_oneof![4 => "[0-9a-f]{32}", 1 => field(32)],
        prop_oneof![4 => "[0-9a-f]{16}", 1 => field(16)],
        prop_oneof![4 => "[0-9a-f]{2}", 1 => field(2)],
        prop_oneof![4 => Just(String::new()), 1 => "[-. \\ta-f0-9é]{0,3}"],
        prop_oneof![4 => Just(None), 1 => (0..60usize, any::<char>()).prop_map(Some)],
    )
        .prop_map(|(version, trace_id, span_id, flags, rest, change)| {
            let value = format!("{version}-{trace_id}-{span_id}-{flags}{rest}");
            let Some((at, with)) = change else {
                return value;
            };
            let mut value: Vec<char> = value.chars().collect();
            if let Some(character) = value.get_mut(at) {
                *character = with;
            }
            value.into_iter().collect()
        })
}

/// Generates lines of `tracestate`, most of which are valid.
fn near_tracestate() -> impl Strategy<Value = Vec<String>> {
    let member = prop_oneof![
        8 => "[a-z0-9][a-z0-9_*/@-]{0,4}=[ -+.-<>-~]{0,5}[!-+.-<>-~]",
        1 => "[ \\t]{0,2}",
        1 => "[a-zA@_ ]{0,3}=?[ -~é\\x00]{0,4}",
    ];
    let line = prop::collection::vec(member, 0..12).prop_map(|members| members.join(","));
    prop::collection::vec(line, 1..5)
}

proptest! {
    #[test]
    fn traceparent_reads_back_as_written(trace_id: u128, span_id: u64, sampled: bool, random: bool) {
        prop_assume!(trace_id != 0 && span_id != 0);
        let ids = (TraceId::from(trace_id), SpanId::from(span_id));
        let parent = TraceParent::new(ids.0, ids.1, sampled, random);
        prop_assert_eq!(parent.to_string().parse(), Ok(parent));
        let mut sent = Headers::new();
        parent.inject(&mut sent);
        prop_assert_eq!(&sent["traceparent"], &parent.to_string());
    }

    #[test]
    fn traceparent_accepts_exactly_the_grammar(value in near_traceparent()) {
        let ours = value.parse::<TraceParent>();
        let ours = ours.ok().map(|parent| {
            let flags = u8::from(parent.sampled) | u8::from(parent.random) << 1;
            (parent.trace_id.to_string(), parent.span_id.to_string(), flags)
        });
        prop_assert_eq!(ours, naive_traceparent(&value));
    }

    #[test]
    fn error_is_short_and_printable(value in near_traceparent(), lines in near_tracestate()) {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        let errors = [
            value.parse::<TraceParent>().err(),
            TraceStateList::parse(&lines).err(),
        ];
        for error in errors.into_iter().flatten() {
            let error = error.to_string();
            prop_assert!(error.len() < 120 && !error.contains(char::is_control), "{}", error);
        }
    }

    #[test]
    fn tracestate_accepts_exactly_the_grammar(lines in near_tracestate()) {
        let text: Vec<_> = lines.iter().map(String::as_str).collect();
        let ours = TraceStateList::parse(&text).ok().map(|list| list.to_string());
        let expected = naive_tracestate(&lines).map(|members| {
            let members = members.iter().map(|(key, value)| format!("{key}={value}"));
            members.collect::<Vec<_>>().join(",")
        });
        prop_assert_eq!(ours, expected);
    }

    #[test]
    fn tracestate_uses_opentelemetrys_type_if_possible(lines in near_tracestate()) {
        let text: Vec<_> = lines.iter().map(String::as_str).collect();
        let (Ok(list), Some(members)) = (TraceStateList::parse(&text), naive_tracestate(&lines))
        else {
            return Ok(());
        };
        match (list.into_stated(), TraceState::from_key_value(members)) {
            (StatedTraceState::Parsed(list), Ok(expected)) => prop_assert_eq!(list, expected),
            (StatedTraceState::Verbatim(_), Err(_)) => {}
            (ours, theirs) => prop_assert!(false, "{:?} {:?}", ours, theirs),
        }
    }

    // The generated lists have no whitespace between members, which version 0.32 of the SDK
    // rejects.
    #[test]
    fn trace_context_agrees_with_the_sdk(
        trace_id in "[0-9a-f]{31}[1-9a-f]",
        span_id in "[0-9a-f]{15}[1-9a-f]",
        sampled: bool,
        list in "([a-z][a-z0-9_*/-]{0,8}=[!-+.-<>-~]{1,8},){0,5}z=1",
    ) {
        let traceparent = format!("00-{trace_id}-{span_id}-0{}", u8::from(sampled));
        let request = headers(&[("traceparent", &traceparent), ("tracestate", &list)]);
        let (ours, theirs) = (TraceContextPropagator::new(), sdk::TraceContextPropagator::new());
        let (our_cx, their_cx) = (extract(&ours, &request), extract(&theirs, &request));
        let (our_span, their_span) = (our_cx.span(), their_cx.span());
        prop_assert_eq!(our_span.span_context(), their_span.span_context());
        prop_assert_eq!(inject(&ours, &our_cx), inject(&theirs, &their_cx));
    }

    #[test]
    fn baggage_agrees_with_the_sdk(
        // The SDK trims decoded values, so spaces are only generated inside a value.
        line in "([a-zA-Z][a-zA-Z0-9._-]{0,8}=([a-z~](%20|%2C|%D0%B9|[A-Z0-9]){0,6}[a-z~])?\
            (;p=1)?(,| , )){0,5}z=1",
    ) {
        let request = headers(&[("baggage", &line)]);
        let (ours, theirs) = (BaggagePropagator::new(), sdk::BaggagePropagator::new());
        let (our_cx, their_cx) = (extract(&ours, &request), extract(&theirs, &request));
        prop_assert_eq!(entries(&our_cx), entries(&their_cx));
        let (sent_by_us, sent_by_them) = (inject(&ours, &our_cx), inject(&theirs, &their_cx));
        prop_assert_eq!(entries(&extract(&theirs, &sent_by_us)), entries(&our_cx));
        prop_assert_eq!(entries(&extract(&ours, &sent_by_them)), entries(&our_cx));
    }

    #[test]
    fn baggage_reads_back_as_written(
        members in prop::collection::btree_map(
            "[a-z!#$%&'*+.^_`|~-]{1,6}",
            ("\\PC{0,8}|[ -~\\t\\r\\n]{0,8}", "([a-z]{1,3}(=([a-z0-9]|%[0-9a-f]{2}){0,3})?(;[a-z])?)?"),
            0..20,
        ),
    ) {
        let propagator = BaggagePropagator::new();
        let set = members.iter().map(|(key, (value, properties))| {
            KeyValueMetadata::new(key.clone(), value.clone(), properties.as_str())
        });
        let before = Context::new().with_baggage(set);
        let sent = inject(&propagator, &before);
        prop_assert_eq!(entries(&extract(&propagator, &sent)), entries(&before));
        let line = sent.get("baggage").map_or("", String::as_str);
        prop_assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{:?}", line);
    }

    #[test]
    fn properties_of_any_text_are_written_legally(properties in "[a;=%4 \t,\"\u{e9}\r]{0,12}") {
        let propagator = BaggagePropagator::new();
        let entry = KeyValueMetadata::new("k", "v", properties.as_str());
        let sent = inject(&propagator, &Context::new().with_baggage([entry]));
        let read = extract(&propagator, &sent);
        prop_assert_eq!(entries(&read).len(), 1);
        prop_assert_eq!(inject(&propagator, &read), sent);
    }

    #[test]
    fn reserved_members_are_skipped(
        elements in prop::collection::vec(
            "[ \t]?(r-|r|)[a-z]?[ \t]?(=[a-z%]{0,2})?(;p=1)?[\x00é]?", 0..8,
        ),
    ) {
        let mut reserving = BaggagePropagator::new();
        reserving.reserve_baggage_prefix("r-");
        let is_reserved = |element: &&String| element.trim_start().starts_with("r-");
        let others: Vec<_> = elements.iter().filter(|it| !is_reserved(it)).cloned().collect();
        let read = |propagator: &BaggagePropagator, line: String| {
            entries(&propagator.extract_with_context(&Context::new(), &Lines(&[line])))
        };
        let expected = read(&BaggagePropagator::new(), others.join(","));
        prop_assert_eq!(read(&reserving, elements.join(",")), expected);
    }

    #[test]
    fn baggage_of_any_lines_stays_within_the_limits(
        lines in prop::collection::vec("([a-z]{1,3}=[ -~\\t]{0,200},?){0,30}|\\PC{0,40}", 0..8),
    ) {
        let propagator = BaggagePropagator::new();
        let cx = propagator.extract_with_context(&Context::new(), &Lines(&lines));
        let sent = inject(&propagator, &cx);
        if let Some(line) = sent.get("baggage") {
            prop_assert!(line.len() <= 8192 && line.split(',').count() <= 64);
            prop_assert!(!line.is_empty());
        }
        prop_assert_eq!(inject(&propagator, &cx).contains_key("baggage"), sent.contains_key("baggage"));
    }
}
