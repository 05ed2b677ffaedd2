//! Many requests at the same time through Django, Rust and Django.

use std::collections::HashSet;
use std::env;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use demo::collector::Collector;
use demo::ingest::Ingest;
use demo::process::ServiceProcess;
use tokio::task::JoinSet;

use crate::set_up::{Backends, Rates, Sentry, Version};
use crate::spans::{by_trace, is_connected};
use crate::table::print;
use crate::tap::client;

/// The number of requests at the same time.
const TASKS: usize = 16;

/// The services of the chain. The last one does not call another service.
struct Services {
    url: String,
    first: ServiceProcess,
    rust: ServiceProcess,
    last: ServiceProcess,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sampled_requests_have_five_spans_and_others_none() {
    let mut collector = Collector::start().unwrap();
    let ingest = Ingest::start().await.unwrap();
    let services = Services::start(&Backends::new(&collector, ingest.dsn()), "0").await;
    let trace_ids = requests(&services.url, || {}).await;
    services.stop().await;
    assert_recorded("chain", &trace_ids, &mut collector);
}

/// Workers end after 50 requests, and three times gunicorn replaces all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_trace_is_lost_when_workers_restart() {
    let mut collector = Collector::start().unwrap();
    let ingest = Ingest::start().await.unwrap();
    let backends = Backends::new(&collector, ingest.dsn());
    let services = Services::start(&backends, "50").await;
    let masters = [&services.first, &services.last].map(|it| it.id().unwrap().to_string());
    let (answers, all) = (AtomicUsize::new(0), count());
    let trace_ids = requests(&services.url, move || {
        let answer = answers.fetch_add(1, Ordering::Relaxed);
        if answer > 0 && answer % (all / 4) == 0 {
            let hang_up = Command::new("kill")
                .args(["-s", "HUP"])
                .args(&masters)
                .status();
            assert!(hang_up.unwrap().success());
        }
    })
    .await;
    let workers = services.stop().await;
    // Four before the first request, and four for each replacement.
    assert!(workers >= 4 + 3 * 4, "{workers}");
    print([format!("load|{workers} workers of gunicorn, 4 at a time\n")]);
    assert_recorded("restarted workers", &trace_ids, &mut collector);
}

impl Services {
    /// Starts them. A worker of gunicorn ends after this number of requests, if it is not zero.
    async fn start(backends: &Backends, max_requests: &str) -> Self {
        let further = [
            ("DJANGO_SETTINGS_MODULE", "settings"),
            ("INTEROP_MAX_REQUESTS", max_requests),
        ];
        let django =
            || backends.django_with(Version::Newest, Sentry::NamedFirst, Rates::Tenth, &further);
        let last = django().await;
        let next = format!("http://{}/", last.address());
        let list = "tracecontext,sentry,kontur,vostok";
        let rust = backends.rust(list, Rates::Tenth, &next).await;
        let first = django().await;
        let url = format!(
            "http://{}/?to=http://{}/next",
            first.address(),
            rust.address()
        );
        Services {
            url,
            first,
            rust,
            last,
        }
    }

    /// Stops them, and returns the number of workers that gunicorn started.
    async fn stop(self) -> usize {
        let mut workers = 0;
        for service in [self.first, self.rust, self.last] {
            let log = service.stop().await.unwrap();
            workers += log
                .iter()
                .filter(|it| it.contains("Booting worker"))
                .count();
        }
        workers
    }
}

/// The number of requests of each test.
fn count() -> usize {
    let text = env::var("INTEROP_REQUESTS").expect("INTEROP_REQUESTS is the number of requests");
    text.parse().unwrap()
}

/// Sends the requests, and returns the trace ids of the responses.
async fn requests(url: &str, answered: impl Fn() + Send + Sync + 'static) -> Vec<String> {
    let (left, answered) = (Arc::new(AtomicUsize::new(count())), Arc::new(answered));
    let (url, client) = (Arc::<str>::from(url), client());
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (left, answered) = (Arc::clone(&left), Arc::clone(&answered));
        let (url, client) = (Arc::clone(&url), client.clone());
        tasks.spawn(async move {
            let mut trace_ids = Vec::new();
            let next = |it: usize| it.checked_sub(1);
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next)
                .is_ok()
            {
                let response = client.get(&*url).send().await.unwrap();
                assert_eq!(response.status(), 200);
                let trace_id = response.headers()["x-kontur-trace-id"].to_str().unwrap();
                trace_ids.push(trace_id.to_owned());
                answered();
            }
            trace_ids
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

/// Checks the spans of all traces, and that a tenth of the traces is sampled.
fn assert_recorded(name: &str, trace_ids: &[String], collector: &mut Collector) {
    let all: HashSet<_> = trace_ids.iter().collect();
    assert_eq!(all.len(), count(), "each request starts a trace");
    let traces = by_trace(collector);
    for (trace_id, spans) in &traces {
        assert!(all.contains(&(*trace_id).to_owned()), "{trace_id}");
        assert_eq!(spans.len(), 5, "{spans:#?}");
        assert!(is_connected(spans), "{spans:#?}");
    }
    let (sampled, expected) = (traces.len() as f64, all.len() as f64 / 10.0);
    // Five standard deviations.
    assert!(
        (sampled - expected).abs() <= 5.0 * (expected * 0.9).sqrt(),
        "{sampled}"
    );
    let requests = all.len();
    print([format!(
        "load|{name}: {requests} requests, {sampled} sampled\n"
    )]);
}
