//! Compares what the propagator reads from pairs of headers with what sentry-sdk for Python reads.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_sentry::{SentryContextExt, SentryPropagator};
use serde_json::Value;

fn request(vector: &Value) -> HashMap<String, String> {
    [("sentry-trace", "sentry_trace"), ("baggage", "baggage")]
        .into_iter()
        .filter_map(|(header, key)| Some((header.to_owned(), vector[key].as_str()?.to_owned())))
        .collect()
}

#[test]
fn sentry_headers_are_read_as_by_the_python_sdk() {
    let propagator = SentryPropagator::new();
    let (mut continued, mut refused) = (0, 0);
    for line in include_str!("data/sentry.jsonl").lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let request = request(&vector);
        let cx = propagator.extract_with_context(&Context::new(), &request);

        let expected = &vector["expect"];
        if expected.is_null() {
            assert!(!cx.has_active_span(), "{vector}");
            assert!(
                cx.sentry_trace().is_none() && cx.sentry_dsc().is_none(),
                "{vector}"
            );
            refused += 1;
            continue;
        }
        let span = cx.span();
        let span_context = span.span_context();
        assert!(span_context.is_remote());
        assert_eq!(
            span_context.trace_id().to_string(),
            expected["trace_id"].as_str().unwrap()
        );
        assert_eq!(
            span_context.span_id().to_string(),
            expected["span_id"].as_str().unwrap()
        );
        let sampled = expected["sampled"].as_bool();
        assert_eq!(cx.sentry_trace().unwrap().sampled, sampled);
        assert_eq!(span_context.is_sampled(), sampled.unwrap_or(true));

        let dsc: HashMap<_, _> = cx.sentry_dsc().unwrap().iter().collect();
        let expected_dsc = expected["dsc"].as_object().unwrap();
        assert_eq!(dsc.len(), expected_dsc.len(), "{vector}");
        for (key, value) in expected_dsc {
            assert_eq!(dsc[&**key], value.as_str().unwrap(), "{vector}");
        }

        let members: Vec<_> = request
            .get("baggage")
            .map_or("", String::as_str)
            .split(',')
            .map(str::trim)
            .filter(|member| member.starts_with("sentry-"))
            .collect();
        let mut outgoing = HashMap::new();
        propagator.inject_context(&cx, &mut outgoing);
        assert_eq!(
            outgoing.remove("baggage").unwrap_or_default(),
            members.join(","),
            "{vector}"
        );
        let flag = sampled.map_or(String::new(), |sampled| format!("-{}", u8::from(sampled)));
        assert_eq!(
            outgoing["sentry-trace"],
            format!(
                "{}-{}{flag}",
                span_context.trace_id(),
                span_context.span_id()
            )
        );
        continued += 1;
    }
    assert_eq!((continued, refused), (117, 83));
}
