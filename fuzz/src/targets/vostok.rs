//! What the targets of Vostok's two headers have in common.

use opentelemetry::propagation::Extractor;
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_vostok::{Entries, VostokContextExt, VostokPropagator};
use propagator_oracle as oracle;

use crate::carrier::{self, Lines};
use crate::case::Case;
use crate::laws;

/// The options that both targets have.
pub(super) const OPTIONS: &[(&str, &[&str])] = &[
    ("held", laws::HELD),
    ("keep_globals", KEEP),
    ("keep_properties", KEEP),
    (
        "max_header_len",
        &["0", "100", "140", "192", "16384", "100000"],
    ),
    ("sample", &["true", "false"]),
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
    pub(super) keep_globals: Vec<&'a str>,
    pub(super) keep_properties: Vec<&'a str>,
    pub(super) max_header_len: usize,
    sample: bool,
}

impl<'a> Options<'a> {
    pub(super) fn of(case: &'a Case) -> Options<'a> {
        let list = |name, default: &[&'static str]| match case.option(name) {
            Some(_) => case.list(name),
            None => default.to_vec(),
        };
        Options {
            keep_globals: list("keep_globals", &["vostok.request.priority"]),
            keep_properties: list("keep_properties", &[]),
            max_header_len: case
                .option("max_header_len")
                .and_then(|length| length.parse().ok())
                .unwrap_or(16 * 1024),
            sample: case.flag("sample", true),
        }
    }

    fn propagator(&self) -> VostokPropagator {
        VostokPropagator::builder()
            .keep_globals(self.keep_globals.iter().copied())
            .keep_properties(self.keep_properties.iter().copied())
            .max_header_len(self.max_header_len)
            .sample(self.sample)
            .build()
    }
}

/// The context that a case starts from: `@held`, and what the application set.
fn initial(case: &Case) -> Context {
    let set = |name| {
        let mut entries = Entries::new();
        for entry in case.options(name) {
            let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
            entries.insert(name, value);
        }
        entries
    };
    let cx = laws::initial(case).with_vostok_globals(set("set_global"));
    cx.with_vostok_properties(set("set_property"))
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
    let globals = carrier
        .get("context-globals")
        .and_then(|value| oracle::vostok::globals(value, &options.keep_globals, limit));
    let properties = carrier
        .get("context-properties")
        .and_then(|value| oracle::vostok::properties(value, &options.keep_properties, limit));
    let told = globals.as_ref().and_then(|globals| {
        let (trace_id, span_id) = globals.trace.clone()?;
        Some(oracle::Told {
            trace_id,
            span_id,
            sampled: None,
        })
    });

    let before = initial(case);
    let after = laws::extract(&options.propagator(), &before, carrier, case.size());
    let expected = laws::joined(&laws::held(&before), told.as_ref(), options.sample);
    laws::assert_span_context(&laws::held(&before), &laws::held(&after), &expected);

    // A header that keeps nothing leaves what the context had.
    let kept = |kept: Option<Named>, before: &Entries| match kept {
        Some(kept) if !kept.is_empty() => kept,
        _ => named(before),
    };
    let globals = kept(globals.map(|globals| globals.kept), before.vostok_globals());
    let properties = kept(properties, before.vostok_properties());
    assert_eq!(named(after.vostok_globals()), globals);
    assert_eq!(named(after.vostok_properties()), properties);
    check_inject(&after);
}

/// The tracing entry first, then the globals; a header only where there is something to say; and
/// all of it comes back.
fn check_inject(cx: &Context) {
    let span = laws::held(cx);
    let mut globals = named(cx.vostok_globals());
    let properties = named(cx.vostok_properties());
    let names =
        |entries: &Named| -> Vec<String> { entries.iter().map(|(name, _)| name.clone()).collect() };
    let propagator = VostokPropagator::builder()
        .keep_globals(names(&globals))
        .keep_properties(names(&properties))
        .max_header_len(usize::MAX)
        .sample(span.is_sampled())
        .build();

    if span.is_valid() {
        let (trace_id, span_id) = (span.trace_id().to_string(), span.span_id().to_string());
        let tracing = oracle::vostok::write_tracing(&trace_id, &span_id);
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

    let injected = laws::inject(&propagator, cx);
    assert_eq!(injected.0, expected);
    laws::assert_round_trip(&propagator, cx, &injected);
    let again = laws::extracted(&propagator, &injected);
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

/// `Entries::decode` gives every entry of a sound header, and refuses any other.
pub(super) fn check_entries(header: &'static str, value: &str) {
    let decoded = laws::bounded(value.len(), || Entries::decode(header, value));
    if let Err(error) = &decoded {
        laws::assert_fit_for_a_log(error);
    }
    let entries = decoded.ok().map(|entries| {
        let pairs = entries.iter();
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    });
    assert_eq!(entries, oracle::vostok::entries(value));
}
