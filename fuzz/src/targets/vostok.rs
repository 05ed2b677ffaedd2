//! Compares `Context-Globals`, `Context-Properties` and `Request-Priority` with
//! [`propagator_oracle::vostok`].

use opentelemetry::propagation::Extractor;
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_vostok::{Entries, VostokContextExt, VostokPropagator};
use propagator_oracle as oracle;

use crate::carrier::{self, Lines};
use crate::case::Case;
use crate::generate::{Grammar, Headers};
use crate::invariants;

/// The headers and options that the mutator inserts.
pub const GRAMMAR: Grammar = Grammar {
    formats: &[
        Headers::VostokGlobals,
        Headers::VostokProperties,
        Headers::VostokPriority,
    ],
    options: OPTIONS,
};

const OPTIONS: &[(&str, &[&str])] = &[
    ("held", invariants::HELD),
    ("allow_globals", KEEP),
    ("allow_properties", KEEP),
    (
        "max_header_len",
        &["0", "100", "140", "192", "16384", "100000"],
    ),
    ("max_injected_len", &["0", "100", "140", "180", "16384"]),
    ("sample_when_undecided", &["true", "false"]),
    ("allow_missing_span_id", &["true", "false"]),
    ("omit_unsampled_trace", &["true", "false"]),
    ("request_priority_header", &["true", "false"]),
    ("set_global", SET),
    ("set_property", SET),
];

const KEEP: &[&str] = &[
    "vostok.request.priority",
    "user.global,имя",
    "vostok.tracing.context,user.global,user.global",
];

const SET: &[&str] = &["user.global=66", "vostok.tracing.context=junk", "имя="];

/// Names with their values.
type Named = Vec<(String, Vec<u8>)>;

/// The options of a case. The defaults are those of the propagator.
struct Options<'a> {
    allow_globals: Vec<&'a str>,
    allow_properties: Vec<&'a str>,
    max_header_len: usize,
    max_injected_len: usize,
    sample_when_undecided: bool,
    allow_missing_span_id: bool,
    omit_unsampled_trace: bool,
    request_priority_header: bool,
}

impl<'a> Options<'a> {
    fn of(case: &'a Case) -> Options<'a> {
        let list = |name, default: &[&'static str]| match case.option(name) {
            Some(_) => case.list(name),
            None => default.to_vec(),
        };
        let limit = |name| {
            let limit = case.option(name).and_then(|limit| limit.parse().ok());
            limit.unwrap_or(16 * 1024)
        };
        Options {
            allow_globals: list("allow_globals", &[PRIORITY]),
            allow_properties: list("allow_properties", &[]),
            max_header_len: limit("max_header_len"),
            max_injected_len: limit("max_injected_len"),
            sample_when_undecided: case.flag("sample_when_undecided", true),
            allow_missing_span_id: case.flag("allow_missing_span_id", true),
            omit_unsampled_trace: case.flag("omit_unsampled_trace", false),
            request_priority_header: case.flag("request_priority_header", true),
        }
    }

    fn propagator(&self) -> VostokPropagator {
        VostokPropagator::builder()
            .allow_globals(self.allow_globals.iter().copied())
            .allow_properties(self.allow_properties.iter().copied())
            .max_header_len(self.max_header_len)
            .max_injected_len(self.max_injected_len)
            .sample_when_undecided(self.sample_when_undecided)
            .allow_missing_span_id(self.allow_missing_span_id)
            .omit_unsampled_trace(self.omit_unsampled_trace)
            .request_priority_header(self.request_priority_header)
            .build()
    }
}

/// The global that holds the request priority.
const PRIORITY: &str = "vostok.request.priority";

/// Returns the context before the extraction, with `@held` and the entries that the application
/// set.
fn initial(case: &Case) -> Context {
    let set = |name| {
        let mut entries = Entries::new();
        for entry in case.options(name) {
            let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
            entries.insert(name, value).expect("the entry is short");
        }
        entries
    };
    let cx = invariants::initial(case).with_vostok_globals(set("set_global"));
    cx.with_vostok_properties(set("set_property"))
}

/// Returns the statement of `Context-Globals`.
pub(super) fn stated(
    globals: &oracle::vostok::Globals,
    allow_missing_span_id: bool,
) -> Option<oracle::ExpectedTrace> {
    let (trace_id, span_id) = globals.trace?;
    (span_id.is_some() || allow_missing_span_id).then_some(oracle::ExpectedTrace {
        trace_id,
        span_id,
        sampled: None,
    })
}

/// Checks an input. Options: `@held`, `@set_global name=value`, `@set_property name=value`, and
/// those of the propagator's builder.
pub fn check(input: &[u8]) {
    let case = Case::parse(input);
    let options = Options::of(&case);
    options.check_extract(&case, &Lines::of(&case));
    options.check_extract(&case, &HeaderExtractor(&carrier::http_headers(&case)));
    options.check_inject(&initial(&case));
}

impl Options<'_> {
    fn check_extract(&self, case: &Case, carrier: &dyn Extractor) {
        let limit = self.max_header_len;
        let globals = carrier::first_value(carrier, "context-globals", |value| {
            oracle::vostok::globals(value, &self.allow_globals, limit)
        });
        let properties = carrier::first_value(carrier, "context-properties", |value| {
            oracle::vostok::properties(value, &self.allow_properties, limit)
        });
        let stated = globals
            .as_ref()
            .and_then(|globals| stated(globals, self.allow_missing_span_id));

        let before = initial(case);
        let after = invariants::extract(&self.propagator(), &before, carrier, case.size());
        let held = invariants::held(&before);
        let expected = invariants::replaced(&held, stated.as_ref(), self.sample_when_undecided);
        invariants::assert_span_context(&held, &invariants::held(&after), &expected);

        let mut globals = globals.map(|globals| globals.allowed).unwrap_or_default();
        self.add_priority(carrier, &mut globals);
        // Without allowed entries in the header, the context keeps its previous ones.
        let or_held = |read: Named, held: &Entries| match read.is_empty() {
            true => named(held),
            false => read,
        };
        let globals = or_held(globals, before.vostok_globals());
        let properties = or_held(properties.unwrap_or_default(), before.vostok_properties());
        assert_eq!(named(after.vostok_globals()), globals);
        assert_eq!(named(after.vostok_properties()), properties);
        self.check_inject(&after);
    }

    /// Adds the priority of `request-priority` if the globals contain no known priority.
    fn add_priority(&self, carrier: &dyn Extractor, globals: &mut Named) {
        let is_read = self.request_priority_header && self.allow_globals.contains(&PRIORITY);
        if !is_read || priority(globals).is_some() {
            return;
        }
        let read = |value: &str| oracle::vostok::read_priority(oracle::trim(value));
        if let Some(name) = carrier::first_value(carrier, "request-priority", read) {
            globals.retain(|(name, _)| name != PRIORITY);
            globals.push((PRIORITY.to_owned(), name.into()));
        }
    }

    /// Checks that the tracing entry is written first, followed by the entries that fit, and that a
    /// header without entries is not written.
    fn check_inject(&self, cx: &Context) {
        let span = invariants::held(cx);
        let globals = named(cx.vostok_globals());
        let properties = named(cx.vostok_properties());
        let tracing = invariants::ids(&span)
            .filter(|_| span.is_sampled() || !self.omit_unsampled_trace)
            .map(|(trace_id, span_id)| oracle::vostok::write_tracing(trace_id, span_id))
            .map(|tracing| (oracle::vostok::TRACING.to_owned(), tracing.into_bytes()));

        let limit = self.max_injected_len;
        let mut expected = Vec::new();
        let all: Named = tracing.into_iter().chain(globals.iter().cloned()).collect();
        for (header, entries) in [
            ("context-globals", &all),
            ("context-properties", &properties),
        ] {
            let entries = entries.iter();
            let entries = entries.map(|(name, value)| (name.as_str(), value.as_slice()));
            let fitting = oracle::vostok::fitting(entries, 0, limit);
            if !fitting.is_empty() {
                let value = oracle::vostok::write(fitting);
                assert!(value.len() <= limit);
                expected.push((header.to_owned(), value));
            }
        }
        if let Some(name) = priority(&globals).filter(|_| self.request_priority_header) {
            expected.push(("request-priority".to_owned(), name.to_owned()));
        }
        assert_eq!(invariants::inject(&self.propagator(), cx).0, expected);
        check_round_trip(cx, &globals, &properties);
    }
}

/// Checks that all entries that are written without limits are read again.
fn check_round_trip(cx: &Context, globals: &Named, properties: &Named) {
    let names =
        |entries: &Named| -> Vec<String> { entries.iter().map(|(name, _)| name.clone()).collect() };
    let propagator = VostokPropagator::builder()
        .allow_globals(names(globals))
        .allow_properties(names(properties))
        .max_header_len(usize::MAX)
        .max_injected_len(usize::MAX)
        .sample_when_undecided(invariants::held(cx).is_sampled())
        .build();
    let injected = invariants::inject(&propagator, cx);
    invariants::assert_round_trip(&propagator, cx, &injected);
    let again = invariants::extracted(&propagator, &injected);
    assert_eq!(again.vostok_globals(), cx.vostok_globals());
    assert_eq!(again.vostok_properties(), cx.vostok_properties());
}

/// Returns the known priority among globals.
fn priority(globals: &Named) -> Option<&'static str> {
    let (_, value) = globals.iter().find(|(name, _)| name == PRIORITY)?;
    oracle::vostok::read_priority(std::str::from_utf8(value).ok()?)
}

/// Returns all entries. Names are text, because they come from an allow-list or the application.
fn named(entries: &Entries) -> Named {
    entries
        .iter()
        .map(|(name, value)| {
            let name = std::str::from_utf8(name).expect("the name is text");
            assert_eq!(entries.get(name), Some(value));
            (name.to_owned(), value.to_owned())
        })
        .collect()
}
