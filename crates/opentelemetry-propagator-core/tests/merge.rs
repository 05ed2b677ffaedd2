//! Tests of the rule that merges the facts of several formats.

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;
use opentelemetry_propagator_core::{
    derived_span_id, is_deferred, is_random, other_parents, verbatim_trace_state, ParentMerger,
    RemoteParent, StatedTraceState,
};

const TRACE: u128 = 0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468;
const DERIVED: u64 = 0x27bb_7faa_4829_4cf4;

fn parent(trace_id: u128, span_id: Option<u64>, sampled: Option<bool>) -> RemoteParent {
    let mut parent = RemoteParent::new(TraceId::from(trace_id));
    parent.span_id = span_id.map(SpanId::from);
    parent.sampled = sampled;
    parent
}

fn merge(parents: impl IntoIterator<Item = RemoteParent>) -> Context {
    let mut merger = ParentMerger::new();
    for parent in parents {
        merger.add(parent);
    }
    merger.finish(&Context::new(), None)
}

fn span_context(cx: &Context) -> SpanContext {
    cx.span().span_context().clone()
}

fn ids(cx: &Context) -> (u128, u64, bool) {
    let span_context = span_context(cx);
    assert!(span_context.is_remote());
    (
        u128::from_be_bytes(span_context.trace_id().to_bytes()),
        u64::from_be_bytes(span_context.span_id().to_bytes()),
        span_context.is_sampled(),
    )
}

#[test]
fn merge_takes_each_fact_from_its_first_statement() {
    for (parents, span_id, sampled) in [
        ([(Some(1), Some(false)), (Some(2), Some(true))], 1, false),
        ([(None, Some(false)), (Some(2), Some(true))], 2, false),
        ([(Some(1), None), (Some(2), Some(false))], 1, false),
        ([(None, None), (Some(2), Some(false))], 2, false),
        ([(None, None), (None, None)], DERIVED, true),
    ] {
        let cx = merge(parents.map(|(span_id, sampled)| parent(TRACE, span_id, sampled)));
        assert_eq!(ids(&cx), (TRACE, span_id, sampled), "{parents:?}");
    }
}

#[test]
fn merge_continues_the_last_trace() {
    let cx = merge([
        parent(7, Some(1), Some(false)),
        parent(8, Some(2), Some(true)),
    ]);
    assert_eq!(ids(&cx), (8, 2, true));
}

#[test]
fn merge_remembers_a_trace_that_was_replaced() {
    let cx = merge([
        parent(7, Some(1), Some(false)),
        parent(8, Some(2), Some(true)),
        parent(9, Some(3), Some(true)),
        parent(7, Some(4), None),
    ]);
    assert_eq!(ids(&cx), (7, 1, false), "the first statement of trace 7");
}

#[test]
fn merge_applies_the_option_of_the_first_format() {
    for first in [true, false] {
        let mut parents = [parent(7, None, None), parent(7, Some(2), None)];
        parents[0].sample_when_undecided = first;
        parents[1].sample_when_undecided = !first;
        assert_eq!(ids(&merge(parents)).2, first);
    }
}

fn weak(trace_id: u128, span_id: u64) -> RemoteParent {
    let mut weak = parent(trace_id, Some(span_id), None);
    weak.is_weak = true;
    weak
}

#[test]
fn weak_statement_continues_a_trace_on_its_own() {
    assert_eq!(ids(&merge([weak(7, 1)])), (7, 1, true));
    assert_eq!(ids(&merge([weak(7, 1), weak(8, 2)])).0, 8);
}

#[test]
fn weak_statement_never_replaces_another_trace() {
    let strong = || parent(8, Some(2), Some(false));
    assert_eq!(ids(&merge([weak(7, 1), strong()])), (8, 2, false));
    assert_eq!(ids(&merge([strong(), weak(7, 1)])), (8, 2, false));
    let earlier = parent(7, Some(3), None);
    assert_eq!(ids(&merge([earlier, strong(), weak(7, 1)])), (8, 2, false));
}

#[test]
fn weak_statement_adds_facts_to_its_trace() {
    let strong = |trace_id| parent(trace_id, None, Some(false));
    assert_eq!(ids(&merge([strong(7), weak(7, 1)])), (7, 1, false));
    assert_eq!(
        ids(&merge([strong(8), weak(7, 1), strong(7)])),
        (7, 1, false)
    );
    assert_eq!(
        ids(&merge([weak(7, 1), strong(8), strong(7)])),
        (7, 1, false)
    );
    // A trace with both kinds of statements is not weak.
    for both in [[strong(7), weak(7, 1)], [weak(7, 1), strong(7)]] {
        let statements = both.into_iter().chain([weak(8, 2)]);
        assert_eq!(ids(&merge(statements)), (7, 1, false));
    }
}

#[test]
fn shortened_id_is_the_same_trace() {
    const LONG: u128 = 5 << 64 | 7;
    let (short, long) = (parent(7, Some(1), None), parent(LONG, Some(2), Some(false)));
    assert_eq!(ids(&merge([short.clone(), long.clone()])), (LONG, 1, false));
    assert_eq!(ids(&merge([long.clone(), short.clone()])), (LONG, 2, false));
    let other = parent(6 << 64 | 7, Some(3), None);
    assert_eq!(
        ids(&merge([long, other, short])).1,
        3,
        "the last trace is continued"
    );
}

#[test]
fn debug_beats_an_earlier_decision() {
    let mut debug = parent(7, Some(1), None);
    debug.is_debug = true;
    let decided = || parent(7, Some(2), Some(false));
    assert_eq!(ids(&merge([decided(), debug.clone()])), (7, 2, true));
    assert_eq!(ids(&merge([debug, decided()])), (7, 1, true));
}

#[test]
fn other_parents_are_the_spans_of_lost_traces() {
    let others = |cx: &Context| -> Vec<u64> {
        let others = other_parents(cx, cx.span().span_context()).iter();
        others
            .map(|other| u64::from_be_bytes(other.span_id().to_bytes()))
            .collect()
    };
    let strong = |trace_id: u128| parent(trace_id, Some(trace_id as u64), Some(true));
    assert_eq!(others(&merge([strong(7), strong(8), strong(9)])), [7, 8]);
    assert_eq!(others(&merge([strong(7), strong(8), strong(7)])), [8]);
    assert_eq!(others(&merge([weak(7, 1), strong(8)])), [0; 0]);
    assert_eq!(others(&merge([parent(7, None, None), strong(8)])), [0; 0]);
    assert_eq!(others(&merge([strong(7), strong(7)])), [0; 0]);
    let next = merge([strong(7), strong(8)]);
    let mut merger = ParentMerger::new();
    merger.add(strong(9));
    assert_eq!(
        others(&merger.finish(&next, None)),
        [0; 0],
        "of an earlier message"
    );
}

#[test]
fn refuse_applies_to_earlier_and_later_statements() {
    let mut merger = ParentMerger::new();
    merger.add(parent(6, Some(1), None));
    merger.add(parent(7, Some(1), None));
    merger.refuse(TraceId::from(7));
    merger.add(parent(7, Some(1), None));
    assert_eq!(ids(&merger.clone().finish(&Context::new(), None)).0, 6);
    merger.refuse(TraceId::from(6));
    assert!(!merger.finish(&Context::new(), None).has_active_span());
}

#[test]
fn refuse_falls_back_to_a_weak_statement_last() {
    let mut merger = ParentMerger::new();
    for parent in [
        parent(6, Some(1), None),
        weak(5, 1),
        parent(7, Some(1), None),
    ] {
        merger.add(parent);
    }
    merger.refuse(TraceId::from(7));
    assert_eq!(ids(&merger.clone().finish(&Context::new(), None)).0, 6);
    merger.refuse(TraceId::from(6));
    assert_eq!(ids(&merger.finish(&Context::new(), None)).0, 5);
}

#[test]
fn refuse_does_not_depend_on_its_position() {
    // A weak statement does not change which trace is continued.
    let statements = [
        parent(5, Some(1), None),
        parent(6, Some(1), None),
        parent(7, Some(1), None),
        weak(5, 1),
    ];
    for position in [0, 4] {
        let mut merger = ParentMerger::new();
        for at in 0..=statements.len() {
            if at == position {
                merger.refuse(TraceId::from(7));
            }
            if let Some(statement) = statements.get(at) {
                merger.add(statement.clone());
            }
        }
        assert_eq!(ids(&merger.finish(&Context::new(), None)).0, 6);
    }
}

#[test]
fn refuse_applies_to_shortened_ids() {
    let mut merger = ParentMerger::new();
    merger.refuse(TraceId::from(5 << 64 | 7));
    merger.add(parent(7, Some(1), None));
    assert_eq!(merger.current(), None);
}

#[test]
fn finish_keeps_nothing_of_a_refused_request() {
    struct Kept;
    let before = merge([parent(8, Some(1), Some(true))]);
    let mut merger = ParentMerger::new();
    merger.add(parent(7, Some(1), None));
    merger.refuse(TraceId::from(7));
    let cx = merger.finish(&before, Some(before.with_value(Kept)));
    assert!(cx.get::<Kept>().is_none());
    assert_eq!(span_context(&cx), span_context(&before));
}

#[test]
fn finish_without_a_trace_keeps_the_current_span() {
    let before = merge([parent(7, Some(1), Some(false))]);
    let cx = ParentMerger::new().finish(&before, None);
    assert_eq!(span_context(&cx), span_context(&before));
}

/// Returns a context as the SDK leaves it after starting a local span of the same trace.
fn with_local_span(cx: &Context, trace_state: TraceState) -> Context {
    cx.with_remote_span_context(SpanContext::new(
        span_context(cx).trace_id(),
        SpanId::from(99),
        TraceFlags::NOT_SAMPLED,
        false,
        trace_state,
    ))
}

#[test]
fn deferred_decision_ends_with_a_flag_or_local_span() {
    let mut deferred = parent(7, Some(1), None);
    deferred.keep_deferred = true;
    let defers = |cx: &Context| is_deferred(cx, cx.span().span_context());

    let cx = merge([deferred.clone()]);
    assert!(defers(&cx));
    assert!(!defers(&with_local_span(&cx, TraceState::NONE)));
    let other_remote = SpanContext::new(
        TraceId::from(7),
        SpanId::from(2),
        TraceFlags::NOT_SAMPLED,
        true,
        TraceState::NONE,
    );
    assert!(
        !defers(&cx.with_remote_span_context(other_remote)),
        "of another parent"
    );

    let decided = merge([deferred, parent(7, None, Some(true))]);
    assert!(!defers(&decided));
}

#[test]
fn deferred_decision_of_any_format_is_kept() {
    let mut deferred = parent(7, Some(1), None);
    deferred.keep_deferred = true;
    let without_decision = parent(7, Some(1), None);
    for statements in [
        [deferred.clone(), without_decision.clone()],
        [without_decision, deferred],
    ] {
        let cx = merge(statements);
        assert!(is_deferred(&cx, cx.span().span_context()));
    }
}

#[test]
fn undecided_is_only_the_remote_parent_itself() {
    let merge = |merger: ParentMerger, sampled, is_random| {
        let mut merger = merger;
        let mut parent = parent(7, Some(1), sampled);
        parent.other_flags = Some(TraceFlags::new(if is_random { 2 } else { 0 }));
        merger.add(parent);
        merger.finish(&Context::new(), None)
    };
    let storing = || ParentMerger::new().storing_undecided();
    let is_undecided = |cx: &Context, span_context: &SpanContext| {
        opentelemetry_propagator_core::internal::is_undecided(cx, span_context)
    };
    let other_span = |id: u64, is_remote| {
        let (trace_id, flags) = (TraceId::from(7), TraceFlags::default());
        SpanContext::new(
            trace_id,
            SpanId::from(id),
            flags,
            is_remote,
            TraceState::NONE,
        )
    };
    let cx = merge(storing(), None, true);
    assert!(is_undecided(&cx, &span_context(&cx)));
    assert!(!is_undecided(&cx, &other_span(2, true)));
    assert!(!is_undecided(&cx, &other_span(1, false)));
    for cx in [
        merge(storing(), Some(false), true),
        merge(ParentMerger::new(), None, true),
        merge(ParentMerger::new(), None, false),
    ] {
        assert!(!is_undecided(&cx, &span_context(&cx)));
    }
}

#[test]
fn is_settled_needs_a_span_id_and_a_decision() {
    for (span_id, sampled, is_settled) in [
        (Some(1), Some(false), true),
        (None, Some(true), false),
        (Some(1), None, false),
    ] {
        let mut merger = ParentMerger::new();
        assert!(!merger.is_settled(TraceId::from(7)));
        merger.add(parent(7, span_id, sampled));
        assert_eq!(merger.is_settled(TraceId::from(7)), is_settled);
        assert!(!merger.is_settled(TraceId::from(8)));
    }
}

#[test]
fn is_random_holds_after_an_unsampled_local_span() {
    let mut random = parent(7, Some(1), Some(false));
    random.other_flags = Some(TraceFlags::new(0x02));
    let cx = merge([random]);
    assert_eq!(span_context(&cx).trace_flags(), TraceFlags::new(0x02));
    let local = with_local_span(&cx, TraceState::NONE);
    assert!(is_random(&local, local.span().span_context()));

    let other = merge([parent(7, Some(1), Some(false))]);
    assert!(!is_random(&other, other.span().span_context()));
}

#[test]
fn verbatim_trace_state_yields_to_a_later_one() {
    let mut stated = parent(7, Some(1), None);
    stated.trace_state = Some(StatedTraceState::Verbatim("a@@b=1".to_owned()));
    let cx = merge([stated]);
    let local = with_local_span(&cx, TraceState::NONE);
    let verbatim = verbatim_trace_state(&local, local.span().span_context());
    assert_eq!(verbatim, Some("a@@b=1"));

    let changed = with_local_span(&cx, "c=3".parse().unwrap());
    let verbatim = verbatim_trace_state(&changed, changed.span().span_context());
    assert_eq!(verbatim, None);
}

#[test]
fn finish_removes_details_of_an_earlier_message() {
    let mut first = parent(7, Some(1), None);
    first.trace_state = Some(StatedTraceState::Verbatim("a@@b=1".to_owned()));
    first.other_flags = Some(TraceFlags::new(0x02));
    first.keep_deferred = true;
    let before = merge([first]);

    let mut merger = ParentMerger::new();
    merger.add(parent(7, Some(1), None));
    let cx = merger.finish(&before, None);
    let span = cx.span();
    let span_context = span.span_context();
    assert_eq!(verbatim_trace_state(&cx, span_context), None);
    assert!(!is_random(&cx, span_context));
    assert!(!is_deferred(&cx, span_context));
}

#[test]
fn derived_span_id_is_the_first_nonzero_half() {
    for (trace_id, span_id) in [
        (TRACE, DERIVED),
        (5, 5),
        (7 << 64, 7),
        (u128::MAX, u64::MAX),
    ] {
        assert_eq!(
            derived_span_id(TraceId::from(trace_id)),
            SpanId::from(span_id)
        );
    }
}
