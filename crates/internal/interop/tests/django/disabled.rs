//! Chains in which `OTEL_SDK_DISABLED` turns the spans of some services off.

use demo::collector::Collector;
use demo::ingest::Ingest;
use rstest::rstest;

use crate::chain::{Chain, Order};
use crate::heads::Head;
use crate::set_up::{Backends, Rates, Sentry, Version};
use crate::spans::{by_trace, is_connected};

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disabled_service_forwards_the_trace_without_spans(
    #[values("django", "rust")] disabled: &str,
    #[values(Sentry::Without, Sentry::NamedFirst, Sentry::Otlp)] sentry: Sentry,
) {
    let mut collector = Collector::start().unwrap();
    let ingest = Ingest::start().await.unwrap();
    let mut backends = Backends::new(&collector, ingest.dsn());
    let variables = |service| match service == disabled {
        true => vec![("OTEL_SDK_DISABLED", "True")],
        false => Vec::new(),
    };
    backends.rust = variables("rust");
    let mut of_django = variables("django");
    of_django.push(("DJANGO_SETTINGS_MODULE", "settings"));
    let (version, rates) = (Version::Newest, Rates::AllAndNone);
    let django = backends
        .django_with(version, sentry, rates, &of_django)
        .await;
    let formats = sentry.formats(version);
    let mut requests = Vec::new();
    for order in Order::ALL {
        let list = "tracecontext,sentry,kontur,vostok";
        let chain = Chain::start(order, &backends, (&django, &formats), list, rates).await;
        for head in [
            Head::Nothing,
            Head::TraceParent(0),
            Head::TraceParent(1),
            Head::Kontur(Some(true)),
            Head::Kontur(Some(false)),
            Head::Browser(true),
            Head::Browser(false),
        ] {
            requests.push((order, head, chain.send(head).await));
        }
        chain.stop().await;
    }
    django.stop().await.unwrap();

    let spans = by_trace(&mut collector);
    for (order, head, passed) in requests {
        let shown = || format!("{order:?}, {head:?}: {passed:#?}");
        // A service without spans starts no trace.
        let starts_later = head == Head::Nothing && order.services()[0] == disabled;
        assert_eq!(
            passed.sent.len(),
            3 - usize::from(starts_later),
            "{}",
            shown()
        );
        assert_eq!(passed.answered.is_none(), starts_later, "{}", shown());
        for (service, wire) in order.services().into_iter().zip(&passed.wires) {
            if service != disabled || service != "django" {
                continue;
            }
            // Without a span, Sentry's SDK adds a header without a flag. Rust continues its trace if
            // no other header contains one.
            let added = wire.get("sentry-trace").map(|it| it.to_str().unwrap());
            let added = added.filter(|it| it.split('-').count() == 2);
            assert_eq!(added.is_some(), sentry != Sentry::Otlp, "{}", shown());
            if !wire.contains_key("traceparent") {
                let is_continued = added.is_none_or(|it| it.starts_with(&passed.sent[0].trace_id));
                assert!(is_continued, "{}", shown());
            }
        }
        assert!(passed.is_one_trace(), "{}", shown());
        assert!(passed.is_one_decision(), "{}", shown());
        let spans = spans.get(&*passed.sent[0].trace_id);
        assert_eq!(spans.is_some(), passed.is_sampled(), "{}", shown());
        if let Some(spans) = spans {
            let enabled = order.services().into_iter().filter(|it| *it != disabled);
            assert_eq!(spans.len(), 2 * enabled.count(), "{}", shown());
            assert!(spans.iter().all(|it| it.service != disabled), "{}", shown());
            assert!(is_connected(spans), "{}", shown());
        }
    }
}
