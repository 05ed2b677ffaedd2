//! Lists of several formats: which trace is continued, and how `baggage` is joined.

use std::collections::{BTreeSet, HashMap};

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_autoprop::{from_list, Propagator};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_propagator_sentry::SentryPropagator;
use opentelemetry_propagator_vostok::header::TRACING_CONTEXT;
use opentelemetry_propagator_vostok::{Entries, RequestPriority, VostokContextExt};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const NAMES: [&str; 5] = ["tracecontext", "baggage", "kontur", "vostok", "sentry"];
const OURS: [&str; 3] = ["kontur", "vostok", "sentry"];

fn span_context(cx: &Context) -> SpanContext {
    cx.span().span_context().clone()
}

fn extract(propagator: &Propagator, headers: &HeaderMap) -> Context {
    propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers))
}

fn inject(propagator: &Propagator, cx: &Context) -> HeaderMap {
    let mut headers = HeaderMap::new();
    propagator.inject_context(cx, &mut HeaderInjector(&mut headers));
    headers
}

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// Returns the headers of one format that state this trace.
fn lines_of(
    format: &str,
    trace_id: u128,
    span_id: u64,
    sampled: bool,
) -> Vec<(&'static str, String)> {
    let (trace_id, span_id) = (TraceId::from(trace_id), SpanId::from(span_id));
    let flag = u8::from(sampled);
    match format {
        "tracecontext" => vec![("traceparent", format!("00-{trace_id}-{span_id}-0{flag}"))],
        "kontur" => vec![
            ("x-kontur-trace-id", trace_id.to_string()),
            ("x-kontur-trace-spanid", span_id.to_string()),
            ("x-kontur-trace-issampled", sampled.to_string()),
        ],
        "vostok" => {
            let mut globals = Entries::new();
            globals
                .insert(
                    TRACING_CONTEXT,
                    format!("{trace_id};{span_id}0000000000000000"),
                )
                .unwrap();
            vec![("context-globals", globals.encode())]
        }
        "sentry" => vec![
            ("sentry-trace", format!("{trace_id}-{span_id}-{flag}")),
            ("baggage", format!("sentry-trace_id={trace_id}")),
        ],
        other => panic!("{other} cannot state a trace"),
    }
}

fn request(formats: &[(&str, u128, u64, bool)]) -> HeaderMap {
    let lines: Vec<_> = formats
        .iter()
        .flat_map(|&(format, trace_id, span_id, sampled)| {
            lines_of(format, trace_id, span_id, sampled)
        })
        .collect();
    headers(
        &lines
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect::<Vec<_>>(),
    )
}

fn local(trace_id: u128, span_id: u64, sampled: bool) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(trace_id),
        SpanId::from(span_id),
        TraceFlags::new(u8::from(sampled)),
        true,
        TraceState::NONE,
    ))
}

#[test]
fn extract_takes_state_and_flag_from_first_format() {
    let propagator = from_list("tracecontext,kontur,vostok").unwrap();
    let mut request = request(&[
        ("tracecontext", 7, 1, false),
        ("kontur", 7, 2, true),
        ("vostok", 7, 3, true),
    ]);
    request.insert("tracestate", HeaderValue::from_static("vendor=value"));
    let found = span_context(&extract(&propagator, &request));
    let expected = SpanContext::new(
        TraceId::from(7),
        SpanId::from(1),
        TraceFlags::NOT_SAMPLED,
        true,
        "vendor=value".parse().unwrap(),
    );
    assert_eq!(found, expected);
}

#[test]
fn extract_prefers_the_last_of_different_traces() {
    for (list, expected) in [
        ("tracecontext,kontur,vostok,sentry", 4),
        ("sentry,vostok,kontur", 2),
        ("sentry,kontur,vostok", 3),
        ("kontur,vostok,sentry,tracecontext", 1),
    ] {
        let request = request(&[
            ("tracecontext", 1, 1, true),
            ("kontur", 2, 2, true),
            ("vostok", 3, 3, true),
            ("sentry", 4, 4, true),
        ]);
        let found = span_context(&extract(&from_list(list).unwrap(), &request));
        assert_eq!(found.trace_id(), TraceId::from(expected), "{list}");
        assert_eq!(found.trace_state(), &TraceState::NONE, "{list}");
    }
}

/// Returns the members of `baggage`, and asserts that it is within the limits.
fn members(headers: &HeaderMap) -> Vec<String> {
    let lines: Vec<_> = headers.get_all("baggage").iter().collect();
    assert!(lines.len() <= 1);
    let line = lines.first().map_or("", |line| line.to_str().unwrap());
    assert!(line.len() <= 8192);
    let members: Vec<_> = line
        .split(',')
        .filter(|member| !member.is_empty())
        .collect();
    assert!(members.len() <= 64);
    members.into_iter().map(str::to_owned).collect()
}

fn set(members: &[impl AsRef<str>]) -> BTreeSet<&str> {
    let set: BTreeSet<_> = members.iter().map(AsRef::as_ref).collect();
    assert_eq!(set.len(), members.len(), "a member repeats");
    set
}

const SENTRY_TRACE: (&str, &str) = (
    "sentry-trace",
    "771a43a4192642f0b136d5159a501700-1234567890abcdef-1",
);

#[test]
fn baggage_members_are_sent_once_in_any_list_order() {
    let expected = [
        "sentry-release=shop%401.0",
        "sentry-a=%d0%b9",
        "userId=42",
        "tenant=kontur;ttl=30",
    ];
    for list in [
        "baggage,sentry",
        "sentry,baggage",
        "tracecontext,kontur,vostok,sentry,baggage",
        "baggage,tracecontext,sentry,kontur,vostok",
    ] {
        for lines in [
            &["userId=42,sentry-release=shop%401.0,tenant=kontur;ttl=30,sentry-a=%d0%b9"][..],
            &[
                "sentry-release=shop%401.0,sentry-a=%d0%b9",
                "userId=42, tenant=kontur;ttl=30",
            ],
            &[
                "userId=42",
                "sentry-release=shop%401.0",
                "tenant=kontur;ttl=30",
                "sentry-a=%d0%b9",
            ],
        ] {
            let mut all = vec![SENTRY_TRACE];
            all.extend(lines.iter().map(|line| ("baggage", *line)));
            let propagator = from_list(list).unwrap();
            let cx = extract(&propagator, &headers(&all));
            assert_eq!(cx.baggage().get("userId").unwrap().as_str(), "42");
            assert_eq!(
                set(&members(&inject(&propagator, &cx))),
                set(&expected),
                "{list} {lines:?}"
            );
        }
    }
}

#[test]
fn inject_joins_user_members_with_the_dsc() {
    let propagator = from_list("baggage,sentry").unwrap();
    let cx = extract(
        &propagator,
        &headers(&[SENTRY_TRACE, ("baggage", "sentry-a=1,userId=42")]),
    );
    let cx = cx.with_baggage([
        KeyValue::new("userId", "43"),
        KeyValue::new("sentry-a", "forged"),
    ]);
    assert_eq!(
        members(&inject(&propagator, &cx)),
        ["sentry-a=1", "userId=43"]
    );
}

#[test]
fn inject_omits_the_dsc_of_a_refused_trace() {
    let propagator = opentelemetry_autoprop::builder()
        .register(
            "sentry",
            SentryPropagator::builder().org_id("1").build().unwrap(),
        )
        .from_list("tracecontext,baggage,sentry")
        .unwrap();
    let foreign = headers(&[
        SENTRY_TRACE,
        ("baggage", "sentry-org_id=2,sentry-a=1,userId=42"),
    ]);
    let cx = extract(&propagator, &foreign);
    assert!(!cx.has_active_span());
    assert_eq!(members(&inject(&propagator, &cx)), ["userId=42"]);
}

/// A propagator of an application that writes `baggage`.
#[derive(Debug)]
struct Own {
    value: String,
    fields: Vec<String>,
}

impl TextMapPropagator for Own {
    fn inject_context(&self, _cx: &Context, injector: &mut dyn Injector) {
        injector.set("Baggage", self.value.clone());
        injector.set("x-own", "1".to_owned());
    }

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

#[test]
fn inject_joins_baggage_of_a_custom_propagator() {
    for fields in [vec!["baggage".to_owned()], vec![]] {
        for list in [
            "own,baggage,sentry",
            "sentry,baggage,own",
            "baggage,own,sentry",
        ] {
            let (value, fields) = ("own=1,sentry-a=forged".to_owned(), fields.clone());
            let propagator = opentelemetry_autoprop::builder()
                .register(
                    "own",
                    opentelemetry_autoprop::Foreign::new(Own { value, fields }),
                )
                .from_list(list)
                .unwrap();
            let request = headers(&[SENTRY_TRACE, ("baggage", "userId=42,sentry-a=1")]);
            let sent = inject(&propagator, &extract(&propagator, &request));
            assert_eq!(
                set(&members(&sent)),
                set(&["sentry-a=1", "userId=42", "own=1"]),
                "{list}"
            );
            assert_eq!(sent["x-own"], "1");
        }
    }
}

#[test]
fn inject_leaves_out_the_same_members_in_every_call() {
    let own = Own {
        value: format!("own={}", "x".repeat(8000)),
        fields: vec!["baggage".to_owned()],
    };
    let propagator = opentelemetry_autoprop::builder()
        .register("own", opentelemetry_autoprop::Foreign::new(own))
        .from_list("own,baggage")
        .unwrap();
    let sent = || {
        let entries = (0..40).map(|i| KeyValue::new(format!("zone{i:02}"), "value"));
        members(&inject(&propagator, &Context::new().with_baggage(entries)))
    };
    let first = sent();
    assert!((2..40).contains(&first.len()), "{first:?}");
    for _ in 0..20 {
        assert_eq!(sent(), first);
    }
}

#[test]
fn inject_omits_illegal_headers_of_any_propagator() {
    #[derive(Debug)]
    struct Illegal;

    impl TextMapPropagator for Illegal {
        fn inject_context(&self, _cx: &Context, injector: &mut dyn Injector) {
            injector.set("x-split", "a\r\nx-forged: 1".to_owned());
            injector.set("x-text", "\u{e9}".to_owned());
            injector.set("x-legal", "a\tb".to_owned());
        }

        fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
            cx.clone()
        }

        fn fields(&self) -> FieldIter<'_> {
            FieldIter::new(&[])
        }
    }

    let propagator = opentelemetry_autoprop::builder()
        .register("illegal", opentelemetry_autoprop::Foreign::new(Illegal))
        .from_list("illegal")
        .unwrap();
    let mut sent = HashMap::new();
    propagator.inject_context(&Context::new(), &mut sent);
    let legal = ("x-legal".to_owned(), "a\tb".to_owned());
    assert_eq!(sent, HashMap::from([legal]));
}

#[test]
fn inject_keeps_the_valid_members_of_any_propagator() {
    let odd = "a=1,a=2, ,junk;,b=x y;=,sentry-c=3".to_owned();
    let own = Own {
        value: odd.clone(),
        fields: Vec::new(),
    };
    let propagator = opentelemetry_autoprop::builder()
        .register("own", opentelemetry_autoprop::Foreign::new(own))
        .from_list("tracecontext,own,kontur")
        .unwrap();
    assert_eq!(
        inject(&propagator, &local(1, 2, true))["baggage"],
        "a=2,b=x%20y,sentry-c=3"
    );
}

#[test]
fn extract_reads_all_baggage_lines_within_limits() {
    let propagator = from_list("baggage").unwrap();
    let cx = extract(
        &propagator,
        &headers(&[
            ("baggage", "a=1,junk"),
            ("baggage", ""),
            ("baggage", "b=2;p"),
        ]),
    );
    assert_eq!(cx.baggage().len(), 2);
    assert_eq!(cx.baggage().get_with_metadata("b").unwrap().1.as_str(), "p");

    let line = (0..40)
        .map(|i| format!("k{i}=v"))
        .collect::<Vec<_>>()
        .join(",");
    let cx = extract(
        &propagator,
        &headers(&[("baggage", &line), ("baggage", &line.replace('k', "l"))]),
    );
    assert_eq!(cx.baggage().len(), 64);
}

/// A propagator that replaces the span context with an invalid one.
#[derive(Debug)]
struct Wiping;

impl TextMapPropagator for Wiping {
    fn inject_context(&self, _cx: &Context, _injector: &mut dyn Injector) {}

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        cx.with_remote_span_context(SpanContext::NONE)
            .with_baggage([KeyValue::new("by", "wiping")])
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}

/// A propagator that states the trace 7 with this `tracestate` value.
#[derive(Debug)]
struct Stating(Option<&'static str>);

impl TextMapPropagator for Stating {
    fn inject_context(&self, _cx: &Context, _injector: &mut dyn Injector) {}

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        let (trace_id, span_id) = (TraceId::from(7), SpanId::from(1));
        let list = self.0.map(|value| ("own", value));
        let list = TraceState::from_key_value(list).unwrap();
        let flags = TraceFlags::SAMPLED;
        cx.with_remote_span_context(SpanContext::new(trace_id, span_id, flags, true, list))
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}

#[test]
fn tracestate_is_that_of_the_first_format_with_a_legal_one() {
    for (stated, expected) in [
        (None, "a=1"),
        (Some("x"), "own=x"),
        (Some("\u{44b}"), "a=1"),
        (Some("x\r\ny"), "a=1"),
    ] {
        let propagator = opentelemetry_autoprop::builder()
            .register("own", opentelemetry_autoprop::Foreign::new(Stating(stated)))
            .from_list("own,tracecontext")
            .unwrap();
        let mut lines = request(&[("tracecontext", 7, 1, true)]);
        lines.insert("tracestate", HeaderValue::from_static("a=1"));
        let cx = extract(&propagator, &lines);
        let span_context = span_context(&cx);
        assert_eq!(span_context.trace_state().header(), expected, "{stated:?}");
    }
}

#[test]
fn extract_ignores_an_invalid_span_context() {
    let propagator = opentelemetry_autoprop::builder()
        .register("wiping", opentelemetry_autoprop::Foreign::new(Wiping))
        .from_list("tracecontext,wiping,kontur")
        .unwrap();
    let cx = extract(&propagator, &request(&[("tracecontext", 7, 1, false)]));
    assert_eq!(span_context(&cx), span_context(&local(7, 1, false)));
    assert!(
        cx.baggage().get("by").is_some(),
        "the propagator's baggage is kept"
    );
}

#[cfg(feature = "xray")]
#[test]
fn xray_field_with_a_line_break_keeps_the_trace() {
    let value = "Root=1-27bb7faa-48294cf49ae6007d70905468;Parent=0bcd098a592642e4;a=b\r\nc";
    let carrier = HashMap::from([("x-amzn-trace-id".to_owned(), value.to_owned())]);
    for list in ["xray", "xray,tracecontext"] {
        let propagator = from_list(list).unwrap();
        let cx = propagator.extract_with_context(&Context::new(), &carrier);
        let mut sent = HashMap::new();
        propagator.inject_context(&cx, &mut sent);
        let written = "Root=1-27bb7faa-48294cf49ae6007d70905468;Parent=0bcd098a592642e4";
        assert!(sent["x-amzn-trace-id"].starts_with(written), "{list}");
        assert!(!sent.values().any(|value| value.contains('\n')), "{list}");
    }
}

#[cfg(feature = "xray")]
#[test]
fn xray_root_without_parent_leaves_the_trace() {
    let mut request = request(&[("tracecontext", 7, 1, false)]);
    let root = HeaderValue::from_static("Root=1-58406520-a006649127e371903a2de979");
    request.insert("x-amzn-trace-id", root);
    let cx = extract(&from_list("tracecontext,xray").unwrap(), &request);
    assert_eq!(span_context(&cx), span_context(&local(7, 1, false)));
}

#[cfg(feature = "b3")]
#[test]
fn b3_injects_the_single_header() {
    let propagator = from_list("b3").unwrap();
    let sent = inject(&propagator, &local(7, 1, true));
    assert!(sent.keys().eq(["b3"]), "{sent:?}");
    let read = extract(&propagator, &sent);
    assert_eq!(span_context(&read), span_context(&local(7, 1, true)));
}

#[test]
fn none_extracts_and_injects_nothing() {
    let none = from_list("none").unwrap();
    let before = local(7, 1, true);
    let request = request(&[("tracecontext", 8, 2, true), ("kontur", 8, 2, true)]);
    let cx = none.extract_with_context(&before, &HeaderExtractor(&request));
    assert_eq!(span_context(&cx), span_context(&before));
    assert!(inject(&none, &cx).is_empty());
}

#[test]
fn request_priority_survives_a_hop_of_all_formats() {
    let propagator = from_list("tracecontext,baggage,kontur,vostok,sentry").unwrap();
    let cx = local(1, 2, true).with_vostok_request_priority(RequestPriority::Critical);
    let next = extract(&propagator, &inject(&propagator, &cx));
    assert_eq!(
        next.vostok_request_priority(),
        Some(RequestPriority::Critical)
    );
    assert_eq!(span_context(&next), span_context(&cx));
}

/// Generates lists of these names in any order.
fn lists(names: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(names, 1..=names.len()).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn extract_then_inject_reproduces_the_headers(
        names in lists(&NAMES),
        trace_id in 1u128..,
        span_id in 1u64..,
        sampled: bool,
        baggage in prop::collection::hash_map("[a-z]{1,8}", ".{0,20}", 0..5),
    ) {
        let propagator = from_list(&names.join(",")).unwrap();
        let baggage: HashMap<_, _> = baggage
            .into_iter()
            .map(|(key, value)| (key, value.trim().to_owned()))
            .collect();
        let cx = local(trace_id, span_id, sampled)
            .with_baggage(baggage.iter().map(|(k, v)| KeyValue::new(k.clone(), v.clone())));
        let sent = inject(&propagator, &cx);
        prop_assert!(sent.keys().all(|name| propagator.fields().any(|field| name == field)));
        let read = extract(&propagator, &sent);

        // Vostok's headers have no flag. If no other header states a decision, the trace is
        // sampled.
        let mut traced = names.iter().filter(|name| **name != "baggage");
        let states_flag = traced.any(|name| *name != "vostok");
        if states_flag || names.contains(&"vostok") {
            let expected = local(trace_id, span_id, sampled || !states_flag);
            prop_assert_eq!(span_context(&read), span_context(&expected));
        }
        if names.contains(&"baggage") {
            for (key, value) in &baggage {
                prop_assert_eq!(read.baggage().get(key).map(|v| v.as_str()), Some(&**value));
            }
        }
        let again = inject(&propagator, &read);
        if states_flag || sampled {
            // The order of the user's baggage is that of a HashMap, so it is compared as a set.
            let others = |headers: &HeaderMap| {
                let mut headers = headers.clone();
                headers.remove("baggage");
                headers
            };
            prop_assert_eq!(others(&again), others(&sent));
        }
        let (again, sent) = (members(&again), members(&sent));
        prop_assert_eq!(set(&again), set(&sent));
    }

    #[test]
    fn extract_ignores_headers_of_other_formats(
        format in select(&OURS[..]),
        trace_id in 1u128..,
        span_id in 1u64..,
        noise in "[ -~]{0,60}",
    ) {
        let propagator = from_list(format).unwrap();
        let alone = request(&[(format, trace_id, span_id, true)]);
        let mut crowded = alone.clone();
        let noise = HeaderValue::from_str(&noise).unwrap();
        for other in from_list("tracecontext,kontur,vostok,sentry").unwrap().fields() {
            if !propagator.fields().any(|field| field == other) {
                crowded.insert(HeaderName::from_bytes(other.as_bytes()).unwrap(), noise.clone());
            }
        }
        let found = extract(&propagator, &crowded);
        prop_assert_eq!(span_context(&found), span_context(&extract(&propagator, &alone)));
        prop_assert_eq!(inject(&propagator, &found), inject(&propagator, &extract(&propagator, &alone)));
    }

    #[test]
    fn joined_baggage_is_the_union_within_the_limits(
        sentry in prop::collection::btree_map("sentry-[a-z]{1,6}", "([a-z0-9]|%[0-9a-f]{2}){0,100}", 0..60),
        user in prop::collection::btree_map("[a-r][a-z]{1,6}", "[a-z0-9]{0,300}", 0..60),
        sentry_first: bool,
    ) {
        let line = |members: &std::collections::BTreeMap<String, String>| {
            members.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>()
        };
        let (sentry, user) = (line(&sentry), line(&user));
        let list = if sentry_first { "sentry,own" } else { "own,sentry" };
        let own = Own { value: user.join(","), fields: vec!["baggage".to_owned()] };
        let propagator = opentelemetry_autoprop::builder().register("own", opentelemetry_autoprop::Foreign::new(own)).from_list(list).unwrap();
        let request = headers(&[SENTRY_TRACE, ("baggage", &sentry.join(","))]);
        let sent = inject(&propagator, &extract(&propagator, &request));
        let sent = members(&sent);

        let union: BTreeSet<_> = set(&sentry).union(&set(&user)).copied().collect();
        prop_assert!(set(&sent).is_subset(&union), "a member is truncated");
        let fits = union.len() <= 64 && union.iter().map(|member| member.len() + 1).sum::<usize>() <= 8193;
        if fits {
            prop_assert_eq!(set(&sent), union);
        } else {
            let of_sentry = sentry.iter().filter(|member| sent.contains(member)).count();
            let of_user = sent.len() - of_sentry;
            let kept_alone = members(&inject(&from_list("sentry").unwrap(), &extract(&from_list("sentry").unwrap(), &request)));
            prop_assert_eq!(of_sentry, kept_alone.len(), "Sentry's members take precedence");
            prop_assert!(of_user < user.len() || of_sentry < sentry.len());
        }
    }
}
