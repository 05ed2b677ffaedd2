//! Tests of `baggage` through carriers.

use std::collections::HashMap;

use opentelemetry::baggage::{Baggage, BaggageExt, KeyValueMetadata};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::{Context, KeyValue};
use opentelemetry_propagator_core::baggage::{MemberList, MAX_BYTES, MAX_MEMBERS};
use opentelemetry_propagator_core::{Format, ParentMerger, Request};
use opentelemetry_propagator_w3c::{BaggagePropagator, TraceContextPropagator};

fn extract(value: &str) -> Context {
    extract_with(&BaggagePropagator::new(), &Context::new(), value)
}

fn extract_with(propagator: &BaggagePropagator, cx: &Context, value: &str) -> Context {
    let request = HashMap::from([("baggage".to_owned(), value.to_owned())]);
    propagator.extract_with_context(cx, &request)
}

fn inject(cx: &Context) -> String {
    let mut request = HashMap::new();
    BaggagePropagator::new().inject_context(cx, &mut request);
    request.remove("baggage").unwrap_or_default()
}

fn with_entries<T: Into<KeyValueMetadata>>(entries: impl IntoIterator<Item = T>) -> Context {
    Context::new().with_baggage(entries)
}

#[test]
fn name_is_the_one_of_otel_propagators() {
    assert_eq!(BaggagePropagator::new().name(), "baggage");
    assert_eq!(TraceContextPropagator::new().name(), "tracecontext");
}

#[test]
fn round_trip_keeps_the_meaning_of_a_member() {
    for (member, value, properties, outgoing) in [
        ("k=v", "v", "", "k=v"),
        ("k = v ; p = 1", "v", "p = 1", "k=v;p = 1"),
        ("k=100%25", "100%", "", "k=100%25"),
        ("k=%2541", "%41", "", "k=%2541"),
        ("k=a=b==", "a=b==", "", "k=a%3Db%3D%3D"),
        (
            "k=%D0%B9%2C%3B%20%5C%22",
            "й,; \\\"",
            "",
            "k=%D0%B9%2C%3B%20%5C%22",
        ),
        (
            "k=1+2!#$&'()*/:<>?@[]^_`{|}~",
            "1+2!#$&'()*/:<>?@[]^_`{|}~",
            "",
            "k=1+2!#$&'()*/:<>?@[]^_`{|}~",
        ),
        (
            "k=v;a=%2Cadmin=1;b",
            "v",
            "a=%2Cadmin=1;b",
            "k=v;a=%2Cadmin=1;b",
        ),
        ("k=%ff", "\u{fffd}", "", "k=%EF%BF%BD"),
        ("k=", "", "", "k="),
    ] {
        let cx = extract(member);
        let (read, metadata) = cx.baggage().get_with_metadata("k").unwrap();
        assert_eq!(
            (read.as_str(), metadata.as_str()),
            (value, properties),
            "{member}"
        );
        assert_eq!(inject(&cx), outgoing, "{member}");
    }
}

#[test]
fn inject_encodes_what_a_header_must_not_contain() {
    let entry = KeyValueMetadata::new("k", "a\r\nb, c", "p=\r\n,admin=1;\"й\"");
    assert_eq!(
        inject(&with_entries([entry])),
        "k=a%0D%0Ab%2C%20c;p=%0D%0A%2Cadmin=1"
    );
}

#[test]
fn extract_without_a_member_keeps_the_baggage() {
    let before = with_entries([KeyValue::new("k", "v")]);
    let propagator = BaggagePropagator::new();
    for value in ["", " , ", "junk", "k=\u{1}", "=1", "a b=1"] {
        let cx = extract_with(&propagator, &before, value);
        assert_eq!(cx.baggage().get("k").unwrap().as_str(), "v", "{value:?}");
    }
    let cx = propagator.extract_with_context(&before, &HashMap::new());
    assert_eq!(cx.baggage().get("k").unwrap().as_str(), "v");
    assert_eq!(inject(&Context::new()), "");
}

#[test]
fn extract_with_a_member_replaces_the_baggage() {
    let before = with_entries([KeyValue::new("k", "v")]);
    let cx = extract_with(&BaggagePropagator::new(), &before, "a=1");
    assert_eq!(inject(&cx), "a=1");
}

#[test]
fn extract_leaves_out_members_beyond_the_limits() {
    let many: Vec<_> = (0..70).map(|i| format!("k{i}=v")).collect();
    assert_eq!(extract(&many.join(",")).baggage().len(), MAX_MEMBERS);

    let long = format!("a={}", "x".repeat(MAX_BYTES - 6));
    assert_eq!(
        extract(&format!("{long},b=1")).baggage().len(),
        2,
        "{MAX_BYTES} bytes"
    );
    assert_eq!(extract(&format!("{long}x,b=1")).baggage().len(), 1);
}

#[test]
fn extract_limits_include_members_with_repeated_keys() {
    let cx = extract(&format!("{}b=1", "a=1,".repeat(MAX_MEMBERS)));
    assert_eq!(inject(&cx), "a=1");

    let long = format!("a={}", "x".repeat(MAX_BYTES / 2));
    let cx = extract(&format!("{long},{long},b=1"));
    assert_eq!(cx.baggage().len(), 2);
}

#[test]
fn extract_limits_exclude_whitespace_in_members() {
    let long = format!("a = {}", "x".repeat(MAX_BYTES - 6));
    let cx = extract(&format!("{long} , b\t= 1"));
    assert_eq!(cx.baggage().len(), 2);
    assert_eq!(inject(&cx).len(), MAX_BYTES);
}

/// An extractor with several `baggage` lines, which a map of strings cannot represent.
struct Lines(Vec<String>);

impl Extractor for Lines {
    fn get(&self, key: &str) -> Option<&str> {
        self.get_all(key)?.first().copied()
    }

    fn keys(&self) -> Vec<&str> {
        vec!["baggage"]
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        assert_eq!(key, "baggage");
        Some(self.0.iter().map(String::as_str).collect())
    }
}

#[test]
fn extract_limits_apply_to_all_lines_together() {
    let lines = (0..70).map(|i| format!("k{i}=v")).collect();
    let cx = BaggagePropagator::new().extract_with_context(&Context::new(), &Lines(lines));
    assert_eq!(cx.baggage().len(), MAX_MEMBERS);
    assert!(cx.baggage().get("k63").is_some());

    let line = |key: &str| format!("{key}={}", "x".repeat(5000));
    let lines = vec![line("a"), line("b"), "c=1".to_owned()];
    let cx = BaggagePropagator::new().extract_with_context(&Context::new(), &Lines(lines));
    assert_eq!(cx.baggage().len(), 2);
    assert!(cx.baggage().get("c").is_some());
}

#[test]
fn inject_leaves_out_the_same_members_each_time() {
    // Encoding triples the length of each value.
    let entries = (0..64).map(|i| KeyValue::new(format!("k{i:02}"), " ".repeat(100)));
    let entries: Vec<_> = entries.collect();
    let fit = (MAX_BYTES + 1) / ("k00=,".len() + 300);
    let expected: Vec<_> = (0..fit)
        .map(|i| format!("k{i:02}={}", "%20".repeat(100)))
        .collect();
    for _ in 0..20 {
        let sent = inject(&with_entries(entries.iter().cloned()));
        assert_eq!(sent, expected.join(","));
    }
}

#[test]
fn inject_skips_a_member_that_does_not_fit() {
    let entries = [
        KeyValue::new("a", "1"),
        KeyValue::new("big", "\n".repeat(3000)),
        KeyValue::new("c", "="),
    ];
    assert_eq!(inject(&with_entries(entries)), "a=1,c==");
}

#[test]
fn inject_encodes_equals_signs_if_all_members_fit() {
    let encoded = |equals: usize| {
        let sent = inject(&with_entries([
            KeyValue::new("a", "="),
            KeyValue::new("k", "=".repeat(equals)),
        ]));
        assert!(sent.len() <= MAX_BYTES);
        let mut sent: Vec<_> = sent.split(',').map(str::to_owned).collect();
        sent.sort();
        sent
    };
    let most = (MAX_BYTES - "a=%3D,k=".len()) / 3;
    assert_eq!(
        encoded(most),
        ["a=%3D".to_owned(), format!("k={}", "%3D".repeat(most))]
    );
    assert_eq!(
        encoded(most + 1),
        ["a==".to_owned(), format!("k={}", "=".repeat(most + 1))]
    );
}

fn reserving(prefix: &'static str) -> BaggagePropagator {
    let mut propagator = BaggagePropagator::new();
    propagator.reserve_baggage_prefix(prefix);
    propagator
}

#[test]
fn reserved_members_are_neither_read_nor_written() {
    let propagator = reserving("sentry-");
    let before = with_entries([KeyValue::new("k", "v")]);
    let cx = extract_with(&propagator, &before, "sentry-a=1, sentry-b = 2");
    assert_eq!(cx.baggage().len(), 1, "without a member, the baggage stays");
    let cx = extract_with(
        &propagator,
        &before,
        "sentry-a=1,a=1, sentry-b = 2,sentry=3",
    );
    assert_eq!(cx.baggage().len(), 2);
    assert!(cx.baggage().get("a").is_some() && cx.baggage().get("sentry").is_some());

    let cx = with_entries([KeyValue::new("sentry-a", "1"), KeyValue::new("a", "1")]);
    let mut sent = HashMap::new();
    propagator.inject_context(&cx, &mut sent);
    assert_eq!(sent["baggage"], "a=1");

    let cx = with_entries([KeyValue::new("sentry-a", "1")]);
    let mut sent = HashMap::new();
    propagator.inject_context(&cx, &mut sent);
    assert_eq!(sent, HashMap::new());
}

#[test]
fn empty_prefix_reserves_every_member() {
    let cx = extract_with(&reserving(""), &Context::new(), "a=1,b=2");
    assert!(cx.baggage().is_empty());
}

#[test]
fn reserved_members_do_not_use_up_the_limits() {
    let reserved = format!("sentry-x={}", "x".repeat(8000));
    let many: Vec<_> = (0..64).map(|i| format!("sentry-{i}=v,k{i}=v")).collect();
    let line = format!("{reserved},{}", many.join(","));
    let cx = extract_with(&reserving("sentry-"), &Context::new(), &line);
    assert_eq!(cx.baggage().len(), MAX_MEMBERS);
}

#[test]
fn write_shares_the_limits_of_the_list() {
    let propagator = BaggagePropagator::new();
    let cx = with_entries((0..64).map(|i| KeyValue::new(format!("k{i:02}"), "v")));
    let mut list = MemberList::default();
    assert!(list.push("x=1") && list.push("y=2"));
    propagator.write(&cx, &mut HashMap::new(), &mut list);
    let text = list.into_string();
    assert!(text.starts_with("x=1,y=2,k00=v,k01=v"), "{text}");
    assert!(text.ends_with(",k61=v"), "{text}");
}

#[test]
fn read_states_nothing_about_the_parent() {
    let request = Lines(vec!["a=1".to_owned()]);
    let mut merger = ParentMerger::new();
    let mut request = Request::new(&request, &[]);
    BaggagePropagator::new().read(&Context::new(), &mut request, &mut merger);
    assert_eq!(merger.current(), None);
}

#[test]
fn round_trip_keeps_values_of_any_characters() {
    let text: String = (0..=0x17f).filter_map(char::from_u32).collect();
    let before = with_entries([KeyValue::new("k", text)]);
    let after = extract(&inject(&extract(&inject(&before))));
    let value = |cx: &Context| -> Option<String> {
        let baggage: &Baggage = cx.baggage();
        baggage.get("k").map(ToString::to_string)
    };
    assert_eq!(value(&after), value(&before));
}

#[test]
fn only_allowed_keys_are_read_and_written() {
    let reading = BaggagePropagator::builder()
        .allow_extract(["userId", "shop.*"])
        .build();
    let cx = extract_with(
        &reading,
        &Context::new(),
        "userId=42,userIds=1,shop.a=1,shop.=2,shop=3",
    );
    let mut keys: Vec<_> = cx
        .baggage()
        .iter()
        .map(|(key, _)| key.to_string())
        .collect();
    keys.sort();
    assert_eq!(keys, ["shop.", "shop.a", "userId"]);

    let writing = BaggagePropagator::builder()
        .allow_inject(["shop.*"])
        .build();
    let mut sent = HashMap::new();
    writing.inject_context(
        &with_entries([KeyValue::new("a", "1"), KeyValue::new("shop.b", "2")]),
        &mut sent,
    );
    assert_eq!(sent["baggage"], "shop.b=2");

    let nothing = BaggagePropagator::builder().allow_inject([""; 0]).build();
    let mut sent = HashMap::new();
    nothing.inject_context(&with_entries([KeyValue::new("a", "1")]), &mut sent);
    assert_eq!(sent, HashMap::new());
}

#[test]
fn value_that_grows_is_limited_when_it_is_read() {
    let value = |bytes: usize| format!("a={},b=1", "%ff".repeat(bytes));
    let most = (MAX_BYTES - "a=,b=1".len()) / 9;
    for (bytes, is_kept) in [(most, true), (most + 1, false), (MAX_BYTES / 3 - 2, false)] {
        let cx = extract(&value(bytes));
        assert_eq!(cx.baggage().get("a").is_some(), is_kept, "{bytes}");
        assert!(cx.baggage().get("b").is_some());
        let sent = inject(&cx);
        assert!(sent.len() <= MAX_BYTES && sent.contains("b=1"), "{bytes}");
    }
}

#[test]
fn value_that_grows_too_much_takes_no_room() {
    // Each byte that is not UTF-8 takes three bytes, and nine if it is sent, which is six more.
    let (too_long, fitting) = ("%FF".repeat(2000), "%FF".repeat(100));
    let members = |padding: usize| {
        let padding = "x".repeat(padding);
        let cx = extract(&format!("a={too_long},b={fitting},c={padding}"));
        let keys = ["a", "b", "c"].map(|key| cx.baggage().get(key).is_some());
        keys
    };
    assert_eq!(
        members(1284),
        [false, true, true],
        "six hundred bytes are left"
    );
    assert_eq!(members(1285), [false, false, true]);
}

#[test]
fn values_that_grow_share_the_room() {
    let fitting = "%FF".repeat(100);
    let keys = |padding: usize| {
        let padding = "x".repeat(padding);
        let cx = extract(&format!("a={fitting},b={fitting},c={padding}"));
        ["a", "b", "c"].map(|key| cx.baggage().get(key).is_some())
    };
    let most = MAX_BYTES - 2 * "a=,".len() - "c=".len() - 2 * 900;
    assert_eq!(keys(most), [true, true, true]);
    assert_eq!(keys(most + 1), [true, false, true]);
}

#[test]
fn fields_names_the_header() {
    let propagator = BaggagePropagator::new();
    let fields: Vec<_> = propagator.fields().collect();
    assert_eq!(fields, ["baggage"]);
}
