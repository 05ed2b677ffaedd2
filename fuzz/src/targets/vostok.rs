//! What the targets of Vostok's two headers have in common.

use opentelemetry::propagation::Extractor;
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_vostok::{Entries, VostokContextExt, VostokPropagator};
use propagator_oracle as oracle;

use crate::carrier::{self, Lines};
use crate::case::Case;
use crate::invariants;

/// The options that both targets have.
pub(super) const OPTIONS: &[(&str, &[&str])] = &[
    ("held", invariants::HELD),
    ("allow_globals", KEEP),
    ("allow_properties", KEEP),
    (
        "max_header_len",
        &["0", "100", "140", "192", "16384", "100000"],
    ),
    ("sample_when_undecided", &["true", "false"]),
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

/// The options of a case, the defaults being the propagator's.
pub(super) struct Options<'a> {
    pub(super) allow_globals: Vec<&'a str>,
    pub(super) allow_properties: Vec<&'a str>,
    pub(super) max_header_len: usize,
    sample_when_undecided: bool,
}

impl<'a> Options<'a> {
    pub(super) fn of(case: &'a Case) -> Options<'a> {
        let list = |name, default: &[&'static str]| match case.option(name) {
            Some(_) => case.list(name),
            None => default.to_vec(),
        };
        Options {
            allow_globals: list("allow_globals", &["vostok.request.priority"]),
            allow_properties: list("allow_properties", &[]),
            max_header_len: case
                .option("max_header_len")
                .and_then(|length| length.parse().ok())
                .unwrap_or(16 * 1024),
            sample_when_undecided: case.flag("sample_when_undecided", true),
        }
    }

    fn propagator(&self) -> VostokPropagator {
        VostokPropagator::builder()
            .allow_globals(self.allow_globals.iter().copied())
            .allow_properties(self.allow_properties.iter().copied())
            .max_header_len(self.max_header_len)
            .sample_when_undecided(self.sample_when_undecided)
            .build()
    }
}

/// The context that a case starts from: `@held`, and what the application set.
fn initial(case: &Case) -> Context {
    let set = |name| {
        let mut entries = Entries::new();
        for entry in case.options(name) {
            let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
            entries.insert(name, value).expect("a short entry");
        }
        entries
    };
    let cx = invariants::initial(case).with_vostok_globals(set("set_global"));
    cx.with_vostok_properties(set("set_property"))
}

/// What `Context-Globals` states.
pub(super) fn stated(globals: &oracle::vostok::Globals) -> Option<oracle::ExpectedTrace> {
    let (trace_id, span_id) = globals.trace?;
    Some(oracle::ExpectedTrace {
        trace_id,
        span_id: Some(span_id),
        sampled: None,
    })
}

/// Extracts from both carriers, and injects what was extracted.
pub(super) fn check(case: &Case) {
    check_extract(case, &Lines::of(case));
    check_extract(case, &HeaderExtractor(&carrier::http_headers(case)));
    check_inject(&initial(case));
}

fn check_extract(case: &Case, carrier: &dyn Extractor) {
    let options = Options::of(case);
    let limit = options.max_header_len;
    let globals = carrier::first_value(carrier, "context-globals", |value| {
        oracle::vostok::globals(value, &options.allow_globals, limit)
    });
    let properties = carrier::first_value(carrier, "context-properties", |value| {
        oracle::vostok::properties(value, &options.allow_properties, limit)
    });
    let stated = globals.as_ref().and_then(stated);

    let before = initial(case);
    let after = invariants::extract(&options.propagator(), &before, carrier, case.size());
    let expected = invariants::replaced(
        &invariants::held(&before),
        stated.as_ref(),
        options.sample_when_undecided,
    );
    invariants::assert_span_context(
        &invariants::held(&before),
        &invariants::held(&after),
        &expected,
    );

    // A header that keeps nothing leaves what the context had.
    let kept = |kept: Option<Named>, before: &Entries| match kept {
        Some(kept) if !kept.is_empty() => kept,
        _ => named(before),
    };
    let globals = kept(
        globals.map(|globals| globals.allowed),
        before.vostok_globals(),
    );
    let properties = kept(properties, before.vostok_properties());
    assert_eq!(named(after.vostok_globals()), globals);
    assert_eq!(named(after.vostok_properties()), properties);
    check_inject(&after);
}

/// The tracing entry is written first, then the globals. A header without entries is not written.
/// Everything is read back.
fn check_inject(cx: &Context) {
    let span = invariants::held(cx);
    let mut globals = named(cx.vostok_globals());
    let properties = named(cx.vostok_properties());
    let names =
        |entries: &Named| -> Vec<String> { entries.iter().map(|(name, _)| name.clone()).collect() };
    let propagator = VostokPropagator::builder()
        .allow_globals(names(&globals))
        .allow_properties(names(&properties))
        .max_header_len(usize::MAX)
        .sample_when_undecided(span.is_sampled())
        .build();

    if let Some((trace_id, span_id)) = invariants::ids(&span) {
        let tracing = oracle::vostok::write_tracing(trace_id, span_id);
        globals.insert(0, (oracle::vostok::TRACING.to_owned(), tracing.into()));
    }
    let expected: Vec<(String, String)> = [
        ("context-globals", &globals),
        ("context-properties", &properties),
    ]
    .into_iter()
    .filter(|(_, entries)| !entries.is_empty())
    .map(|(name, entries)| (name.to_owned(), written(entries)))
    .collect();

    let injected = invariants::inject(&propagator, cx);
    assert_eq!(injected.0, expected);
    invariants::assert_round_trip(&propagator, cx, &injected);
    let again = invariants::extracted(&propagator, &injected);
    assert_eq!(again.vostok_globals(), cx.vostok_globals());
    assert_eq!(again.vostok_properties(), cx.vostok_properties());
}

fn written(entries: &Named) -> String {
    let entries = entries.iter();
    oracle::vostok::write(entries.map(|(name, value)| (name.as_str(), value.as_slice())))
}

/// Every entry, by what [`Entries`] gives out; names are text since a list or the application
/// named them.
pub(super) fn named(entries: &Entries) -> Named {
    entries
        .iter()
        .map(|(name, value)| {
            let name = std::str::from_utf8(name).expect("a name from a list");
            assert_eq!(entries.get(name), Some(value));
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// `Entries::decode` returns every entry of a valid header, and refuses any other.
pub(super) fn check_entries(header: &'static str, value: &str) {
    let decoded = invariants::bounded(value.len(), || Entries::decode(header, value));
    if let Err(error) = &decoded {
        invariants::assert_safe_to_log(error);
    }
    let entries = decoded.ok().map(|entries| {
        let pairs = entries.iter();
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    });
    assert_eq!(entries, oracle::vostok::entries(value));
}
