//! Compares lists of propagators, for arbitrary headers in hostile carriers, with
//! [`propagator_oracle::merging`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_core::other_parents;
use opentelemetry_propagator_sentry::{SentryContextExt, SentryPropagator};
use opentelemetry_propagator_vostok::VostokContextExt;
use opentelemetry_propagator_w3c::TraceContextPropagator;
use propagator_oracle as oracle;
use propagator_oracle::merging::{is_same_trace, merge, Merged, Parent, Statement};
use propagator_oracle::other_formats::{self, Header};

use super::{baggage, kontur, vostok};
use crate::carrier::{self, Hostile, Lines};
use crate::case::Case;
use crate::generate::{Grammar, Headers};
use crate::{invariants, logs};

/// The headers and options that the mutator inserts.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[
        Headers::Kontur,
        Headers::VostokGlobals,
        Headers::VostokProperties,
        Headers::Sentry,
        Headers::TraceContext,
        Headers::Others,
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
                "xray,jaeger,ottrace,b3",
                "tracecontext,ottrace,jaeger,baggage",
                "vostok,tracecontext",
                "none",
                "own,sentry",
                "baggage,own",
                "b3,xray,own,baggage,tracecontext",
            ],
        ),
        ("carrier", Hostile::KINDS),
        ("repeat", &["2", "70", "3000"]),
    ],
};

/// Checks an input. Options: `@list`, `@held`, `@user_baggage key=value`, `@own_baggage` for the
/// header that the application's own propagator writes, `@dsn true` for a service that starts
/// traces, `@strict true` for a service that continues only traces of its own organization,
/// `@carrier` for one whose `get` and `get_all` disagree, and `@repeat` for the number of times that
/// each value is repeated within itself.
pub fn check(input: &[u8]) {
    logs::discard();
    let mut case = Case::parse(input);
    case.repeat_values();
    let list = List::of(&case);
    let lines = Lines::of(&case);
    list.check_extract(&case, &lines);
    list.check_extract(&case, &HeaderExtractor(&carrier::http_headers(&case)));
    if let Some(carrier) = case
        .option("carrier")
        .and_then(|kind| Hostile::new(&lines, kind))
    {
        list.check_extract(&case, &carrier);
    }
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

/// A composite, and each of its propagators in the same order.
struct List {
    composite: Propagator,
    members: Vec<(String, Propagator)>,
    is_strict: bool,
    has_dsn: bool,
    own_baggage: String,
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
            own_baggage: case.option("own_baggage").unwrap_or_default().to_owned(),
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
        let after = invariants::bounded(case.size() + allowance, || {
            self.composite.extract_with_context(&before, carrier)
        });

        let statements: Vec<Statement> = members
            .iter()
            .filter_map(|(name, _)| self.statement(name, carrier))
            .collect();
        let parent = match merge(&statements) {
            Merged::Continued { parent, others } => {
                assert_parent(&after, &parent);
                assert_others(&after, &others);
                Some(parent)
            }
            Merged::NoTrace => {
                assert_eq!(invariants::held(&after), invariants::held(&before));
                None
            }
            Merged::Refused => {
                assert_unchanged(&after, &before);
                return self.check_inject(&after);
            }
        };
        for (name, member) in members {
            let found = invariants::extracted(member, carrier);
            match name.as_str() {
                "vostok" => {
                    assert_eq!(after.vostok_globals(), found.vostok_globals());
                    assert_eq!(after.vostok_properties(), found.vostok_properties());
                }
                "sentry" => {
                    let [a, b] = [&after, &found].map(trace_id);
                    let found = is_same_trace(a, b).then_some(&found);
                    assert_eq!(
                        after.sentry_trace(),
                        found.and_then(|found| found.sentry_trace())
                    );
                    assert_eq!(
                        after.sentry_dsc(),
                        found.and_then(|found| found.sentry_dsc())
                    );
                    let is_deferred = parent.as_ref().is_some_and(|parent| parent.is_deferred);
                    let mut sent = Lines::default();
                    member.inject_context(&after, &mut sent);
                    if let Some(sent) = sent.get("sentry-trace") {
                        let has_flag = sent.len() > "-".len() + 32 + 16;
                        assert_eq!(has_flag, !is_deferred, "{sent}");
                    }
                }
                // Other headers add entries to the same baggage.
                "baggage" if !self.has("jaeger") && !self.has("ottrace") => {
                    let lines = carrier.get_all("baggage").unwrap_or_default();
                    let mut expected = oracle::baggage::read(&lines, self.owners());
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

    /// Returns the statement of one format.
    fn statement(&self, name: &str, carrier: &dyn Extractor) -> Option<Statement> {
        let header = |name: &str| -> Header<'_> {
            (carrier.get(name), carrier.get_all(name).unwrap_or_default())
        };
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
            "b3" | "b3multi" => {
                let names = ["traceid", "spanid", "sampled", "flags"];
                let multi = names.map(|name| header(&format!("x-b3-{name}")));
                return other_formats::b3(&header("b3"), multi.each_ref());
            }
            "xray" => return other_formats::xray(&header("x-amzn-trace-id")),
            "jaeger" => return other_formats::jaeger(&header("uber-trace-id")),
            "ottrace" => {
                let names = ["traceid", "spanid", "sampled"];
                let headers = names.map(|name| header(&format!("ot-tracer-{name}")));
                return other_formats::ottrace(headers.each_ref());
            }
            // The application's own propagator reads nothing.
            _ => return None,
        };
        // Without a decision, the header of Sentry is a weak statement, and may be forwarded as one.
        let is_deferred = name == "sentry" && trace.sampled.is_none();
        Some(Statement {
            span_id: trace.span_id,
            sampled: trace.sampled,
            other_flags,
            trace_state,
            keep_deferred: is_deferred,
            is_weak: is_deferred,
            is_refused,
            ..Statement::new(trace.trace_id)
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
        let mut sentry = Vec::new();
        for (name, member) in &self.members {
            let mut written = Lines::default();
            member.inject_context(cx, &mut written);
            for (header, value) in written.0 {
                if header != "baggage" {
                    expected.set(&header, value);
                } else if name == "sentry" {
                    sentry = value.split(',').map(str::to_owned).collect();
                }
            }
        }
        let mut injected = invariants::inject(&self.composite, cx);
        self.check_round_trip(cx, &injected);
        assert_eq!(
            baggage::in_order(injected.get("baggage")),
            baggage::in_order(Some(&self.baggage(cx, sentry).join(",")))
        );
        injected.0.retain(|(name, _)| name != "baggage");
        assert_eq!(sorted(injected), sorted(expected));
    }

    /// Returns the members of `baggage` that the list writes. Sentry's come first. The members of
    /// the application follow, and then those of its own propagator, in the order of the list. What
    /// the second of them writes may repeat keys.
    fn baggage(&self, cx: &Context, sentry: Vec<String>) -> Vec<String> {
        let owners = self.owners();
        let mut entries = baggage::entries(cx);
        entries.retain(|key, _| oracle::baggage::owner(key, owners).is_none());
        let own_lines = [&*self.own_baggage];
        let own = oracle::baggage::scan(&own_lines, owners);
        let write = |name: &str, list: Vec<String>| match name {
            "baggage" => oracle::baggage::write(&list, &entries),
            _ => {
                let own = own.of(None).map(|member| member.sent.clone().into_owned());
                let all = list.into_iter().chain(own);
                oracle::baggage::within_limits(all, String::len).collect()
            }
        };
        let names = self.members.iter().map(|(name, _)| name.as_str());
        let mut writers = names.filter(|name| matches!(*name, "baggage" | OWN));
        let list = match writers.next() {
            Some(name) => write(name, sentry),
            None => sentry,
        };
        match writers.next().map(|name| write(name, Vec::new())) {
            Some(others) if !others.is_empty() => oracle::baggage::joined(&list, &others, owners),
            _ => list,
        }
    }

    /// Returns the prefixes of the keys that formats of the list own.
    fn owners(&self) -> &'static [&'static str] {
        match self.has("sentry") {
            true => &[oracle::sentry::OWNER],
            false => &[],
        }
    }

    fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(member, _)| member == name)
    }

    /// Checks that the ids are extracted again, regardless of the formats that carry them.
    fn check_round_trip(&self, cx: &Context, injected: &Lines) {
        let sent = invariants::held(cx);
        let names = self.members.iter().map(|(name, _)| name.as_str());
        let names: Vec<&str> = names
            .filter(|name| !matches!(*name, "baggage" | OWN))
            .collect();
        // OT trace sends only the lower half of the trace id.
        let expected = match names[..] {
            ["ottrace"] => trace_id(cx) as u64 as u128,
            _ => trace_id(cx),
        };
        let states_ids = !names.is_empty() && expected != 0;
        // A strict service does not continue a trace whose sampling context states no organization.
        if self.is_strict && self.has("sentry") {
            return;
        }
        let received = invariants::held(&invariants::extracted(&self.composite, injected));
        if states_ids && sent.is_valid() {
            assert_eq!(
                u128::from_be_bytes(received.trace_id().to_bytes()),
                expected
            );
            assert_eq!(received.span_id(), sent.span_id());
        } else {
            assert!(!received.is_valid(), "{received:?}");
        }
    }
}

fn trace_id(cx: &Context) -> u128 {
    u128::from_be_bytes(invariants::held(cx).trace_id().to_bytes())
}

/// Checks that a context contains nothing of the request.
fn assert_unchanged(after: &Context, before: &Context) {
    assert_eq!(invariants::held(after), invariants::held(before));
    assert_eq!(baggage::entries(after), baggage::entries(before));
    assert_eq!(after.vostok_globals(), before.vostok_globals());
    assert_eq!(after.vostok_properties(), before.vostok_properties());
    assert_eq!(after.sentry_trace(), None);
    assert_eq!(after.sentry_dsc(), None);
}

/// Checks the callers' spans in traces that are not continued.
fn assert_others(extracted: &Context, expected: &[Parent]) {
    let held = invariants::held(extracted);
    let mut found: Vec<_> = other_parents(extracted, &held)
        .iter()
        .map(|other| (invariants::ids(other), other.trace_flags().to_u8()))
        .collect();
    found.sort_unstable();
    let expected = expected
        .iter()
        .map(|other| (Some((other.trace_id, other.span_id)), other.flags));
    assert_eq!(found, expected.collect::<Vec<_>>());
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
