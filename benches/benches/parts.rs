//! Measures the individual steps of each propagator, which explain its time above the floor.

use std::hint::black_box;

use base64_simd::{AsOut, STANDARD};
use benches::{measure, request};
use criterion::{criterion_group, criterion_main, Criterion};
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_core::internal::hex_string;
use opentelemetry_propagator_core::{Guid, ParentMerger, RemoteParent};
use opentelemetry_propagator_kontur::header as kontur;
use opentelemetry_propagator_sentry::{DynamicSamplingContext, SentryTrace};
use opentelemetry_propagator_vostok::header::REQUEST_PRIORITY;
use opentelemetry_propagator_vostok::{Globals, TracingContext};

fn parts(c: &mut Criterion) {
    let mut group = c.benchmark_group("parts");
    let mut part = |name: &str, step: &mut dyn FnMut()| {
        group.bench_function(name, |b| b.iter(&mut *step));
    };
    let [trace_id, span_id, is_sampled] = [0, 1, 2].map(|i| request::kontur()[i].1.clone());
    part("kontur: parse trace id", &mut || {
        let _ = black_box(kontur::parse_trace_id(black_box(&trace_id)));
    });
    part("kontur: parse span id", &mut || {
        let _ = black_box(kontur::parse_span_id(black_box(&span_id)));
    });
    part("kontur: parse sampling flag", &mut || {
        let _ = black_box(kontur::parse_is_sampled(black_box(&is_sampled)));
    });
    part("kontur: write trace id", &mut || {
        black_box(hex_string(black_box(
            TraceId::from(request::TRACE_ID).to_bytes(),
        )));
    });

    let globals = request::vostok()[0].1.clone();
    let tracing = TracingContext::new(request::TRACE_ID.into(), request::SPAN_ID.into());
    let text = tracing.to_string();
    let envelope = [0; 39 + 73];
    part("vostok: parse globals", &mut || {
        let _ = black_box(Globals::parse(
            black_box(&globals),
            &[REQUEST_PRIORITY],
            16384,
        ));
    });
    part("vostok: decode Base64", &mut || {
        let mut bytes = [0; 144];
        let out = bytes.as_mut_slice().as_out();
        let _ = black_box(STANDARD.decode(black_box(globals.as_bytes()), out));
    });
    part("vostok: parse tracing entry", &mut || {
        let _ = black_box(black_box(&*text).parse::<TracingContext>());
    });
    part("vostok: copy priority", &mut || {
        black_box(black_box(&envelope[..39]).to_vec());
    });
    part("vostok: write two GUIDs", &mut || {
        for guid in black_box([tracing.trace(), tracing.span()]) {
            let mut text = [0; Guid::HYPHENATED_LEN];
            guid.encode_hyphenated(&mut text);
            black_box(text);
        }
    });
    part("vostok: encode Base64", &mut || {
        black_box(STANDARD.encode_to_string(black_box(&envelope)));
    });

    let (sentry_trace, baggage) = (
        request::sentry()[0].1.clone(),
        request::sentry()[1].1.clone(),
    );
    let dsc = request::dsc();
    part("sentry: parse sentry-trace", &mut || {
        let _ = black_box(black_box(&*sentry_trace).parse::<SentryTrace>());
    });
    part("sentry: collect DSC members", &mut || {
        black_box(DynamicSamplingContext::parse([black_box(&*baggage)]));
    });
    part("sentry: copy DSC members", &mut || {
        black_box(black_box(&dsc).clone());
    });

    let cx = opentelemetry::Context::new();
    part("all: build span context", &mut || {
        let mut parent = RemoteParent::new(TraceId::from(request::TRACE_ID));
        parent.span_id = Some(SpanId::from(1));
        parent.sampled = Some(true);
        let mut merger = ParentMerger::new();
        merger.add(black_box(parent));
        black_box(merger.finish(black_box(&cx), None));
    });
}

criterion_group!(name = benches; config = measure::criterion(); targets = parts);
criterion_main!(benches);
