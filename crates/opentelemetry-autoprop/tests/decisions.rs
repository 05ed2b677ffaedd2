//! Undecided traces, and the callers whose traces are not continued, with the SDK.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::propagation::TextMapPropagator;
#[cfg(opentelemetry_0_31)]
use opentelemetry::trace::SamplingDecision;
use opentelemetry::trace::{
    SpanContext, SpanKind, TraceContextExt, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::Context;
use opentelemetry_autoprop::{
    builder, from_list, LinkSpanProcessor, PropagationContextExt, SampleByTraceId, SampleUndecided,
    Trust,
};
use opentelemetry_sdk::error::OTelSdkResult;
#[cfg(not(opentelemetry_0_31))]
use opentelemetry_sdk::trace::SamplingDecision;
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, Sampler, SdkTracerProvider, ShouldSample, SimpleSpanProcessor, Span,
    SpanData, SpanProcessor,
};
use opentelemetry_sdk::Resource;

const S: &str = "0bcd098a592642e4";
const COUNT: u128 = 10_000;

/// Returns ids that are random, as far as a sampler can tell.
fn random_ids() -> impl Iterator<Item = u128> {
    // SplitMix64, twice for each id.
    let mut state = 7_u64;
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    (0..COUNT).map(move |_| u128::from(next()) << 64 | u128::from(next()))
}

/// Returns random ids with the constant bits of a GUID of version 4.
fn guids() -> impl Iterator<Item = u128> {
    random_ids().map(|id| id & !(0xf << 76 | 0b11 << 62) | 4 << 76 | 0b10 << 62)
}

fn is_sampled(sampler: &dyn ShouldSample, parent: &Context, id: u128) -> bool {
    let id = TraceId::from(id);
    let result = sampler.should_sample(Some(parent), id, "", &SpanKind::Server, &[], &[]);
    result.decision == SamplingDecision::RecordAndSample
}

#[test]
fn share_equals_the_ratio_for_guids_and_random_ids() {
    for ratio in [0.0, 0.01, 0.1, 0.5, 1.0] {
        let sampler = SampleByTraceId::new(ratio);
        let share = |ids: &mut dyn Iterator<Item = u128>| {
            let sampled = ids
                .filter(|id| is_sampled(&sampler, &Context::new(), *id))
                .count();
            sampled as f64 / COUNT as f64
        };
        for share in [share(&mut guids()), share(&mut random_ids())] {
            assert!((share - ratio).abs() < 0.01, "{share} instead of {ratio}");
        }
    }
    // The reason for the sampler.
    let theirs = Sampler::TraceIdRatioBased(0.5);
    assert!(guids().all(|id| !is_sampled(&theirs, &Context::new(), id)));
}

/// Requests that leave the decision open, each with the list that reads it.
fn undecided(id: u128) -> Vec<(&'static str, HashMap<String, String>)> {
    let id = TraceId::from(id).to_string();
    let vostok = {
        use opentelemetry_propagator_vostok::{header::TRACING_CONTEXT, Entries};
        let mut globals = Entries::new();
        globals
            .insert(TRACING_CONTEXT, format!("{id};{S}0000000000000000"))
            .unwrap();
        globals.encode()
    };
    [
        ("kontur", "x-kontur-trace-id", id.clone()),
        ("vostok", "context-globals", vostok),
        ("sentry", "sentry-trace", format!("{id}-{S}")),
        ("b3", "b3", format!("{id}-{S}")),
        (
            "xray",
            "x-amzn-trace-id",
            format!("Root=1-{}-{};Parent={S}", &id[..8], &id[8..]),
        ),
        (
            "tracecontext,jaeger",
            "uber-trace-id",
            format!("{id}:{S}:0:junk"),
        ),
    ]
    .map(|(list, name, value)| (list, HashMap::from([(name.to_owned(), value)])))
    .into()
}

#[test]
fn undecided_trace_is_decided_by_the_inner_sampler() {
    let sampler = SampleUndecided::new(Sampler::ParentBased(Box::new(SampleByTraceId::new(0.3))));
    let other_service = SampleByTraceId::new(0.3);
    for at in 0..6 {
        let mut sampled = 0;
        for id in guids().take(2000) {
            let (list, request) = undecided(id).swap_remove(at);
            let cx = from_list(list)
                .unwrap()
                .extract_with_context(&Context::new(), &request);
            let decision = is_sampled(&sampler, &cx, id);
            assert_eq!(decision, is_sampled(&other_service, &cx, id), "{list}");
            sampled += u32::from(decision);
        }
        assert!((540..660).contains(&sampled), "{sampled}");
    }
}

#[test]
fn decided_trace_is_left_to_the_parent() {
    let never = SampleUndecided::new(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)));
    let id = TraceId::from(7).to_string();
    for (list, name, value) in [
        ("tracecontext", "traceparent", format!("00-{id}-{S}-01")),
        ("sentry", "sentry-trace", format!("{id}-{S}-1")),
        ("b3", "b3", format!("{id}-{S}-d")),
    ] {
        let request = HashMap::from([(name.to_owned(), value)]);
        let cx = from_list(list)
            .unwrap()
            .extract_with_context(&Context::new(), &request);
        assert!(is_sampled(&never, &cx, 7), "{list}");
    }
    assert!(!is_sampled(&never, &Context::new(), 7));
}

#[test]
fn undecided_trace_keeps_its_tracestate_and_parent() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_sampler(SampleUndecided::new(Sampler::AlwaysOn))
        .with_simple_exporter(exporter.clone())
        .build();
    let parent = SpanContext::new(
        TraceId::from(7),
        S.parse::<u64>().unwrap_or(9).into(),
        Default::default(),
        true,
        "a=1".parse::<TraceState>().unwrap(),
    );
    let request = HashMap::from([("b3".to_owned(), format!("{}-{S}", TraceId::from(7)))]);
    let propagator = from_list("b3").unwrap();
    let cx = propagator.extract_with_context(&Context::new(), &request);
    let cx = cx.with_remote_span_context(SpanContext::new(
        cx.span().span_context().trace_id(),
        cx.span().span_context().span_id(),
        cx.span().span_context().trace_flags(),
        true,
        parent.trace_state().clone(),
    ));
    drop(provider.tracer("test").start_with_context("request", &cx));
    let spans = exporter.get_finished_spans().unwrap();
    assert_eq!(spans[0].parent_span_id.to_string(), S);
    assert_eq!(spans[0].span_context.trace_state().header(), "a=1");
}

#[test]
fn first_span_links_the_callers_that_lost() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(LinkSpanProcessor::new(SimpleSpanProcessor::new(
            exporter.clone(),
        )))
        .build();
    let tracer = provider.tracer("test");
    let (a, b) = (TraceId::from(7), TraceId::from(8));
    let conflicting = HashMap::from([
        ("traceparent".to_owned(), format!("00-{a}-{S}-01")),
        ("x-kontur-trace-id".to_owned(), b.to_string()),
        (
            "sentry-trace".to_owned(),
            format!("{}-{S}", TraceId::from(9)),
        ),
    ]);
    let propagator = from_list("tracecontext,kontur,sentry").unwrap();
    let cx = propagator.extract_with_context(&Context::new(), &conflicting);
    assert_eq!(cx.other_parents().len(), 1);
    let first = cx.with_span(tracer.start_with_context("first", &cx));
    drop(tracer.start_with_context("second", &first));
    first.span().end();

    let restarting = builder()
        .trust(|_, _| Trust::Restart)
        .from_list("kontur")
        .unwrap();
    let cx = restarting.extract_with_context(&Context::new(), &conflicting);
    drop(tracer.start_with_context("restarted", &cx));

    let links: HashMap<_, Vec<_>> = exporter
        .get_finished_spans()
        .unwrap()
        .into_iter()
        .map(|span| {
            let links = span.links.iter().map(|link| link.span_context.trace_id());
            (span.name.to_string(), links.collect())
        })
        .collect();
    assert_eq!(links["first"], [a]);
    assert_eq!(links["second"], []);
    assert_eq!(links["restarted"], [b]);
}

#[test]
fn link_processor_passes_the_resource_on() {
    #[derive(Clone, Debug, Default)]
    struct Recording(Arc<Mutex<Option<Resource>>>);

    impl SpanProcessor for Recording {
        fn on_start(&self, _span: &mut Span, _cx: &Context) {}

        fn on_end(&self, _span: SpanData) {}

        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }

        fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
            Ok(())
        }

        fn set_resource(&mut self, resource: &Resource) {
            *self.0.lock().unwrap() = Some(resource.clone());
        }
    }

    let recording = Recording::default();
    let resource = Resource::builder_empty().with_service_name("shop").build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(LinkSpanProcessor::new(recording.clone()))
        .with_resource(resource.clone())
        .build();
    assert_eq!(*recording.0.lock().unwrap(), Some(resource));
    drop(provider);
}
