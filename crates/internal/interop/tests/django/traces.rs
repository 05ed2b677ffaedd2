//! Traces through chains: one trace id, one decision, and the spans that arrive in the collector.

use std::collections::HashMap;

use demo::collector::{Collector, Span};
use demo::ingest::Ingest;
use http::HeaderMap;
use interop::headers::{members, of_sentry};
use rstest::rstest;

use crate::chain::{Chain, Order, Passed};
use crate::heads::{sampling_context, Head, HEADS, PRIORITY};
use crate::set_up::{has_name, Backends, Rates, Sentry, Version};
use crate::spans::{by_trace, is_connected};
use crate::table::{print, Cell};

/// The lists of propagators of the Rust services that the documentation contains.
const LISTS: [&str; 6] = [
    "tracecontext,sentry,kontur,vostok",
    "tracecontext,baggage,sentry,kontur,vostok",
    "tracecontext,kontur,vostok,sentry",
    "tracecontext,baggage,kontur,vostok,sentry",
    "tracecontext,kontur,vostok",
    "tracecontext,baggage,sentry",
];

/// The number of requests without headers in front, per list and order of the services.
const STARTED: usize = 4;

/// A request, the list of the Rust services and the order of the services.
struct Request {
    list: &'static str,
    order: Order,
    head: Head,
    passed: Passed,
}

/// What a Python service does that the other services do not.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deviation {
    None,
    /// A Django service behind a Rust service samples a trace that is not sampled.
    Behind,
    /// The first Django service samples a trace that the headers in front say is not sampled.
    InFront,
}

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
            for head in HEADS {
                let count = if head == Head::Nothing { STARTED } else { 1 };
                for _ in 0..count {
                    let passed = chain.send(head).await;
                    requests.push(Request {
                        list,
                        order,
                        head,
                        passed,
                    });
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
    let spans = by_trace(&mut collector);
    let mut lines = Vec::new();
    for request in &requests {
        let deviation = request.deviation(version, sentry);
        lines.extend(request.lines(version, sentry, deviation));
        request.check(deviation, &spans);
        request.check_sentry(sentry);
        if request.head == Head::Nothing && rates == Rates::AllAndNone {
            assert!(request.passed.is_sampled());
        }
    }
    print(lines);
}

impl Request {
    /// Returns what Python's `SentryPropagator` changes: it reads any `sentry-trace` as sampled. A
    /// propagator that runs after it corrects that, if its headers contain the decision.
    fn deviation(&self, version: Version, sentry: Sentry) -> Deviation {
        let is_last = sentry.overrides_the_decision(version);
        let is_sampled_in_front = match self.head {
            Head::Sentry(Some(false)) => has_name(&sentry.formats(version), "sentry"),
            Head::Browser(false) => is_last,
            _ => false,
        };
        if self.order == Order::DjangoRustDjango && is_sampled_in_front {
            return Deviation::InFront;
        }
        match is_last && has_name(self.list, "sentry") && !self.passed.is_sampled() {
            true => Deviation::Behind,
            false => Deviation::None,
        }
    }

    fn check(&self, deviation: Deviation, spans: &HashMap<&str, Vec<&Span>>) {
        let Request {
            list, head, passed, ..
        } = self;
        let shown = || format!("{list}, {head:?}: {passed:#?}");
        assert_eq!(passed.sent.len(), 3, "{}", shown());
        assert!(passed.is_one_trace(), "{}", shown());
        let is_unchanged = deviation == Deviation::None;
        assert_eq!(passed.is_one_decision(), is_unchanged, "{}", shown());
        let is_recorded = is_recorded(passed, spans);
        assert_eq!(is_recorded, deviation != Deviation::Behind, "{}", shown());
        if has_name(list, "vostok") {
            let mut priorities = passed.wires.iter().map(|it| &it["request-priority"]);
            assert!(priorities.all(|it| it == PRIORITY), "{}", shown());
        }
        for span in spans.get(&*passed.sent[0].trace_id).into_iter().flatten() {
            assert!(is_flagged(span, passed), "{span:#?} {}", shown());
        }
        // A Rust service keeps the random flag of a trace that it continues.
        for (at, service) in self.order.services().into_iter().enumerate() {
            let received = match at.checked_sub(1) {
                Some(before) => Some(passed.sent[before].is_random()),
                None => head.random().filter(|_| passed.given.is_some()),
            };
            let sent = passed.sent[at].is_random();
            let is_kept = service != "rust" || received.is_none_or(|it| it == sent);
            assert!(is_kept, "{}", shown());
        }
    }

    /// Checks the headers of Sentry.
    fn check_sentry(&self, sentry: Sentry) {
        let Request {
            list, head, passed, ..
        } = self;
        let first = &passed.wires[0];
        let shown = || format!("{list}, {head:?}: {passed:#?}");
        // Sentry's SDK adds a header with a trace of its own to calls without a span, unless the
        // request has one.
        if sentry == Sentry::Without && !passed.is_sampled() && is_from_httpx(first) {
            let other = first["sentry-trace"].to_str().unwrap();
            assert_eq!(other.split('-').count(), 2, "a flag in {}", shown());
            let is_same = other.starts_with(&passed.sent[0].trace_id);
            assert_eq!(is_same, matches!(head, Head::Browser(_)), "{}", shown());
        }
        let (Head::Browser(sampled), true) = (*head, has_name(list, "sentry")) else {
            return;
        };
        // The sampling context of the browser is forwarded verbatim. Python's `SentrySpanProcessor`
        // writes its own decision to it.
        let expected = sampling_context(passed.given.as_ref().unwrap(), sampled);
        let unchanged = match (self.order, sentry) {
            (_, Sentry::Otlp) => &passed.wires[..],
            (Order::RustDjangoRust, _) => &passed.wires[..1],
            (Order::DjangoRustDjango, _) => &[],
        };
        for wire in unchanged {
            assert_eq!(sorted(of_sentry(&members(wire))), expected, "{}", shown());
        }
        if self.order == Order::RustDjangoRust {
            let has_user = members(first).contains(&"userId=42".to_owned());
            assert_eq!(has_user, has_name(list, "baggage"), "{}", shown());
        }
    }

    /// Returns the lines for the tables of the guide for Python.
    fn lines(&self, version: Version, sentry: Sentry, deviation: Deviation) -> Vec<String> {
        let position = |list: &str| LISTS.iter().position(|it| *it == list);
        let head = self.head.name();
        let properties = [self.passed.is_one_trace(), self.passed.is_one_decision()];
        let mut lines = Vec::new();
        if !sentry.overrides_the_decision(version) && deviation == Deviation::None {
            let column = HEADS.iter().position(|it| *it == self.head).unwrap();
            let cell = Cell {
                table: 1,
                row: (position(self.list).unwrap(), &format!("`{}`", self.list)),
                column: (column, &head),
            };
            lines.push(cell.line(&properties));
        }
        let is_behind = self.order == Order::RustDjangoRust
            && has_name(self.list, "sentry")
            && !self.passed.is_sampled();
        let is_in_front =
            self.order == Order::DjangoRustDjango && self.head == Head::Sentry(Some(false));
        for (is_counted, at, name) in [
            (is_behind, 0, "not sampled by Rust in front"),
            (is_in_front, 2, "`sentry-trace: …-0` in front of Django"),
        ] {
            if is_counted {
                let cell = Cell {
                    table: 2,
                    row: (sentry as usize, sentry.name()),
                    column: (
                        at + version as usize,
                        &format!("{}: {name}", version.name()),
                    ),
                };
                lines.push(cell.line(&properties));
            }
        }
        lines
    }
}

/// Whether each service records its two spans if the trace is sampled, and none otherwise, and
/// every span but the first has a known parent.
fn is_recorded(passed: &Passed, spans: &HashMap<&str, Vec<&Span>>) -> bool {
    match spans.get(&*passed.sent[0].trace_id) {
        Some(spans) => passed.is_sampled() && spans.len() == 6 && is_connected(spans),
        None => !passed.is_sampled(),
    }
}

/// Whether the flags of a span in OTLP state whether its parent is remote. The flags of a Rust span
/// also contain those that the service sends, which Python's exporter leaves out.
fn is_flagged(span: &Span, passed: &Passed) -> bool {
    const HAS_IS_REMOTE: u32 = 0x100;
    const IS_REMOTE: u32 = 0x200;
    let is_remote = span.kind == "server" && !span.parent_span_id.is_empty();
    let remote = HAS_IS_REMOTE | if is_remote { IS_REMOTE } else { 0 };
    let mut flags = passed.sent.iter().map(|it| u32::from(it.flags));
    match &*span.service {
        "rust" => flags.any(|it| span.flags == remote | it),
        _ => span.flags == remote,
    }
}

fn sorted(mut members: Vec<String>) -> Vec<String> {
    members.sort_unstable();
    members
}

fn is_from_httpx(headers: &HeaderMap) -> bool {
    let agent = headers.get("user-agent").and_then(|it| it.to_str().ok());
    agent.is_some_and(|it| it.starts_with("python-httpx"))
}
