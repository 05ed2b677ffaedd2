//! Traces whose caller leaves the decision to the Rust service, whose ratio is 0.3.

use std::collections::HashSet;

use demo::collector::Collector;
use demo::ingest::Ingest;
use interop::ids::SeededIds;
use opentelemetry_sdk::trace::IdGenerator;

use crate::heads::Head;
use crate::set_up::{Backends, Rates};
use crate::table::{print, Cell};
use crate::tap::client;

const REQUESTS: usize = 1000;

#[tokio::test]
async fn undecided_traces_are_sampled_at_the_ratio_of_the_service() {
    let mut collector = Collector::start().unwrap();
    let ingest = Ingest::start().await.unwrap();
    let mut backends = Backends::new(&collector, ingest.dsn());
    backends.rust = vec![("OTEL_TRACES_SAMPLER_ARG", "0.3")];
    let list = "tracecontext,sentry,kontur,vostok";
    let rust = backends.rust(list, Rates::Tenth, "").await;
    let url = format!("http://{}/", rust.address());
    let client = client();
    let mut requests = Vec::new();
    // The ids are the same in each run, and so are the shares.
    let ids = SeededIds::new(1);
    for (at, head, ratio) in [
        (0, Head::Sentry(None), 0.3),
        (1, Head::Kontur(None), 0.3),
        (2, Head::Sentry(Some(false)), 0.0),
        (3, Head::Sentry(Some(true)), 1.0),
    ] {
        let mut trace_ids = HashSet::new();
        for _ in 0..REQUESTS {
            let trace_id = ids.new_trace_id().to_string();
            let request = client.get(&url).headers(head.headers(&trace_id));
            assert_eq!(request.send().await.unwrap().status(), 200);
            trace_ids.insert(trace_id);
        }
        requests.push((at, head, ratio, trace_ids));
    }
    // It sends its last spans.
    rust.stop().await.unwrap();

    let spans = collector.received().iter();
    let recorded: HashSet<_> = spans.map(|it| &it.trace_id).collect();
    for (at, head, ratio, trace_ids) in requests {
        let count = trace_ids.iter().filter(|it| recorded.contains(it)).count();
        let share = count as f64 / REQUESTS as f64;
        // Five standard deviations.
        let tolerance = 5.0 * (ratio * (1.0 - ratio) / REQUESTS as f64).sqrt();
        assert!((share - ratio).abs() <= tolerance, "{head:?}: {share}");
        let name = head.name();
        let cell = Cell {
            table: 4,
            row: (0, "recorded, %"),
            column: (at, &name),
        };
        print(
            trace_ids
                .iter()
                .map(|it| cell.line(&[recorded.contains(it)])),
        );
    }
}
