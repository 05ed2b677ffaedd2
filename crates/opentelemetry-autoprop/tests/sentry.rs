//! Sentry's rules for continuing a trace, alone and in lists of several formats.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceId, Tracer, TracerProvider};
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_propagator_sentry::{SentryContextExt, SentryPropagator};
use opentelemetry_propagator_vostok::header::TRACING_CONTEXT;
use opentelemetry_propagator_vostok::Entries;
use opentelemetry_sdk::trace::SdkTracerProvider;

const TRACE: &str = "771a43a4192642f0b136d5159a501700";
const OTHER_TRACE: &str = "27bb7faa48294cf49ae6007d70905468";
const DSN: &str = "https://ourkey@sentry.example.com/1";

/// Sentry's table: the organization of each side, and whether the trace is continued without and
/// with strict continuation.
const ROWS: [(Option<&str>, Option<&str>, bool, bool); 7] = [
    (Some("1"), Some("1"), true, true),
    (None, None, true, true),
    (Some("1"), Some("2"), false, false),
    (Some("2"), Some("1"), false, false),
    (None, Some("1"), true, false),
    (Some("1"), None, true, false),
    (Some("12"), Some("1"), false, false),
];

/// Returns the ways to write the sender's organization that the grammar of `baggage` allows.
fn spellings(org_id: Option<&str>) -> Vec<String> {
    let members: &[&str] = match org_id {
        Some(_) => &[
            "sentry-org_id=ID",
            "sentry-org_id= ID",
            "sentry-org_id =ID",
            "sentry-org_id = ID ",
            "\tsentry-org_id\t=\tID\t",
            "sentry-org_id=ID;p=9",
            "sentry-org_id = ID ; p = 9 ; secure",
            "sentry-org_id=9,sentry-org_id = ID;p",
            "sentry-org_id=%20ID%20",
        ],
        None => &[
            "sentry-a=1",
            "sentry-org_id=",
            "sentry-org_id = ",
            "sentry-org_id=;p=9",
            "sentry-org_id = ; p = 9",
            "sentry-a=sentry-org_id = 9",
            "org_id=9",
        ],
    };
    members
        .iter()
        .map(|member| member.replace("ID", org_id.unwrap_or_default()))
        .collect()
}

/// Returns the ways in which an operator may write the service's own organization.
fn own_spellings(org_id: Option<&str>) -> Vec<Option<String>> {
    match org_id {
        Some(id) => ["ID", " ID", "ID\n", "\tID "]
            .map(|text| Some(text.replace("ID", id)))
            .to_vec(),
        None => vec![None, Some(String::new()), Some(" \t".to_owned())],
    }
}

/// Returns every ordered list of one to four of these formats that contains `sentry`.
fn lists() -> Vec<Vec<&'static str>> {
    fn extend(list: &[&'static str], lists: &mut Vec<Vec<&'static str>>) {
        for format in ["tracecontext", "kontur", "vostok", "sentry"] {
            if !list.contains(&format) {
                let longer: Vec<_> = list.iter().copied().chain([format]).collect();
                extend(&longer, lists);
                lists.push(longer);
            }
        }
    }
    let mut lists = Vec::new();
    extend(&[], &mut lists);
    lists.retain(|list| list.contains(&"sentry"));
    lists
}

fn configured(org_id: Option<&str>, strict: bool) -> SentryPropagator {
    let mut builder = SentryPropagator::builder()
        .dsn(DSN)
        .strict_trace_continuation(strict);
    if let Some(org_id) = org_id {
        builder = builder.org_id(org_id);
    }
    builder.build().unwrap()
}

fn propagator(list: &[&str], sentry: &SentryPropagator) -> Propagator {
    opentelemetry_autoprop::builder()
        .with_format(sentry.clone())
        .from_list(&list.join(","))
        .unwrap()
}

/// Returns a request that states the same trace in all formats, each with a different span.
fn request(trace_id: &str, baggage: &str) -> HashMap<String, String> {
    let mut globals = Entries::new();
    let tracing = format!("{trace_id};00000000000000d00000000000000000");
    globals.insert(TRACING_CONTEXT, tracing).unwrap();
    HashMap::from(
        [
            ("sentry-trace", format!("{TRACE}-00000000000000a0-1")),
            ("baggage", baggage.to_owned()),
            ("traceparent", format!("00-{trace_id}-00000000000000b0-01")),
            ("x-kontur-trace-id", trace_id.to_owned()),
            ("x-kontur-trace-spanid", "00000000000000c0".to_owned()),
            ("x-kontur-trace-issampled", "true".to_owned()),
            ("context-globals", globals.encode()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

/// Returns the span id that a format of the request states.
fn span_id(format: &str) -> u64 {
    match format {
        "sentry" => 0xa0,
        "tracecontext" => 0xb0,
        "kontur" => 0xc0,
        "vostok" => 0xd0,
        other => panic!("the request has no span of {other}"),
    }
}

fn extract(propagator: &Propagator, headers: &HashMap<String, String>) -> Context {
    propagator.extract_with_context(&Context::new(), headers)
}

fn inject(propagator: &Propagator, cx: &Context) -> HashMap<String, String> {
    let mut headers = HashMap::new();
    propagator.inject_context(cx, &mut headers);
    headers
}

fn span_context(cx: &Context) -> SpanContext {
    cx.span().span_context().clone()
}

#[test]
fn continuation_follows_every_row_and_spelling() {
    let mut checked = 0;
    for (theirs, ours, lenient, strict) in ROWS {
        for (is_strict, continued) in [(false, lenient), (true, strict)] {
            for ours in own_spellings(ours) {
                let sentry = configured(ours.as_deref(), is_strict);
                for baggage in spellings(theirs) {
                    let headers = request(TRACE, &baggage);
                    let cx = sentry.extract_with_context(&Context::new(), &headers);
                    let case = format!("{baggage:?}, ours {ours:?}, strict {is_strict}");
                    assert_eq!(cx.has_active_span(), continued, "{case}");
                    assert_eq!(cx.sentry_trace().is_some(), continued, "{case}");
                    assert_eq!(cx.sentry_dsc().is_some(), continued, "{case}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 400, "{checked}");
}

#[test]
fn continuation_in_lists_follows_every_row() {
    for (theirs, ours, lenient, strict) in ROWS {
        for (is_strict, sentry_continues) in [(false, lenient), (true, strict)] {
            let sentry = configured(ours, is_strict);
            for list in lists() {
                let propagator = propagator(&list, &sentry);
                for baggage in spellings(theirs) {
                    let cx = extract(&propagator, &request(TRACE, &baggage));
                    let case = format!("{list:?}, {baggage:?}, ours {ours:?}, strict {is_strict}");
                    // With strict continuation, no header continues a refused trace. Without it,
                    // the other headers do.
                    let parent = list.iter().find(|format| match **format {
                        "sentry" => sentry_continues,
                        _ => sentry_continues || !is_strict,
                    });
                    let found = cx.has_active_span().then(|| span_context(&cx).span_id());
                    let expected = parent.map(|format| span_id(format).into());
                    assert_eq!(found, expected, "{case}");
                    assert_eq!(cx.sentry_dsc().is_some(), sentry_continues, "{case}");
                }
            }
        }
    }
}

#[test]
fn registered_propagator_refuses_like_a_format() {
    let sentry = configured(Some("1"), true);
    for list in lists() {
        let propagator = opentelemetry_autoprop::builder()
            .register("sentry", sentry.clone())
            .from_list(&list.join(","))
            .unwrap();
        let cx = extract(&propagator, &request(TRACE, "sentry-org_id=2"));
        assert!(!cx.has_active_span(), "{list:?}");
    }
}

#[test]
fn dsc_is_created_if_another_header_continues() {
    let sentry = configured(Some("1"), false);
    for list in lists().into_iter().filter(|list| list.len() > 1) {
        let propagator = propagator(&list, &sentry);
        let baggage = "sentry-org_id = 2;p=1,sentry-public_key=theirs,userId=42";
        let sent = inject(&propagator, &extract(&propagator, &request(TRACE, baggage)));
        let dsc = &sent["baggage"];
        assert!(
            dsc.starts_with(&format!(
                "sentry-trace_id={TRACE},sentry-public_key=ourkey,"
            )),
            "{list:?}: {dsc}"
        );
        assert!(dsc.contains(",sentry-org_id=1,"), "{list:?}: {dsc}");
        assert!(!dsc.contains("theirs"), "{list:?}: {dsc}");
    }
}

#[test]
fn strict_refusal_leaves_other_traces_alone() {
    let sentry = configured(Some("1"), true);
    for list in lists().into_iter().filter(|list| list.len() > 1) {
        let propagator = propagator(&list, &sentry);
        let cx = extract(&propagator, &request(OTHER_TRACE, "sentry-org_id=2"));
        let trace_id = span_context(&cx).trace_id();
        assert_eq!(
            trace_id,
            TraceId::from_hex(OTHER_TRACE).unwrap(),
            "{list:?}"
        );
        assert!(cx.sentry_dsc().is_none(), "{list:?}");
    }
}

#[test]
fn strict_continuation_needs_a_sentry_trace() {
    let sentry = configured(Some("1"), true);
    for list in lists().into_iter().filter(|list| list.len() > 1) {
        for sentry_trace in [None, Some("malformed")] {
            let mut headers = request(TRACE, "sentry-org_id=2");
            headers.remove("sentry-trace");
            headers.extend(sentry_trace.map(|value| ("sentry-trace".to_owned(), value.to_owned())));
            let propagator = propagator(&list, &sentry);
            assert!(extract(&propagator, &headers).has_active_span(), "{list:?}");
        }
    }
}

#[test]
fn deferred_decision_stays_deferred() {
    let deferred = format!("{TRACE}-00000000000000a0");
    let headers = HashMap::from([("sentry-trace".to_owned(), deferred.clone())]);
    for sampled in [true, false] {
        let sentry = SentryPropagator::builder()
            .sample_when_undecided(sampled)
            .build()
            .unwrap();
        for list in lists() {
            let propagator = propagator(&list, &sentry);
            let cx = extract(&propagator, &headers);
            assert_eq!(span_context(&cx).is_sampled(), sampled);
            assert_eq!(
                inject(&propagator, &cx)["sentry-trace"],
                deferred,
                "{list:?}"
            );

            // A local span makes the decision.
            let provider = SdkTracerProvider::builder().build();
            let span = provider.tracer("test").start_with_context("local", &cx);
            let local = cx.with_span(span);
            let sent = inject(&propagator, &local);
            let flag = sent["sentry-trace"].rsplit('-').next().unwrap();
            assert_eq!(flag, if sampled { "1" } else { "0" }, "{list:?}");
        }
    }
}

#[test]
fn deferred_decision_is_filled_in_by_another_header() {
    for (flag, sampled) in [("00", false), ("01", true)] {
        let headers = HashMap::from([
            (
                "sentry-trace".to_owned(),
                format!("{TRACE}-00000000000000a0"),
            ),
            (
                "traceparent".to_owned(),
                format!("00-{TRACE}-00000000000000a0-{flag}"),
            ),
        ]);
        for list in [["sentry", "tracecontext"], ["tracecontext", "sentry"]] {
            let propagator = propagator(&list, &SentryPropagator::new());
            let sent = inject(&propagator, &extract(&propagator, &headers));
            let decided = format!("{TRACE}-00000000000000a0-{}", u8::from(sampled));
            assert_eq!(sent["sentry-trace"], decided, "{list:?}");
        }
    }
}
