//! How far a request is trusted.

use opentelemetry::propagation::Extractor;
use opentelemetry::Context;

/// How far a service trusts the trace headers of a request.
///
/// The values are ordered: each one trusts less than the one before it. If several apply, the
/// strictest one is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Trust {
    /// The trace is continued.
    #[default]
    Continue,
    /// The service starts a new trace. What does not belong to the trace is kept: baggage, Vostok's
    /// priority, and its allowed globals and properties. What belongs to the trace is dropped:
    /// `tracestate`, Sentry's Dynamic Sampling Context, debug and lineage.
    Restart,
    /// The service starts a new trace, and nothing of the headers is kept.
    Ignore,
}

impl Trust {
    /// Parses a value of [`OTEL_RUST_PROPAGATORS_TRUST`](crate::OTEL_RUST_PROPAGATORS_TRUST), in
    /// any case.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match &*word.trim().to_ascii_lowercase() {
            "continue" => Some(Trust::Continue),
            "restart" => Some(Trust::Restart),
            "ignore" => Some(Trust::Ignore),
            _ => None,
        }
    }
}

/// A function that decides about one request.
type Decide = dyn Fn(&Context, &dyn Extractor) -> Trust + Send + Sync;

/// Decides about each request.
#[derive(Default)]
pub(crate) struct Policy {
    /// The trust that no request exceeds.
    pub(crate) most: Trust,
    pub(crate) decide: Option<Box<Decide>>,
}

impl Policy {
    /// Limits the trust in every request.
    pub(crate) fn limit(&mut self, trust: Trust) {
        self.most = self.most.max(trust);
    }

    /// Whether every trace is continued.
    pub(crate) fn always_continues(&self) -> bool {
        self.most == Trust::Continue && self.decide.is_none()
    }

    pub(crate) fn decide(&self, cx: &Context, extractor: &dyn Extractor) -> Trust {
        match &self.decide {
            Some(decide) if self.most < Trust::Ignore => self.most.max(decide(cx, extractor)),
            _ => self.most,
        }
    }
}
