//! Compares lists of propagators, for arbitrary headers, with [`propagator_oracle::merging`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::SpanContext;
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_sentry::{SentryContextExt, SentryPropagator};
use opentelemetry_propagator_vostok::VostokContextExt;
use opentelemetry_propagator_w3c::TraceContextPropagator;
use propagator_oracle as oracle;
use propagator_oracle::baggage::{joined, Written};
use propagator_oracle::merging::{merge, Parent, Statement};

use super::{baggage, kontur, vostok};
use crate::carrier::{self, Lines};
use crate::case::Case;
use crate::generate::{Format, Grammar};
use crate::{invariants, logs};

/// The headers and options that the mutator inserts.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[
        Format::Kontur,
        Format::VostokGlobals,
        Format::VostokProperties,
        Format::Sentry,
        Format::TraceContext,
    ],
    options: &[
        ("held", invariants::HELD),
        ("dsn", &["true", "false"]),
        ("strict", &["true", "false"]),
        (
            "user_baggage",
            &["userId=42", "sentry-release=theirs", "k=ы"],
        ),
        (
            "own_baggage",
            &["a=1", "userId=43, sentry-release=stale,a=1", "a=1,a=2,b=ы"],
        ),
        (
            "list",
            &[
                "own,baggage,sentry,tracecontext",
                "kontur,baggage,own",
                "tracecontext,baggage",
                "tracecontext,kontur,vostok",
                "tracecontext,kontur,vostok,sentry,baggage",
                "baggage,sentry,vostok,kontur,tracecontext",
                "sentry,baggage",
                "b3,b3multi,xray,sentry",
                "vostok,tracecontext",
                "none",
            ],
        ),
    ],
};

/// Checks an input. Options: `@list`, `@held`, `@user_baggage key=value`, `@own_baggage` for the
/// header that the application's own propagator writes, `@dsn true` for a service that starts
/// traces, and `@strict true` for a service that continues only traces of its own organization.
pub fn check(input: &[u8]) {
    logs::discard();
    let case = Case::parse(input);
    let list = List::of(&case);
    list.check_extract(&case, &Lines::of(&case));
    list.check_extract(&case, &HeaderExtractor(&carrier::http_headers(&case)));
    list.check_inject(&baggage::initial(&case));
}

/// The organization of a service with `@strict true`.
const ORG_ID: &str = "1";

fn propagator(case: &Case, list: &str) -> Propagator {
    let dsn = case.flag("dsn", false);
    let lookup = move |variable: &str| {
        let dsn = dsn.then(|| "https://key@o17.ingest.sentry.io/1".to_owned());
        dsn.filter(|_| variable == "SENTRY_DSN")
    };
    let own = case.option("own_baggage").unwrap_or_default();
    let mut builder = opentelemetry_autoprop::builder()
        .register(
            OWN,
            opentelemetry_autoprop::Foreign::new(Own(own.to_owned())),
        )
        .lookup(lookup)
        .default_list(list);
    if case.flag("strict", false) {
        let sentry = SentryPropagator::builder()
            .org_id(ORG_ID)
            .strict_trace_continuation(true);
        builder = builder.with_format(sentry.build().expect("the options are valid"));
    }
    builder.from_env()
}

/// Returns how many times the usual limit a propagator may allocate. The one for X-Ray, of another
/// crate, copies every part of its header into lists, and a part may have two bytes.
fn allocation_weight(name: &str) -> usize {
    match name {
        "xray" => 10,
        _ => 1,
    }
}

/// A composite, and each of its propagators in the same order.
struct List {
    composite: Propagator,
    members: Vec<(String, Propagator)>,
    is_strict: bool,
    has_dsn: bool,
}

impl List {
    /// Returns the list of a case. Lists are cached, because building one takes longer than using
    /// it.
    fn of(case: &Case) -> Rc<List> {
        thread_local! {
            static LISTS: RefCell<HashMap<Vec<String>, Rc<List>>> = RefCell::default();
        }
        let options = ["list", "dsn", "strict", "own_baggage"];
        let key = options.map(|name| case.option(name).unwrap_or_default().to_owned());
        LISTS.with_borrow_mut(|lists| {
            if lists.len() > 500 {
                lists.clear();
            }
            let list = lists
                .entry(key.to_vec())
                .or_insert_with(|| Rc::new(List::build(case)));
            Rc::clone(list)
        })
    }

    fn build(case: &Case) -> List {
        let list = case
            .option("list")
            .unwrap_or("tracecontext,kontur,vostok,sentry,baggage");
        let composite = propagator(case, list);
        let names = composite.names();
        List {
            members: names
                .map(|name| (name.to_owned(), propagator(case, name)))
                .collect(),
            is_strict: case.flag("strict", false),
            has_dsn: case.flag("dsn", false),
            composite,
        }
    }

    /// Checks that the composite extracts the span context that the merging rule determines, and
    /// all other values that each of its propagators extracts when used alone.
    fn check_extract(&self, case: &Case, carrier: &dyn Extractor) {
        let members = &self.members;
        let before = baggage::initial(case);
        // An application's baggage is a map of up to 64 owned keys and values.
        let has_baggage = members.iter().any(|(name, _)| name == "baggage");
        let allowance = 512 * (members.len() + 64 * usize::from(has_baggage));
        let weights: usize = members
            .iter()
            .map(|(name, _)| allocation_weight(name))
            .sum();
        let after = invariants::bounded(case.size() * weights.max(1) + allowance, || {
            self.composite.extract_with_context(&before, carrier)
        });

        let statements: Vec<Statement> = members
            .iter()
            .filter_map(|(name, member)| self.statement(name, member, carrier))
            .collect();
        let parent = merge(&statements);
        match &parent {
            Some(parent) => assert_parent(&after, parent),
            None => assert_eq!(invariants::held(&after), invariants::held(&before)),
        }
        for (name, member) in members {
            let found = invariants::extracted(member, carrier);
            match name.as_str() {
                "vostok" => {
                    assert_eq!(after.vostok_globals(), found.vostok_globals());
                    assert_eq!(after.vostok_properties(), found.vostok_properties());
                }
                "sentry" => {
                    let is_same =
                        invariants::held(&after).trace_id() == invariants::held(&found).trace_id();
                    let found = is_same.then_some(&found);
                    assert_eq!(
                        after.sentry_trace(),
                        found.and_then(|found| found.sentry_trace())
                    );
                    assert_eq!(
                        after.sentry_dsc(),
                        found.and_then(|found| found.sentry_dsc())
                    );
                    let is_deferred = found.is_some_and(|found| {
                        found
                            .sentry_trace()
                            .is_some_and(|trace| trace.sampled.is_none())
                    });
                    let is_decided = parent.as_ref().is_none_or(|parent| parent.is_decided);
                    let mut sent = Lines::default();
                    member.inject_context(&after, &mut sent);
                    if let Some(sent) = sent.get("sentry-trace") {
                        let has_flag = sent.len() > "-".len() + 32 + 16;
                        assert_eq!(has_flag, !is_deferred || is_decided, "{sent}");
                    }
                }
                "baggage" => {
                    let reserved = self.has("sentry").then_some("sentry-");
                    let lines = carrier.get_all("baggage").unwrap_or_default();
                    let mut expected = oracle::baggage::read(&lines, reserved);
                    if expected.is_empty() {
                        expected = baggage::entries(&before);
                    }
                    assert_eq!(baggage::entries(&after), expected);
                }
                _ => {}
            }
        }
        self.check_inject(&after);
    }

    /// Returns the statement of one format. It comes from the oracle for a format of this project,
    /// and from the propagator itself for any other format.
    fn statement(
        &self,
        name: &str,
        member: &Propagator,
        carrier: &dyn Extractor,
    ) -> Option<Statement> {
        let mut is_refused = false;
        let mut other_flags = None;
        let mut trace_state = None;
        let trace = match name {
            "tracecontext" => {
                let lines = |name| carrier.get_all(name).unwrap_or_default();
                let parent = oracle::w3c::read_only_traceparent(&lines("traceparent"))?;
                other_flags = Some(u8::from(parent.random) << 1);
                trace_state = oracle::w3c::read_tracestate(&lines("tracestate"))
                    .filter(|list| !list.is_empty());
                oracle::ExpectedTrace {
                    trace_id: parent.trace_id,
                    span_id: Some(parent.span_id),
                    sampled: Some(parent.sampled),
                }
            }
            "kontur" => kontur::stated(carrier, true)?,
            "vostok" => {
                let read = |value: &str| oracle::vostok::globals(value, &[], 16 * 1024);
                let globals = carrier::first_value(carrier, "context-globals", read)?;
                vostok::stated(&globals, true)?
            }
            "sentry" => {
                let read = oracle::sentry::read_trace;
                let trace = carrier::first_value(carrier, "sentry-trace", read)?;
                let lines = carrier.get_all("baggage").unwrap_or_default();
                let theirs = oracle::sentry::org_id(&oracle::sentry::dsc(&lines));
                is_refused = self.is_strict
                    && !oracle::sentry::is_continued(theirs.as_deref(), Some(ORG_ID), true);
                let is_continued = self.is_strict || self.continues(theirs.as_deref());
                Some(trace).filter(|_| is_continued)?
            }
            _ => return stated_alone(&invariants::held(&invariants::extracted(member, carrier))),
        };
        Some(Statement {
            trace_id: trace.trace_id,
            span_id: trace.span_id,
            sampled: trace.sampled,
            sample_when_undecided: true,
            other_flags,
            trace_state,
            is_refused,
        })
    }

    /// Whether a service that is not strict continues a trace of this organization.
    fn continues(&self, theirs: Option<&str>) -> bool {
        let own = Some("17").filter(|_| self.has_dsn);
        oracle::sentry::is_continued(theirs, own, false)
    }

    /// Checks that the composite writes the headers of all its propagators, and one `baggage` with
    /// the members of all of them.
    fn check_inject(&self, cx: &Context) {
        let mut expected = Lines::default();
        let mut values = Vec::new();
        for (name, member) in &self.members {
            let mut written = Lines::default();
            member.inject_context(cx, &mut written);
            for (header, value) in written.0 {
                if header == "baggage" {
                    let by_sentry = name == "sentry";
                    values.push(Written { by_sentry, value });
                } else {
                    expected.set(&header, value);
                }
            }
        }

        let mut injected = Lines::default();
        self.composite.inject_context(cx, &mut injected);
        let fields: Vec<&str> = self.composite.fields().collect();
        for (name, value) in &injected.0 {
            assert!(fields.contains(&name.as_str()), "{name}: {fields:?}");
            // A header that only a propagator of the application writes is not changed.
            let is_own = name == "baggage" && !self.merges_own_baggage() && self.has(OWN);
            if invariants::OURS.contains(&name.as_str()) && !is_own {
                invariants::assert_legal(name, value);
            }
        }
        self.check_round_trip(cx, &injected);
        self.check_baggage(cx, &values, injected.get("baggage"));
        injected.0.retain(|(name, _)| name != "baggage");
        assert_eq!(sorted(injected), sorted(expected));
    }

    /// Checks `baggage`. Sentry's members come first. The formats of this project write to one
    /// list. If another propagator also writes the header, all written values are merged.
    fn check_baggage(&self, cx: &Context, written: &[Written], injected: Option<&str>) {
        let has_sentry = self.has("sentry");
        if self.has(OWN) {
            let fits = |written: &Written| written.value.len() <= 8000;
            if self.merges_own_baggage() && written.iter().all(fits) {
                assert_eq!(
                    injected.unwrap_or_default(),
                    joined(written, has_sentry).join(",")
                );
            }
            return;
        }
        let sentry = written.iter().find(|written| written.by_sentry);
        let sentry = sentry.map_or("", |written| written.value.as_str());
        let mut expected: Vec<String> = Vec::new();
        if !sentry.is_empty() {
            expected.extend(sentry.split(',').map(str::to_owned));
        }
        if self.has("baggage") {
            let mut entries = baggage::entries(cx);
            entries.retain(|key, _| !has_sentry || !key.starts_with("sentry-"));
            let list: Vec<&str> = expected.iter().map(String::as_str).collect();
            expected = oracle::baggage::write(&list, &entries);
        }
        assert!(injected.unwrap_or_default().starts_with(sentry));
        let expected = expected.join(",");
        assert_eq!(
            baggage::in_order(injected),
            baggage::in_order(Some(&expected))
        );
    }

    fn merges_own_baggage(&self) -> bool {
        self.has("baggage") || self.has("sentry")
    }

    fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(member, _)| member == name)
    }

    /// Checks that the ids are extracted again, regardless of the formats that carry them.
    fn check_round_trip(&self, cx: &Context, injected: &Lines) {
        let sent = invariants::held(cx);
        let mut names = self.members.iter().map(|(name, _)| name.as_str());
        let states_ids = names.any(|name| name != "baggage" && name != OWN);
        // A strict service does not continue a trace whose sampling context states no organization.
        if self.is_strict && self.has("sentry") {
            return;
        }
        let received = invariants::held(&invariants::extracted(&self.composite, injected));
        if states_ids && sent.is_valid() {
            assert_eq!(received.trace_id(), sent.trace_id());
            assert_eq!(received.span_id(), sent.span_id());
        } else {
            assert!(!received.is_valid(), "{received:?}");
        }
    }
}

/// Returns the statement of a propagator of another project. It states every fact, unless its span
/// context is invalid.
fn stated_alone(span_context: &SpanContext) -> Option<Statement> {
    let (trace_id, span_id) = invariants::ids(span_context)?;
    assert!(span_context.is_remote(), "{span_context:?}");
    Some(Statement {
        trace_id,
        span_id: Some(span_id),
        sampled: Some(span_context.is_sampled()),
        sample_when_undecided: true,
        other_flags: Some(span_context.trace_flags().to_u8()),
        trace_state: Some(span_context.trace_state().header()),
        is_refused: false,
    })
}

fn assert_parent(extracted: &Context, expected: &Parent) {
    let span_context = invariants::held(extracted);
    let ids = invariants::ids(&span_context);
    assert_eq!(ids, Some((expected.trace_id, expected.span_id)));
    assert_eq!(span_context.trace_flags().to_u8(), expected.flags);
    assert!(span_context.is_remote());
    // OpenTelemetry's type cannot represent every valid list, so the outgoing list is compared. A
    // propagator of another project may state a list with invalid members, which are not sent.
    let mut sent = Lines::default();
    TraceContextPropagator::new().inject_context(extracted, &mut sent);
    assert_eq!(
        sent.get("tracestate").unwrap_or_default(),
        oracle::w3c::write_tracestate(&expected.trace_state)
    );
}

/// The name of a propagator that the application registers.
const OWN: &str = "own";

/// A propagator of an application that writes `baggage`.
#[derive(Debug)]
struct Own(String);

impl TextMapPropagator for Own {
    fn inject_context(&self, _cx: &Context, injector: &mut dyn Injector) {
        if !self.0.is_empty() {
            injector.set("baggage", self.0.clone());
        }
    }

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: LazyLock<[String; 1]> = LazyLock::new(|| ["baggage".to_owned()]);
        FieldIter::new(&*FIELDS)
    }
}

fn sorted(lines: Lines) -> Vec<(String, String)> {
    let mut lines = lines.0;
    lines.sort();
    lines
}
