//! Tests of the propagator through carriers: allow-lists, properties, limits and outgoing headers.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;
use opentelemetry_propagator_vostok::header::{
    FORCED_SD_ENVIRONMENT, REQUEST_PRIORITY, TRACING_CONTEXT,
};
use opentelemetry_propagator_vostok::{
    Entries, RequestPriority, VostokContextExt, VostokPropagator,
};
use proptest::prelude::*;

const TRACING: &str = "27bb7faa-4829-4cf4-9ae6-007d70905468;0bcd098a-5926-42e4-9603-2b13607e899e";

fn entries(entries: &[(&str, &str)]) -> Entries {
    let mut all = Entries::new();
    for (name, value) in entries {
        all.insert(name, value).unwrap();
    }
    all
}

fn request(globals: &str, properties: &str) -> HashMap<String, String> {
    [
        ("context-globals", globals),
        ("context-properties", properties),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

fn inject(propagator: &VostokPropagator, cx: &Context) -> HashMap<String, String> {
    let mut request = HashMap::new();
    propagator.inject_context(cx, &mut request);
    request
}

fn names(headers: &HashMap<String, String>) -> Vec<&str> {
    let mut names: Vec<_> = headers.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn traced(trace_id: u128, span_id: u64, sampled: bool) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(trace_id),
        SpanId::from(span_id),
        TraceFlags::new(u8::from(sampled)),
        true,
        TraceState::NONE,
    ))
}

fn sent(headers: &HashMap<String, String>, name: &'static str) -> Entries {
    Entries::parse(name, &headers[name]).unwrap()
}

#[test]
fn extract_keeps_only_allowed_entries() {
    let globals = entries(&[
        ("user.region", "66"),
        (TRACING_CONTEXT, TRACING),
        (REQUEST_PRIORITY, "Critical"),
        ("secret", "s"),
    ]);
    let properties = entries(&[("client.kind", "web"), ("user.region", "66")]);
    let headers = request(&globals.encode(), &properties.encode());

    for default in [VostokPropagator::new(), VostokPropagator::default()] {
        let cx = default.extract_with_context(&Context::new(), &headers);
        assert_eq!(
            cx.vostok_globals(),
            &entries(&[(REQUEST_PRIORITY, "Critical")])
        );
        assert!(cx.vostok_properties().is_empty());
        assert_eq!(
            names(&inject(&default, &cx)),
            ["context-globals", "request-priority"]
        );
    }

    let configured = VostokPropagator::builder()
        .allow_globals(["user.region"])
        .allow_properties(["client.kind", "absent"])
        .build();
    let cx = configured.extract_with_context(&Context::new(), &headers);
    assert_eq!(cx.vostok_globals(), &entries(&[("user.region", "66")]));
    assert_eq!(cx.vostok_properties(), &entries(&[("client.kind", "web")]));
    assert_eq!(cx.vostok_request_priority(), None);

    let outgoing = inject(&configured, &cx);
    let entry_names: Vec<_> = sent(&outgoing, "context-globals")
        .iter()
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(entry_names, [TRACING_CONTEXT.as_bytes(), b"user.region"]);
    assert_eq!(
        sent(&outgoing, "context-properties"),
        entries(&[("client.kind", "web")])
    );
}

#[test]
fn globals_without_a_trace_are_forwarded() {
    let globals = entries(&[(REQUEST_PRIORITY, "Sheddable")]);
    let propagator = VostokPropagator::new();
    let cx = propagator.extract_with_context(&Context::new(), &request(&globals.encode(), ""));
    assert!(!cx.has_active_span());
    assert_eq!(
        cx.vostok_request_priority(),
        Some(RequestPriority::Sheddable)
    );
    assert_eq!(sent(&inject(&propagator, &cx), "context-globals"), globals);
    assert!(inject(&propagator, &Context::new()).is_empty());
}

#[test]
fn inject_sends_entries_set_in_the_context() {
    let globals = entries(&[("user.region", "66"), (TRACING_CONTEXT, "not the trace")]);
    let cx = traced(1, 2, true)
        .with_vostok_globals(globals)
        .with_vostok_properties(entries(&[("client.kind", "web")]))
        .with_vostok_request_priority(RequestPriority::Critical);
    let outgoing = inject(&VostokPropagator::new(), &cx);
    assert_eq!(
        sent(&outgoing, "context-globals"),
        entries(&[
            (
                TRACING_CONTEXT,
                "00000000-0000-0000-0000-000000000001;00000000-0000-0002-0000-000000000000"
            ),
            ("user.region", "66"),
            (REQUEST_PRIORITY, "Critical"),
        ])
    );
    assert_eq!(
        sent(&outgoing, "context-properties"),
        entries(&[("client.kind", "web")])
    );
}

#[test]
fn request_priority_of_unknown_name_is_forwarded() {
    let globals = entries(&[(REQUEST_PRIORITY, "Whatever")]);
    let propagator = VostokPropagator::new();
    let cx = propagator.extract_with_context(&Context::new(), &request(&globals.encode(), ""));
    assert_eq!(cx.vostok_request_priority(), None);
    assert_eq!(sent(&inject(&propagator, &cx), "context-globals"), globals);
}

#[test]
fn extract_ignores_a_header_over_the_limit() {
    let header = entries(&[(TRACING_CONTEXT, TRACING)]).encode();
    for (limit, continued) in [(header.len(), true), (header.len() - 1, false)] {
        let propagator = VostokPropagator::builder().max_header_len(limit).build();
        let cx = propagator.extract_with_context(&Context::new(), &request(&header, ""));
        assert_eq!(cx.has_active_span(), continued, "{limit}");
    }
    // By default 16 KiB of Base64, which encode 12 KiB.
    let lengths = [TRACING_CONTEXT, TRACING, "filler"].map(|text| 4 + text.len());
    let room = 12 * 1024 - lengths.iter().sum::<usize>() - 4;
    for (filler, continued) in [(room, true), (room + 1, false)] {
        let header =
            entries(&[(TRACING_CONTEXT, TRACING), ("filler", &"x".repeat(filler))]).encode();
        let cx =
            VostokPropagator::new().extract_with_context(&Context::new(), &request(&header, ""));
        assert_eq!(cx.has_active_span(), continued, "{}", header.len());
    }
}

#[test]
fn limit_of_a_header_applies_to_the_properties() {
    let header = entries(&[("client.kind", "web")]).encode();
    for (limit, is_read) in [(header.len(), true), (header.len() - 1, false)] {
        let propagator = VostokPropagator::builder()
            .allow_properties(["client.kind"])
            .max_header_len(limit)
            .build();
        let cx = propagator.extract_with_context(&Context::new(), &request("", &header));
        assert_eq!(!cx.vostok_properties().is_empty(), is_read, "{limit}");
    }
}

#[test]
fn headers_without_an_allowed_entry_keep_the_context() {
    let before = Context::new()
        .with_vostok_globals(entries(&[("g", "set")]))
        .with_vostok_properties(entries(&[("p", "set")]));
    let propagator = VostokPropagator::builder()
        .allow_globals(["g"])
        .allow_properties(["p"])
        .build();
    let other = entries(&[("other", "new")]).encode();
    let cx = propagator.extract_with_context(&before, &request(&other, &other));
    assert_eq!(cx.vostok_globals(), before.vostok_globals());
    assert_eq!(cx.vostok_properties(), before.vostok_properties());
}

#[test]
fn extract_uses_the_header_that_is_valid() {
    let propagator = VostokPropagator::builder()
        .allow_properties(["client.kind"])
        .build();
    let valid = entries(&[("client.kind", "web")]).encode();
    let before = traced(1, 2, false);
    let cx = propagator.extract_with_context(&before, &request("whatever", &valid));
    assert_eq!(cx.span().span_context(), before.span().span_context());
    assert_eq!(cx.vostok_properties(), &entries(&[("client.kind", "web")]));

    let tracing = entries(&[(TRACING_CONTEXT, TRACING)]).encode();
    let cx = propagator.extract_with_context(&before, &request(&tracing, "whatever"));
    assert_eq!(
        cx.span().span_context().span_id().to_string(),
        "0bcd098a592642e4"
    );
    assert!(cx.vostok_properties().is_empty());
}

#[test]
fn extract_keeps_entries_if_none_arrive() {
    let before = Context::new()
        .with_vostok_globals(entries(&[("g", "set")]))
        .with_vostok_properties(entries(&[("p", "set")]));
    let propagator = VostokPropagator::builder()
        .allow_globals(["g"])
        .allow_properties(["p"])
        .build();
    let sent = |name| entries(&[(name, "new")]).encode();
    for (globals, properties, expected) in [
        (sent("g"), String::new(), ("new", "set")),
        (String::new(), sent("p"), ("set", "new")),
        (sent("other"), sent("p"), ("set", "new")),
        ("whatever".to_owned(), sent("p"), ("set", "new")),
        (sent("g"), sent("p"), ("new", "new")),
        (String::new(), String::new(), ("set", "set")),
    ] {
        let cx = propagator.extract_with_context(&before, &request(&globals, &properties));
        let found = (
            cx.vostok_globals().get_str("g"),
            cx.vostok_properties().get_str("p"),
        );
        assert_eq!(found, (Some(expected.0), Some(expected.1)));
    }
}

#[test]
fn sample_when_undecided_sets_the_sampled_flag() {
    let header = entries(&[(TRACING_CONTEXT, TRACING)]).encode();
    for sample in [true, false] {
        let propagator = VostokPropagator::builder()
            .sample_when_undecided(sample)
            .build();
        let cx = propagator.extract_with_context(&Context::new(), &request(&header, ""));
        assert_eq!(cx.span().span_context().is_sampled(), sample);
    }
}

#[test]
fn extract_replaces_the_current_span() {
    let before = Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468),
        SpanId::from(1),
        TraceFlags::NOT_SAMPLED,
        true,
        "a=b".parse().unwrap(),
    ));
    let header = entries(&[(TRACING_CONTEXT, TRACING), (REQUEST_PRIORITY, "Critical")]).encode();
    let cx = VostokPropagator::new().extract_with_context(&before, &request(&header, ""));
    let expected = traced(
        0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468,
        0x0bcd_098a_5926_42e4,
        true,
    );
    assert_eq!(cx.span().span_context(), expected.span().span_context());
    assert_eq!(
        cx.vostok_request_priority(),
        Some(RequestPriority::Critical)
    );
}

#[test]
fn extract_reads_the_first_of_joined_lines_whole() {
    let first = entries(&[(REQUEST_PRIORITY, "Critical"), (TRACING_CONTEXT, TRACING)]).encode();
    let second = entries(&[(REQUEST_PRIORITY, "Sheddable")]).encode();
    for joined in [
        format!("{first},{second}"),
        format!("{first} , {second}"),
        format!(" ,{first},{second}"),
    ] {
        let cx =
            VostokPropagator::new().extract_with_context(&Context::new(), &request(&joined, ""));
        assert!(cx.has_active_span(), "{joined}");
        assert_eq!(
            cx.vostok_request_priority(),
            Some(RequestPriority::Critical),
            "{joined}"
        );
    }
}

#[test]
fn extract_skips_an_empty_first_line() {
    let mut headers = http::HeaderMap::new();
    let globals = entries(&[(TRACING_CONTEXT, TRACING)]).encode();
    let properties = entries(&[("p", "1")]).encode();
    for (name, value) in [
        ("context-globals", ""),
        ("context-globals", &*globals),
        ("context-properties", " "),
        ("context-properties", &*properties),
    ] {
        headers.append(name, value.parse().unwrap());
    }
    let propagator = VostokPropagator::builder().allow_properties(["p"]).build();
    let cx = propagator.extract(&opentelemetry_http::HeaderExtractor(&headers));
    assert!(cx.span().span_context().is_valid());
    assert_eq!(cx.vostok_properties().get_str("p"), Some("1"));
}

const TRACE_ID: u128 = 0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468;

/// Creates a request with a priority as its global, as its header, or both.
fn prioritized(global: Option<&str>, header: Option<&str>) -> HashMap<String, String> {
    let globals = global.map_or(String::new(), |priority| {
        entries(&[(REQUEST_PRIORITY, priority)]).encode()
    });
    let mut request = request(&globals, "");
    request.extend(header.map(|value| ("request-priority".to_owned(), value.to_owned())));
    request
}

#[test]
fn request_priority_is_read_if_no_global_has_it() {
    use RequestPriority::{Critical, Ordinary, Sheddable};
    let propagator = VostokPropagator::new();
    for (global, header, expected) in [
        (None, Some("Critical"), Some(Critical)),
        (None, Some(" sheddable\t"), Some(Sheddable)),
        (Some("Ordinary"), Some("Critical"), Some(Ordinary)),
        (Some("ORDINARY"), Some("Critical"), Some(Ordinary)),
        (Some("urgent"), Some("Critical"), Some(Critical)),
        (Some("urgent"), Some("urgent"), None),
        (None, Some("2"), None),
        (None, Some(""), None),
        (None, None, None),
    ] {
        let request = prioritized(global, header);
        let cx = propagator.extract_with_context(&Context::new(), &request);
        assert_eq!(cx.vostok_request_priority(), expected, "{request:?}");

        let outgoing = inject(&propagator, &cx);
        let sent = outgoing.get("request-priority").map(String::as_str);
        assert_eq!(sent, expected.map(RequestPriority::as_str), "{request:?}");
        let next = propagator.extract_with_context(&Context::new(), &outgoing);
        assert_eq!(next.vostok_globals(), cx.vostok_globals());
    }
}

#[test]
fn request_priority_is_added_to_the_other_globals() {
    let propagator = VostokPropagator::builder()
        .allow_globals(["user.region", REQUEST_PRIORITY])
        .build();
    let mut headers = request(&entries(&[("user.region", "66")]).encode(), "");
    headers.insert("request-priority".to_owned(), "Critical".to_owned());
    let cx = propagator.extract_with_context(&Context::new(), &headers);
    assert_eq!(
        cx.vostok_globals(),
        &entries(&[("user.region", "66"), (REQUEST_PRIORITY, "Critical")])
    );
}

#[test]
fn request_priority_is_dropped_if_not_allowed() {
    let allows_another = VostokPropagator::builder().allow_globals(["user.region"]);
    let switched_off = VostokPropagator::builder().request_priority_header(false);
    for propagator in [allows_another.build(), switched_off.build()] {
        let headers = prioritized(None, Some("Critical"));
        let cx = propagator.extract_with_context(&Context::new(), &headers);
        assert_eq!(cx.vostok_request_priority(), None);
    }
}

#[test]
fn request_priority_is_not_written_if_switched_off() {
    let cx = Context::new().with_vostok_request_priority(RequestPriority::Critical);
    let default = VostokPropagator::new();
    assert_eq!(inject(&default, &cx)["request-priority"], "Critical");
    assert!(default
        .fields()
        .eq(["context-globals", "context-properties", "request-priority"]));

    let switched_off = VostokPropagator::builder()
        .request_priority_header(false)
        .build();
    assert_eq!(names(&inject(&switched_off, &cx)), ["context-globals"]);
    assert!(switched_off
        .fields()
        .eq(["context-globals", "context-properties"]));
}

#[test]
fn extract_keeps_globals_next_to_an_invalid_trace() {
    let globals = entries(&[(TRACING_CONTEXT, "junk"), (REQUEST_PRIORITY, "Critical")]);
    let before = traced(1, 2, false);
    let headers = request(&globals.encode(), "");
    let cx = VostokPropagator::new().extract_with_context(&before, &headers);
    assert_eq!(cx.span().span_context(), before.span().span_context());
    assert_eq!(
        cx.vostok_request_priority(),
        Some(RequestPriority::Critical)
    );
}

#[test]
fn extract_derives_the_parent_for_a_span_of_zeros() {
    for span in [
        "00000000-0000-0000-0000-000000000000",
        "00000000-0000-0000-9603-2b13607e899e",
    ] {
        let tracing = format!("27bb7faa-4829-4cf4-9ae6-007d70905468;{span}");
        let globals = entries(&[(TRACING_CONTEXT, &tracing), (REQUEST_PRIORITY, "Critical")]);
        let headers = request(&globals.encode(), "");
        for allowed in [true, false] {
            let propagator = VostokPropagator::builder()
                .allow_missing_span_id(allowed)
                .build();
            let cx = propagator.extract_with_context(&Context::new(), &headers);
            let expected = match allowed {
                true => traced(TRACE_ID, 0x27bb_7faa_4829_4cf4, true),
                false => Context::new(),
            };
            assert_eq!(cx.span().span_context(), expected.span().span_context());
            let priority = cx.vostok_request_priority();
            assert_eq!(priority, Some(RequestPriority::Critical));
        }
    }
}

#[test]
fn omit_unsampled_trace_leaves_out_the_tracing_entry() {
    let propagator = VostokPropagator::builder()
        .omit_unsampled_trace(true)
        .build();
    let header = |cx: &Context| inject(&propagator, cx).remove("context-globals");
    assert_eq!(header(&traced(TRACE_ID, 2, false)), None);
    let sampled = header(&traced(TRACE_ID, 2, true));
    let default = VostokPropagator::new();
    for sampled_flag in [true, false] {
        let by_default = inject(&default, &traced(TRACE_ID, 2, sampled_flag));
        assert_eq!(by_default.get("context-globals"), sampled.as_ref());
    }

    let cx = traced(TRACE_ID, 2, false).with_vostok_request_priority(RequestPriority::Critical);
    let outgoing = inject(&propagator, &cx);
    assert_eq!(
        sent(&outgoing, "context-globals"),
        entries(&[(REQUEST_PRIORITY, "Critical")])
    );
    assert_eq!(outgoing["request-priority"], "Critical");
}

#[test]
fn inject_leaves_out_entries_over_the_limit() {
    let (long, longer) = ("x".repeat(3000), "y".repeat(30_000));
    let cx = traced(TRACE_ID, 2, true)
        .with_vostok_globals(entries(&[
            ("first", "1"),
            ("longer", &longer),
            ("long", &long),
            ("last", "2"),
        ]))
        .with_vostok_properties(entries(&[("longer", &longer), ("p", "1")]));
    let inject_at_most = |limit: usize| {
        let propagator = VostokPropagator::builder().max_injected_len(limit).build();
        inject(&propagator, &cx)
    };
    let by_limit = |limit: usize| {
        let outgoing = inject_at_most(limit);
        let names = |header| match outgoing.get(header) {
            Some(value) => {
                assert!(value.len() <= limit);
                let entries = Entries::parse(header, value).unwrap();
                let names = entries.iter().map(|(name, _)| name.to_owned());
                names.map(|name| String::from_utf8(name).unwrap()).collect()
            }
            None => Vec::new(),
        };
        (names("context-globals"), names("context-properties"))
    };
    let all = [TRACING_CONTEXT, "first", "longer", "long", "last"];
    assert_eq!(by_limit(usize::MAX).0, all);
    assert_eq!(by_limit(usize::MAX).1, ["longer", "p"]);
    let fitting = [TRACING_CONTEXT, "first", "long", "last"];
    assert_eq!(
        by_limit(16 * 1024),
        (fitting.map(str::to_owned).to_vec(), vec!["p".to_owned()])
    );
    let default = inject(&VostokPropagator::new(), &cx);
    assert_eq!(default, inject_at_most(16 * 1024));

    // The tracing entry takes 103 bytes, which Base64 encodes as 140, and `last` takes 13.
    assert_eq!(by_limit(500).0, [TRACING_CONTEXT, "first", "last"]);
    assert_eq!(by_limit(176).0, [TRACING_CONTEXT, "first", "last"]);
    assert_eq!(by_limit(175).0, [TRACING_CONTEXT, "first"]);
    assert_eq!(by_limit(140).0, [TRACING_CONTEXT]);
    assert_eq!(by_limit(139).0, ["first", "last"]);
    assert_eq!(by_limit(3), (vec![], vec![]));
    assert_eq!(by_limit(0), (vec![], vec![]));
}

#[test]
fn properties_are_forwarded_only_if_allowed() {
    let headers = request("", &entries(&[(FORCED_SD_ENVIRONMENT, "stand-7")]).encode());
    for (propagator, expected) in [
        (VostokPropagator::new(), None),
        (
            VostokPropagator::builder()
                .allow_properties([FORCED_SD_ENVIRONMENT])
                .build(),
            Some(headers["context-properties"].clone()),
        ),
    ] {
        let cx = propagator.extract_with_context(&Context::new(), &headers);
        let outgoing = inject(&propagator, &cx);
        assert_eq!(outgoing.get("context-properties"), expected.as_ref());
    }
}

proptest! {
    #[test]
    fn extract_reads_back_every_injected_value(
        trace_id in 1u128..,
        span_id in 1u64..,
        value in ".{0,200}",
    ) {
        let propagator = VostokPropagator::builder().allow_globals(["g"]).build();
        let cx = traced(trace_id, span_id, true).with_vostok_globals(entries(&[("g", &value)]));
        let sent = inject(&propagator, &cx);
        prop_assert!(http::HeaderValue::from_str(&sent["context-globals"]).is_ok());
        let read = propagator.extract_with_context(&Context::new(), &sent);
        let (read_span, span) = (read.span(), cx.span());
        prop_assert_eq!(read_span.span_context(), span.span_context());
        prop_assert_eq!(read.vostok_globals().get_str("g"), Some(&*value));
        prop_assert_eq!(inject(&propagator, &read), sent);
    }

    #[test]
    fn extract_keeps_the_context_for_invalid_headers(
        globals in "[A-Za-z0-9+/= !;\t]{0,300}",
        properties in ".{0,50}",
    ) {
        let propagator = VostokPropagator::builder().allow_properties(["p"]).build();
        let before = traced(1, 2, false);
        let cx = propagator.extract_with_context(&before, &request(&globals, &properties));
        let (span, span_before) = (cx.span(), before.span());
        prop_assert_eq!(span.span_context(), span_before.span_context());
    }

    /// Tries every combination of the options.
    #[test]
    fn round_trip_keeps_ids_priority_and_globals(
        trace_id in 1u128..,
        span_id: u64,
        global_priority in proptest::option::of("Sheddable|Ordinary|Critical|critical|urgent"),
        header_priority in proptest::option::of("Sheddable|Ordinary|Critical|urgent"),
        region in ".{0,50}",
        options in prop::array::uniform6(any::<bool>()),
    ) {
        let [sampled, missing_span_id, omit, header, allow_priority, allow_region] = options;
        let allowed = [(allow_priority, REQUEST_PRIORITY), (allow_region, "user.region")];
        let allowed = allowed.into_iter().filter(|(allowed, _)| *allowed).map(|(_, name)| name);
        let propagator = VostokPropagator::builder()
            .sample_when_undecided(sampled)
            .allow_missing_span_id(missing_span_id)
            .omit_unsampled_trace(omit)
            .request_priority_header(header)
            .allow_globals(allowed)
            .max_injected_len(4096)
            .build();
        let trace = TraceId::from(trace_id).to_string();
        let tracing = format!("{trace};{span_id:016x}0000000000000000");
        let mut globals = entries(&[(TRACING_CONTEXT, &tracing), ("user.region", &region)]);
        if let Some(priority) = &global_priority {
            globals.insert(REQUEST_PRIORITY, priority).unwrap();
        }
        let mut incoming = request(&globals.encode(), "");
        if let Some(priority) = &header_priority {
            incoming.insert("request-priority".to_owned(), priority.clone());
        }

        let cx = propagator.extract_with_context(&Context::new(), &incoming);
        let is_continued = span_id != 0 || missing_span_id;
        prop_assert_eq!(cx.has_active_span(), is_continued);
        if is_continued {
            let span = cx.span();
            prop_assert_eq!(span.span_context().trace_id(), TraceId::from(trace_id));
            prop_assert_eq!(span.span_context().is_sampled(), sampled);
            if span_id != 0 {
                prop_assert_eq!(span.span_context().span_id(), SpanId::from(span_id));
            }
        }
        let known = |value: &Option<String>| value.as_ref()?.parse::<RequestPriority>().ok();
        let priority = known(&global_priority)
            .or_else(|| known(&header_priority).filter(|_| header))
            .filter(|_| allow_priority);
        prop_assert_eq!(cx.vostok_request_priority(), priority);
        let found_region = cx.vostok_globals().get_str("user.region");
        prop_assert_eq!(found_region, allow_region.then_some(&*region));

        let outgoing = inject(&propagator, &cx);
        prop_assert!(outgoing.keys().all(|name| propagator.fields().any(|field| name == field)));
        let sent_priority = outgoing.get("request-priority").map(String::as_str);
        prop_assert_eq!(sent_priority, priority.filter(|_| header).map(RequestPriority::as_str));
        let next = propagator.extract_with_context(&Context::new(), &outgoing);
        prop_assert_eq!(next.vostok_globals(), cx.vostok_globals());
        if sampled || !omit {
            let (span, next_span) = (cx.span(), next.span());
            prop_assert_eq!(next_span.span_context(), span.span_context());
        } else {
            prop_assert!(!next.has_active_span());
        }
        prop_assert_eq!(inject(&propagator, &next).len(), outgoing.len());
    }
}
