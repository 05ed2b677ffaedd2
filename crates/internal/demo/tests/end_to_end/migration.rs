//! The steps of docs/guides/migration.md, from Kontur's headers to W3C's.

use std::collections::BTreeSet;

use demo::chain::get;
use demo::collector::Collector;

use crate::recorder::Recorder;
use crate::service;

const GUIDE: &str = include_str!("../../../../../docs/guides/migration.md");
const TRACE: &str = "5ea7d9c5570c41cb966c9f7af263b2a8";
const TRACEPARENT: &str = "00-5ea7d9c5570c41cb966c9f7af263b2a8-b7ad6b7169203331-01";
const KONTUR: [(&str, &str); 3] = [
    ("X-Kontur-Trace-Id", TRACE),
    ("X-Kontur-Trace-SpanId", "b7ad6b7169203331"),
    ("X-Kontur-Trace-IsSampled", "true"),
];

/// The variables of a step.
type Step = Vec<(&'static str, &'static str)>;

/// Returns the variables of the start and of the four steps, as the guide shows them.
fn steps() -> Vec<Step> {
    let blocks = GUIDE.split("```sh\n").skip(1);
    let steps: Vec<Step> = blocks
        .map(|block| {
            let lines = block.lines().take_while(|line| *line != "```");
            lines.map(|line| line.split_once('=').unwrap()).collect()
        })
        .collect();
    assert_eq!(steps.len(), 5, "{steps:?}");
    steps
}

/// The result of a request through two services.
struct Passed {
    /// The formats that the second service sends.
    sent: BTreeSet<&'static str>,
    /// The trace of the request that the second service sends.
    trace_id: String,
    /// The number of spans in the caller's trace.
    spans: usize,
}

/// Sends a request through two services, at one step each.
async fn pass(first: &Step, second: &Step, headers: &[(&str, &str)]) -> Passed {
    let mut collector = Collector::start().unwrap();
    let mut recorder = Recorder::start().await;
    let endpoint = collector.endpoint();
    let variables = |step: &Step, next| {
        let mut variables = step.clone();
        variables.extend([
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
            ("DEMO_NEXT", next),
        ]);
        variables
    };
    let [next, _] = recorder.addresses();
    let second = service(&variables(second, &next)).await;
    let next = format!("http://{}/next", second.address());
    let first = service(&variables(first, &next)).await;
    let url = format!("http://{}/next", first.address());
    let response = get(&url, headers).await.unwrap();
    assert_eq!(response.text().await.unwrap(), "remembered");
    let request = recorder.request().await;
    for service in [first, second] {
        assert_eq!(service.stop().await.unwrap(), [""; 0]);
    }

    let traceparent = request.get("traceparent");
    let kontur = request.get("x-kontur-trace-id");
    let w3c_id = traceparent.map(|value| value.to_str().unwrap()[3..35].to_owned());
    let kontur_id = kontur.map(|value| value.to_str().unwrap().to_owned());
    if let (Some(w3c), Some(kontur)) = (&w3c_id, &kontur_id) {
        assert_eq!(w3c, kontur);
    }
    let sent = [("tracecontext", &w3c_id), ("kontur", &kontur_id)]
        .into_iter()
        .filter_map(|(format, id)| id.is_some().then_some(format))
        .collect();
    let spans = collector.received().iter();
    Passed {
        sent,
        trace_id: w3c_id.or(kontur_id).expect("the trace is forwarded"),
        spans: spans.filter(|span| span.trace_id == TRACE).count(),
    }
}

/// A server and a client span of each of the two services.
const SPANS: usize = 4;

#[tokio::test]
async fn adjacent_steps_continue_the_trace() {
    let steps = steps();
    let written: [&[&str]; 5] = [
        &["kontur"],
        &["kontur"],
        &["kontur", "tracecontext"],
        &["tracecontext"],
        &["tracecontext"],
    ];
    for before in 0..4 {
        for (first, second) in [(before, before + 1), (before + 1, before)] {
            // The caller is at most one step away from the first service.
            let headers = match first {
                0..=2 => &KONTUR[..],
                _ => &[("traceparent", TRACEPARENT)],
            };
            let passed = pass(&steps[first], &steps[second], headers).await;
            let pair = format!("step {first} calls step {second}");
            assert_eq!(passed.trace_id, TRACE, "{pair}");
            assert_eq!(passed.spans, SPANS, "{pair}");
            let expected: BTreeSet<_> = written[second].iter().copied().collect();
            assert_eq!(passed.sent, expected, "{pair}");
        }
    }
}

#[tokio::test]
async fn step_reads_the_headers_of_the_guide() {
    let steps = steps();
    for (step, reads_kontur, reads_w3c) in [
        (0, true, false),
        (1, true, true),
        (2, true, true),
        (3, true, true),
        (4, false, true),
    ] {
        for (headers, is_read) in [
            (&KONTUR[..], reads_kontur),
            (&[("traceparent", TRACEPARENT)], reads_w3c),
        ] {
            let passed = pass(&steps[step], &steps[step], headers).await;
            assert_eq!(
                passed.trace_id == TRACE,
                is_read,
                "step {step}, {headers:?}"
            );
        }
    }
}
