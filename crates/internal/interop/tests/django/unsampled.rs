//! Requests that a Rust service does not sample, and that a Django service behind it records.

use demo::collector::Collector;
use demo::ingest::Ingest;
use rstest::rstest;

use crate::set_up::{Backends, Rates, Sentry, Version};
use crate::spans::by_trace;
use crate::table::{print, Cell};
use crate::tap::client;

const REQUESTS: usize = 60;

#[rstest]
#[case::appended((0, "1.42, `propagators.append(…)`"), Version::V1_42, Sentry::Append)]
#[case::named((1, "newest, `tracecontext,sentry,kontur,vostok`"), Version::Newest, Sentry::Named)]
#[tokio::test]
async fn unsampled_requests_are_recorded_by_django_only_without_the_option(
    #[case] column: (usize, &str),
    #[case] version: Version,
    #[case] sentry: Sentry,
    #[values(false, true)] is_omitted: bool,
) {
    let mut collector = Collector::start().unwrap();
    let ingest = Ingest::start().await.unwrap();
    let mut backends = Backends::new(&collector, ingest.dsn());
    let mut row = (0, "the default");
    if is_omitted {
        backends.rust = vec![("DEMO_OMIT_UNSAMPLED_TRACE", "True")];
        row = (1, "`omit_unsampled_trace(true)`");
    }
    let django = backends.django(version, sentry, Rates::Tenth).await;
    let list = "tracecontext,sentry,kontur,vostok";
    let next = format!("http://{}/", django.address());
    let rust = backends.rust(list, Rates::Tenth, &next).await;
    let (url, client) = (format!("http://{}/next", rust.address()), client());
    let mut trace_ids = Vec::new();
    for _ in 0..REQUESTS {
        let response = client.get(&url).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let trace_id = response.headers()["x-kontur-trace-id"].to_str().unwrap();
        trace_ids.push(trace_id.to_owned());
    }
    rust.stop().await.unwrap();
    django.stop().await.unwrap();

    let spans = by_trace(&mut collector);
    let count = |trace_id: &String, service: &str| {
        let spans = spans.get(&**trace_id).into_iter().flatten();
        spans.filter(|it| it.service == service).count()
    };
    let mut lines = Vec::new();
    for trace_id in &trace_ids {
        let is_recorded = count(trace_id, "django") == 1;
        if count(trace_id, "rust") == 2 {
            assert!(is_recorded, "{trace_id}");
        } else {
            assert_eq!(is_recorded, !is_omitted, "{trace_id}");
            let cell = Cell {
                table: 3,
                row,
                column,
            };
            lines.push(cell.line(&[is_recorded]));
        }
    }
    // 54 are expected.
    assert!(lines.len() > REQUESTS / 2, "{}", lines.len());
    print(lines);
}
