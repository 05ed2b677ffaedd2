//! `ParentMerger`, which merges the statements of the formats in a list.
//!
//! - The merged span context is the one of the naive rule. It has the last trace that is neither
//!   refused nor stated weakly, and each fact from the first format that states it.
//! - A shortened trace id is that of the whole one. Debug overrides the decision.
//! - A deferred decision, the random flag and the callers in other traces are kept in the context.
//! - Without a trace, the context contains no span. If every trace is refused, it contains nothing
//!   of the request.
//!
//! Every three bytes of the input are the statement of one format. They select the trace and the
//! facts about it.
#![cfg_attr(not(test), no_main)]

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId};
use opentelemetry::Context;
use opentelemetry_propagator_core::{
    is_deferred, is_random, is_same_trace, other_parents, ParentMerger, RemoteParent,
    StatedTraceState,
};
use propagator_oracle::merging::{self, merge, Merged, Parent, Statement};

propagator_fuzz::value! {
    words: [];
    fn check(input: &[u8]) {
        let mut merger = ParentMerger::new();
        let mut statements = Vec::with_capacity(8);
        for bytes in input.chunks_exact(3).take(8) {
            let statement = statement(bytes[0], bytes[1], bytes[2]);
            if statement.is_refused {
                merger.refuse(TraceId::from(statement.trace_id));
            } else {
                merger.add(remote_parent(&statement));
            }
            statements.push(statement);
        }
        check_ids(&statements);
        let cx = merger.finish(&Context::new(), Some(Context::new().with_value(Kept)));
        let is_kept = cx.get::<Kept>().is_some();
        let span = cx.span();
        let merged = span.span_context();
        match merge(&statements) {
            Merged::NoTrace => assert!(is_kept && !cx.has_active_span()),
            Merged::Refused => assert!(!is_kept && !cx.has_active_span()),
            Merged::Continued { parent, others } => {
                assert!(is_kept);
                assert_parent(merged, &parent);
                assert_eq!(is_deferred(&cx, merged), parent.is_deferred);
                assert_eq!(is_random(&cx, merged), parent.flags & 2 != 0);
                let mut found = other_parents(&cx, merged).to_vec();
                found.sort_by_key(|span_context| {
                    let position = others.iter().position(|it| TraceId::from(it.trace_id) == span_context.trace_id());
                    position.expect("the trace is stated")
                });
                assert_eq!(found.len(), others.len());
                found.iter().zip(&others).for_each(|(found, other)| assert_parent(found, other));
            }
        }
    }
}

/// A value that a format keeps.
struct Kept;

fn assert_parent(found: &SpanContext, expected: &Parent) {
    assert_eq!(found.trace_id(), TraceId::from(expected.trace_id));
    assert_eq!(found.span_id(), SpanId::from(expected.span_id));
    assert_eq!(found.trace_flags(), TraceFlags::new(expected.flags));
    assert_eq!(found.trace_state().header(), expected.trace_state);
    assert!(found.is_remote());
}

fn check_ids(statements: &[Statement]) {
    for pair in statements.windows(2) {
        let (a, b) = (pair[0].trace_id, pair[1].trace_id);
        let found = is_same_trace(TraceId::from(a), TraceId::from(b));
        assert_eq!(found, merging::is_same_trace(a, b));
    }
}

/// Trace ids. The first is the second one, shortened. The lower half of the third is zero, so that
/// a span id is derived from the other half.
const TRACES: [u128; 4] = [5, 6 << 64 | 5, 8 << 64, u128::MAX];

fn statement(facts: u8, values: u8, kinds: u8) -> Statement {
    let has = |bit: u8| facts & bit != 0;
    Statement {
        span_id: has(4).then_some(1 + u64::from(values >> 4)),
        sampled: has(8).then_some(values & 1 != 0),
        sample_when_undecided: values & 2 != 0,
        other_flags: has(16).then_some(values & 0x0e),
        trace_state: has(32).then(|| format!("a={}", values & 7)),
        keep_deferred: has(64),
        is_debug: kinds & 7 == 7,
        is_weak: kinds & 8 != 0,
        is_refused: kinds & 0x70 == 0x70,
        ..Statement::new(TRACES[usize::from(facts & 3)])
    }
}

fn remote_parent(statement: &Statement) -> RemoteParent {
    let mut parent = RemoteParent::new(TraceId::from(statement.trace_id));
    parent.span_id = statement.span_id.map(SpanId::from);
    parent.sampled = statement.sampled;
    parent.sample_when_undecided = statement.sample_when_undecided;
    parent.other_flags = statement.other_flags.map(TraceFlags::new);
    let list = statement.trace_state.as_ref();
    parent.trace_state =
        list.map(|list| StatedTraceState::Parsed(list.parse().expect("the list is valid")));
    parent.keep_deferred = statement.keep_deferred;
    parent.is_debug = statement.is_debug;
    parent.is_weak = statement.is_weak;
    parent
}
