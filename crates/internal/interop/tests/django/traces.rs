//! Traces through chains: one trace id, one decision, and the spans that arrive in the collector.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use demo::collector::{Collector, Span};
use demo::ingest::Ingest;
use http::HeaderMap;
use rstest::rstest;

use crate::chain::{Chain, Order, Passed};
use crate::heads::{Head, PRIORITY, REMOTE};
use crate::set_up::{has_name, Backends, Rates, Sentry, Version};

/// The lists of propagators of the Rust services.
const LISTS: [&str; 5] = [
    "tracecontext,sentry,kontur,vostok",
    "tracecontext,baggage,sentry,kontur,vostok",
    "tracecontext,kontur,vostok,sentry",
    "tracecontext,kontur,vostok",
    "tracecontext,baggage,sentry",
];

/// The number of requests without headers in front, per list and order of the services.
const STARTED: usize = 12;

/// The number of requests with each of the other heads.
const CONTINUED: usize = 1;

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chain_is_one_trace_with_one_decision(
    #[values(Version::V1_42, Version::Newest)] version: Version,
    #[values(
        Sentry::Append,
        Sentry::Without,
        Sentry::Untargeted,
        Sentry::Named,
        Sentry::NamedFirst,
        Sentry::Otlp
    )]
    sentry: Sentry,
    #[values(Rates::Tenth, Rates::AllAndNone)] rates: Rates,
) {
    let mut collector = Collector::start().unwrap();
    let ingest = Ingest::start().await.unwrap();
    let backends = Backends::new(&collector, ingest.dsn());
    let django = backends.django(version, sentry, rates).await;
    let formats = sentry.formats(version);
    let mut requests = Vec::new();
    for list in LISTS {
        for order in Order::ALL {
            let chain = Chain::start(order, &backends, (&django, &formats), list, rates).await;
            for head in [Head::Nothing].into_iter().chain(REMOTE) {
                let count = if head == Head::Nothing {
                    STARTED
                } else {
                    CONTINUED
                };
                for _ in 0..count {
                    requests.push((list, head, chain.send(head).await));
                }
            }
            chain.stop().await;
        }
    }
    django.stop().await.unwrap();

    let received = collector.received();
    assert!(received
        .iter()
        .all(|it| it.encoding.as_deref() == Some("gzip")));
    let spans = by_trace(received);
    print_counts(version, sentry, &requests);
    for (list, head, passed) in &requests {
        let shown = || format!("{list}, {head:?}: {passed:#?}");
        assert!(passed.is_one_trace(), "{}", shown());
        let is_changed = !passed.is_sampled()
            && has_name(list, "sentry")
            && sentry.overrides_the_decision(version);
        assert_eq!(passed.is_one_decision(), !is_changed, "{}", shown());
        assert_eq!(is_recorded(passed, &spans), !is_changed, "{}", shown());
        if has_name(list, "vostok") {
            let priorities = passed.wires.iter().map(|it| &it["request-priority"]);
            assert!(
                priorities.into_iter().all(|it| it == PRIORITY),
                "{}",
                shown()
            );
        }
        // Sentry's SDK adds a header with a trace of its own to calls without a span.
        let first = &passed.wires[0];
        if sentry == Sentry::Without && !passed.is_sampled() && is_from_httpx(first) {
            let other = first["sentry-trace"].to_str().unwrap();
            assert_eq!(other.split('-').count(), 2, "a flag in {}", shown());
            assert!(!other.starts_with(&passed.sent[0].0), "{}", shown());
        }
    }
    let started = requests
        .iter()
        .filter(|(_, head, _)| *head == Head::Nothing);
    let sampled = started.filter(|(_, _, passed)| passed.is_sampled()).count();
    match rates {
        // 12 of 120 are expected. Other numbers than these occur once in a million runs.
        Rates::Tenth => assert!((1..=32).contains(&sampled), "{sampled}"),
        Rates::AllAndNone => assert_eq!(sampled, LISTS.len() * Order::ALL.len() * STARTED),
    }
}

/// Whether each service records its two spans if the trace is sampled, and none otherwise, and
/// every span but the first has a known parent.
fn is_recorded(passed: &Passed, spans: &HashMap<&str, Vec<&Span>>) -> bool {
    let Some(spans) = spans.get(&*passed.sent[0].0) else {
        return !passed.is_sampled();
    };
    let ids: HashSet<_> = spans.iter().map(|it| &it.span_id).collect();
    let first = spans.iter().filter(|it| !ids.contains(&it.parent_span_id));
    passed.is_sampled() && spans.len() == 6 && first.count() == 1
}

fn by_trace(spans: &[Span]) -> HashMap<&str, Vec<&Span>> {
    let mut traces: HashMap<_, Vec<_>> = HashMap::new();
    for span in spans {
        traces.entry(&*span.trace_id).or_default().push(span);
    }
    traces
}

fn is_from_httpx(headers: &HeaderMap) -> bool {
    let agent = headers.get("user-agent").and_then(|it| it.to_str().ok());
    agent.is_some_and(|it| it.starts_with("python-httpx"))
}

/// Prints a line per request, from which the script makes the tables of the guide.
fn print_counts(version: Version, sentry: Sentry, requests: &[(&str, Head, Passed)]) {
    let overrides = u8::from(sentry.overrides_the_decision(version));
    let lines = requests.iter().map(|(list, head, passed)| {
        let one_trace = u8::from(passed.is_one_trace());
        let equal = u8::from(passed.is_one_decision());
        format!(
            "request|{version}|{sentry}|{overrides}|{list}|{head}|{one_trace}|{equal}\n",
            version = version.name(),
            sentry = sentry.name(),
            head = head.name(),
        )
    });
    let text: String = lines.collect();
    io::stdout().write_all(text.as_bytes()).unwrap();
}
