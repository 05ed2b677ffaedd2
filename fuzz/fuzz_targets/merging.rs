//! `ParentMerger`, which merges the statements of the formats in a list.
//!
//! - The merged span context is the one of the naive rule. It has the last trace that is not
//!   refused, and each fact from the first format that states it.
//! - It is remote. Without a trace, the context contains no span.
//!
//! Every two bytes of the input are the statement of one format. They select the trace and the
//! facts about it.
#![cfg_attr(not(test), no_main)]

use opentelemetry::trace::{SpanId, TraceContextExt, TraceFlags, TraceId};
use opentelemetry::Context;
use opentelemetry_propagator_core::{ParentMerger, RemoteParent};
use propagator_oracle::merging::{merge, Statement};

propagator_fuzz::value! {
    words: [];
    fn check(input: &[u8]) {
        let mut merger = ParentMerger::new();
        let mut statements = Vec::with_capacity(8);
        for statement in input.chunks_exact(2).take(8).map(|bytes| statement(bytes[0], bytes[1])) {
            if statement.is_refused {
                merger.refuse(TraceId::from(statement.trace_id));
            } else {
                merger.state(remote_parent(&statement));
            }
            statements.push(statement);
        }
        let cx = merger.finish(&Context::new(), None);
        let span = cx.span();
        let merged = span.span_context();
        let Some(expected) = merge(&statements) else {
            return assert!(!cx.has_active_span());
        };
        assert_eq!(merged.trace_id(), TraceId::from(expected.trace_id));
        assert_eq!(merged.span_id(), SpanId::from(expected.span_id));
        assert_eq!(merged.trace_flags(), TraceFlags::new(expected.flags));
        assert!(merged.is_remote());
    }
}

fn statement(facts: u8, values: u8) -> Statement {
    Statement {
        // The first half of one of the four trace ids is zero, so that the second half is used to
        // derive a span id.
        trace_id: [5, 6 << 64 | 7, 8 << 64, u128::MAX][usize::from(facts & 3)],
        span_id: (facts & 4 != 0).then_some(1 + u64::from(values >> 4)),
        sampled: (facts & 8 != 0).then_some(values & 1 != 0),
        sample_when_undecided: values & 2 != 0,
        other_flags: (facts & 16 != 0).then_some(values & 0x0e),
        trace_state: None,
        is_refused: facts >= 0xe0,
    }
}

fn remote_parent(statement: &Statement) -> RemoteParent {
    let mut parent = RemoteParent::new(TraceId::from(statement.trace_id));
    parent.span_id = statement.span_id.map(SpanId::from);
    parent.sampled = statement.sampled;
    parent.sample_when_undecided = statement.sample_when_undecided;
    parent.other_flags = statement.other_flags.map(TraceFlags::new);
    parent
}
