//! A naive implementation of the rule that merges several formats.

use super::derived_span_id;

/// The facts that one format of a list states about the caller's span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The trace id, not zero.
    pub trace_id: u128,
    /// The span id, if the format states one.
    pub span_id: Option<u64>,
    /// The sampling decision, if the format states one.
    pub sampled: Option<bool>,
    /// The decision of the format's options, for a trace whose decision no format states.
    pub sample_when_undecided: bool,
    /// The other trace flags, if the format states them.
    pub other_flags: Option<u8>,
    /// The `tracestate` list, if the format states one.
    pub trace_state: Option<String>,
    /// Whether no format of the list may continue the trace.
    pub is_refused: bool,
}

/// A remote parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The trace id.
    pub trace_id: u128,
    /// The span id.
    pub span_id: u64,
    /// The trace flags.
    pub flags: u8,
    /// The `tracestate` list.
    pub trace_state: String,
    /// Whether a format stated the decision.
    pub is_decided: bool,
}

/// Merges the statements of the formats, in the order of the list. The last trace that is not
/// refused is continued, and each fact about it is taken from the first format that states it.
pub fn merge(statements: &[Statement]) -> Option<Parent> {
    let is_refused = |trace_id| {
        let mut refusals = statements.iter().filter(|statement| statement.is_refused);
        refusals.any(|refusal| refusal.trace_id == trace_id)
    };
    let trace_id = statements
        .iter()
        .map(|statement| statement.trace_id)
        .rfind(|trace_id| !is_refused(*trace_id))?;
    let about_it = || statements.iter().filter(|s| s.trace_id == trace_id);
    let sampled = about_it().find_map(|statement| statement.sampled);
    let default = about_it().next()?.sample_when_undecided;
    let other_flags = about_it().find_map(|statement| statement.other_flags);
    Some(Parent {
        trace_id,
        span_id: about_it()
            .find_map(|statement| statement.span_id)
            .unwrap_or(derived_span_id(trace_id)),
        flags: other_flags.unwrap_or(0) & !1 | u8::from(sampled.unwrap_or(default)),
        trace_state: about_it()
            .find_map(|statement| statement.trace_state.clone())
            .unwrap_or_default(),
        is_decided: sampled.is_some(),
    })
}
