//! A naive implementation of the rule that merges several formats.

use super::derived_span_id;

/// The facts that one format of a list states about the caller's span. A fact is `None` if the
/// headers do not contain it, or contain it unreadably.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The trace id, not zero.
    pub trace_id: u128,
    /// The span id.
    pub span_id: Option<u64>,
    /// The sampling decision.
    pub sampled: Option<bool>,
    /// The decision of the format's options, for a trace whose decision no format states.
    pub sample_when_undecided: bool,
    /// The other trace flags.
    pub other_flags: Option<u8>,
    /// The `tracestate` list.
    pub trace_state: Option<String>,
    /// Whether the format can write a deferred decision.
    pub keep_deferred: bool,
    /// Whether the caller requires that the trace is sampled.
    pub is_debug: bool,
    /// Whether the statement never replaces another trace.
    pub is_weak: bool,
    /// Whether no format of the list may continue the trace. Then nothing else is stated.
    pub is_refused: bool,
}

impl Statement {
    /// Creates a statement of a trace id alone.
    pub fn new(trace_id: u128) -> Statement {
        Statement {
            trace_id,
            span_id: None,
            sampled: None,
            sample_when_undecided: true,
            other_flags: None,
            trace_state: None,
            keep_deferred: false,
            is_debug: false,
            is_weak: false,
            is_refused: false,
        }
    }
}

/// A remote parent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parent {
    /// The trace id.
    pub trace_id: u128,
    /// The span id.
    pub span_id: u64,
    /// The trace flags.
    pub flags: u8,
    /// The `tracestate` list.
    pub trace_state: String,
    /// Whether the context stores that the decision is deferred.
    pub is_deferred: bool,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// No format states a trace. The current span stays, and the values of the formats are kept.
    NoTrace,
    /// Every trace is refused. Nothing of the request is kept.
    Refused,
    /// A trace is continued.
    Continued {
        /// The caller's span in this trace.
        parent: Parent,
        /// The callers' spans in other traces, in sorted order. Only those are listed whose span id
        /// is stated, and not only weakly.
        others: Vec<Parent>,
    },
}

/// Whether two ids denote the same trace. A format may send only the lower half of an id.
pub fn is_same_trace(a: u128, b: u128) -> bool {
    let lower = |id| id & u128::from(u64::MAX);
    a == b || a == lower(b) || lower(a) == b
}

/// The statements about one trace.
#[derive(Clone, Debug, Default)]
struct Trace<'a> {
    statements: Vec<&'a Statement>,
    /// The number of the last statement that is not weak.
    last_strong: Option<usize>,
    /// The number of the last statement.
    last: usize,
}

impl Trace<'_> {
    /// Returns the first id that is not shortened.
    fn id(&self) -> u128 {
        let mut ids = self.statements.iter().map(|statement| statement.trace_id);
        let is_long = |id: &u128| id >> 64 != 0;
        ids.find(is_long).unwrap_or(self.statements[0].trace_id)
    }

    /// The trace with the last statement that is not weak is continued, or that with the last weak
    /// one if all are weak.
    fn order(&self) -> (Option<usize>, usize) {
        let last_weak = match self.last_strong {
            None => self.last,
            Some(_) => 0,
        };
        (self.last_strong, last_weak)
    }

    /// Each fact is taken from the first format that states it.
    fn parent(&self) -> Parent {
        fn first<T>(trace: &Trace<'_>, fact: impl Fn(&Statement) -> Option<T>) -> Option<T> {
            trace.statements.iter().copied().find_map(fact)
        }
        let id = self.id();
        let any = |has: fn(&Statement) -> bool| self.statements.iter().copied().any(has);
        let debug = any(|statement| statement.is_debug).then_some(true);
        let stated = debug.or(first(self, |statement| statement.sampled));
        let default = self.statements[0].sample_when_undecided;
        let other_flags = first(self, |statement| statement.other_flags).unwrap_or(0);
        Parent {
            trace_id: id,
            span_id: first(self, |statement| statement.span_id).unwrap_or(derived_span_id(id)),
            flags: other_flags & !1 | u8::from(stated.unwrap_or(default)),
            trace_state: first(self, |statement| statement.trace_state.clone()).unwrap_or_default(),
            is_deferred: stated.is_none() && any(|statement| statement.keep_deferred),
        }
    }
}

/// Merges the statements of the formats, in the order of the list.
pub fn merge(statements: &[Statement]) -> Merged {
    let mut traces: Vec<Trace<'_>> = Vec::new();
    let mut refused: Vec<u128> = Vec::new();
    for (number, statement) in statements.iter().enumerate() {
        let is_same = |id| is_same_trace(id, statement.trace_id);
        if statement.is_refused {
            refused.push(statement.trace_id);
            traces.retain(|trace| !is_same(trace.id()));
        } else if !refused.iter().copied().any(is_same) {
            // If a shortened id fits several traces, the first of them counts.
            let same = traces.iter().position(|trace| is_same(trace.id()));
            let at = same.unwrap_or(traces.len());
            if same.is_none() {
                traces.push(Trace::default());
            }
            let trace = &mut traces[at];
            trace.statements.push(statement);
            trace.last = number;
            if !statement.is_weak {
                trace.last_strong = Some(number);
            }
        }
    }
    traces.sort_by_key(Trace::order);
    let Some(continued) = traces.pop() else {
        return match refused[..] {
            [] => Merged::NoTrace,
            _ => Merged::Refused,
        };
    };
    let has_span = |trace: &Trace<'_>| trace.statements.iter().any(|it| it.span_id.is_some());
    let others = traces.iter().filter(|trace| trace.last_strong.is_some());
    let mut others: Vec<Parent> = others
        .filter(|it| has_span(it))
        .map(Trace::parent)
        .collect();
    others.sort();
    Merged::Continued {
        parent: continued.parent(),
        others,
    }
}
