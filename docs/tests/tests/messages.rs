//! Runs the code of docs/guides/messages.md with every order of the formats.

#![allow(dead_code, reason = "the guide's main function is not called")]

// `send`, `handle`, `handle_all` and their helpers.
include!(concat!(env!("OUT_DIR"), "/messages.rs"));

mod orders {
    use opentelemetry::trace::{SpanContext, SpanId, TraceId};
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};

    use super::*;

    const ORDERS: [&str; 6] = [
        "kontur,vostok,tracecontext",
        "kontur,tracecontext,vostok",
        "vostok,kontur,tracecontext",
        "vostok,tracecontext,kontur",
        "tracecontext,kontur,vostok",
        "tracecontext,vostok,kontur",
    ];
    const OTHER_TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    /// Returns the context of a request with Kontur's headers.
    fn request(trace_id: &str) -> Context {
        let headers = [("X-Kontur-Trace-Id", trace_id)];
        global::get_text_map_propagator(|it| {
            it.extract_with_context(&Context::new(), &MessageHeaders(&headers))
        })
    }

    fn trace(id: &str) -> TraceId {
        TraceId::from_hex(id).unwrap()
    }

    fn of_kind(spans: &InMemorySpanExporter, kind: SpanKind) -> Vec<SpanData> {
        let mut finished = spans.get_finished_spans().unwrap();
        finished.retain(|it| it.span_kind == kind);
        finished
    }

    #[test]
    fn consumer_is_a_child_of_the_producer() {
        let spans = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(spans.clone())
            .build();
        global::set_tracer_provider(provider);

        for order in ORDERS {
            let propagator = opentelemetry_autoprop::from_list(order).unwrap();
            global::set_text_map_propagator(propagator);
            spans.reset();
            let mut queue = VecDeque::new();
            let in_trace = request(TRACE).attach();
            send(&mut queue, Message::default());
            send(&mut queue, Message::default());
            drop(in_trace);
            // The second message is sent again in another trace, the third one in the first trace.
            let in_other_trace = request(OTHER_TRACE).attach();
            let again = queue.pop_back().unwrap();
            send(&mut queue, again);
            drop(in_other_trace);
            let in_trace = request(TRACE).attach();
            send(&mut queue, Message::default());
            drop(in_trace);

            let sent = of_kind(&spans, SpanKind::Producer);
            let sent = [&sent[0], &sent[2], &sent[3]].map(|it| &it.span_context);
            let traces = [TRACE, OTHER_TRACE, TRACE].map(trace);
            assert_eq!(sent.map(SpanContext::trace_id), traces, "{order}");

            // Each message is handled in the context of the first one, as by a consumer that does
            // not detach it.
            let in_earlier = sent_in(&queue[0]).attach();
            queue.iter().for_each(handle);
            drop(in_earlier);
            let handled = of_kind(&spans, SpanKind::Consumer);
            assert_eq!(handled.len(), sent.len(), "{order}");
            for (producer, consumer) in sent.iter().zip(&handled) {
                let trace_id = consumer.span_context.trace_id();
                assert_eq!(trace_id, producer.trace_id(), "{order}");
                assert_eq!(consumer.parent_span_id, producer.span_id(), "{order}");
                assert!(consumer.parent_span_is_remote, "{order}");
            }

            spans.reset();
            handle_all(&queue);
            let batch = of_kind(&spans, SpanKind::Consumer);
            assert_eq!(batch[0].parent_span_id, SpanId::INVALID, "{order}");
            let links = batch[0].links.iter().map(|it| it.span_context.span_id());
            assert!(links.eq(sent.map(SpanContext::span_id)), "{order}");
        }
    }
}
