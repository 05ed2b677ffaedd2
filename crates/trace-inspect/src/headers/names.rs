//! The known names, in all their spellings.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use opentelemetry_autoprop::known_formats;
use opentelemetry_propagator_kontur::header::{PARENT_SPAN_ID, PROFILE_ID};

use super::line_before;

/// The name that Vostok's services give the trace id of a response.
pub(crate) const TRACE_ID: &str = "trace-id";

/// The header in which W3C's draft returns the trace of a response.
pub(crate) const SERVER_TIMING: &str = "server-timing";

/// Jaeger's own header, which its clients wrote before OpenTelemetry.
pub(crate) const UBER_TRACE_ID: &str = "uber-trace-id";

/// Headers that no propagator reads, but that contain facts about a trace.
const ONLY_SHOWN: [&str; 4] = [PARENT_SPAN_ID, PROFILE_ID, TRACE_ID, SERVER_TIMING];

/// Names of environment variables that the rule for spellings does not cover.
const VARIABLES: [(&str, &str); 2] = [
    ("sentry_baggage", "baggage"),
    ("_x_amzn_trace_id", "x-amzn-trace-id"),
];

/// The field with the upper 64 bits of Datadog's trace id.
pub(super) const DATADOG_UPPER: &str = "_dd.p.tid";

/// What a name of a log field or of a foreign header is followed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// A trace id in any spelling. Other words may precede it: `otelTraceID`.
    Id,
    /// A long trace id, if punctuation precedes the name, which also occurs in prose.
    Trace,
    /// .NET's `|<trace id>.<span id>.`.
    RequestId,
    /// SkyWalking's list, whose second item is the id in Base64.
    SkyWalking,
}

const LABELS: [(&str, Label); 17] = [
    ("trace_id", Label::Id),
    ("traceid", Label::Id),
    ("trace.id", Label::Id),
    ("trace id", Label::Id),
    ("sentry-trace_id", Label::Id),
    ("x-trace-id", Label::Id),
    ("@tr", Label::Id),
    ("operation_id", Label::Id),
    ("x-cloud-trace-context", Label::Id),
    ("x-datadog-trace-id", Label::Id),
    ("awstraceheader", Label::Id),
    ("traceresponse", Label::Id),
    ("trace", Label::Trace),
    ("request-id", Label::RequestId),
    (DATADOG_UPPER, Label::Id),
    ("sw8", Label::SkyWalking),
    // Of New Relic's JSON, which is in Base64.
    ("\"tr\"", Label::Trace),
];

/// Beginnings of Base64 without a name: an envelope, JSON, the name `traceparent`, an export of
/// Burp.
const BASE64: [&str; 4] = ["aaa", "eyj", "dhjhy2vwyxjlbnq", "base64=\"true\""];

/// Returns the names of all known headers, each once.
pub(super) fn all() -> &'static BTreeSet<&'static str> {
    static ALL: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
        let formats = known_formats().iter();
        let headers = formats.flat_map(|format| format.headers).copied();
        let is_variable = |name: &&str| VARIABLES.iter().any(|(variable, _)| variable == name);
        let headers = headers.filter(|name| !is_variable(name));
        headers.chain(ONLY_SHOWN).collect()
    });
    &ALL
}

/// What a known name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A header, in lower case, with hyphens.
    Header(&'static str),
    /// A header for an entry of baggage, whose name begins with a prefix of a format.
    Prefix,
    Label(Label),
}

/// A known name in a text.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) name: Name,
    pub(super) at: Range<usize>,
}

/// Finds the known names, and the name for each of its patterns. Those of Base64 have none.
static NAMES: LazyLock<(AhoCorasick, Vec<Option<Name>>)> = LazyLock::new(|| {
    let header = |text: &str, name| (text.to_owned(), Some(Name::Header(name)));
    let mut patterns: Vec<_> = all().iter().map(|name| header(name, name)).collect();
    // `trace_id` is a field of logs.
    let names = all().iter();
    let hyphenated = names.filter(|name| name.contains('-') && **name != TRACE_ID);
    patterns.extend(hyphenated.map(|name| header(&name.replace('-', "_"), name)));
    patterns.extend(VARIABLES.map(|(variable, name)| header(variable, name)));
    patterns.extend(LABELS.map(|(name, label)| (name.to_owned(), Some(Name::Label(label)))));
    let formats = known_formats().iter();
    let prefixes = formats.flat_map(|format| format.header_prefixes);
    patterns.extend(prefixes.map(|prefix| ((*prefix).to_owned(), Some(Name::Prefix))));
    patterns.extend(BASE64.map(|text| (text.to_owned(), None)));
    let (patterns, names): (Vec<_>, _) = patterns.into_iter().unzip();
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::DFA))
        .build(patterns)
        .expect("a few short patterns");
    (automaton, names)
});

/// Finds the known names in a text, in either case, with hyphens or underscores.
pub(super) fn find(text: &str) -> impl Iterator<Item = Found> + '_ {
    NAMES.0.find_iter(text).filter_map(move |found| {
        let line = line_before(text, found.start());
        let prefix = &line[line.trim_end_matches(is_name_char).len()..];
        let name = match NAMES.1[found.pattern()]? {
            Name::Header(TRACE_ID) if !prefix.is_empty() => Name::Label(Label::Id),
            name => name,
        };
        let max = if name == Name::Prefix { MAX_LEN } else { 0 };
        let rest = super::bounded(&text[found.end()..], max);
        let suffix = rest.find(|c| !is_name_char(c)).unwrap_or(rest.len());
        let (after, label) = (&text[found.end() + suffix..], &text[found.range()]);
        let is_whole = match name {
            _ if after.starts_with(is_name_char) => false,
            // Other words may precede it, or a part of such a word.
            Name::Label(Label::Id) => prefix.is_empty() || !label.starts_with('@'),
            Name::Label(Label::Trace) => prefix.is_empty() && is_field(line, after),
            Name::Label(_) => prefix.is_empty(),
            Name::Header(_) | Name::Prefix => prefix.is_empty() || is_cgi_prefix(prefix),
        };
        let is_label = matches!(name, Name::Label(_));
        let before = if is_label { prefix.len() } else { 0 };
        is_whole.then_some(Found {
            name,
            at: found.start() - before..found.end() + suffix,
        })
    })
}

/// How many characters of a name are read after a prefix. A limit keeps the search linear.
const MAX_LEN: usize = 40;

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// Whether characters before a header's name are those of CGI: `HTTP_`, `$upstream_http_`.
fn is_cgi_prefix(prefix: &str) -> bool {
    let prefix = prefix.to_ascii_lowercase();
    prefix.ends_with("http_") || prefix.ends_with("http-")
}

/// Whether a word of prose is the name of a field: `"trace":`, `trace=`, `Trace:`.
fn is_field(before: &str, after: &str) -> bool {
    let before = before.trim_end_matches(' ');
    let is_label = after.trim_start().starts_with(':') && !before.ends_with(char::is_alphanumeric);
    after.starts_with(['"', '=']) || is_label
}

/// Whether a text may contain a known name, an id, or Base64 of either.
pub(super) fn is_hit(text: &str) -> bool {
    NAMES.0.is_match(text) || has_digits(text)
}

/// Whether a text contains 16 hex digits in a row, with hyphens or without.
///
/// Only every 16th byte is examined, since such a row contains at least one of these.
fn has_digits(text: &str) -> bool {
    const LEN: usize = 16;
    let bytes = text.as_bytes();
    let is_digit = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b'-';
    (LEN - 1..bytes.len()).step_by(LEN).any(|at| {
        is_digit(&&bytes[at]) && {
            let (before, after) = bytes.split_at(at);
            let before = before.iter().rev().take(LEN).take_while(is_digit);
            let after = after.iter().take(LEN).take_while(is_digit);
            before.count() + after.count() >= LEN
        }
    })
}

/// Returns the header that a key of a map stands for, such as `http.request.header.traceparent`.
pub(super) fn header_of(key: &str) -> Option<&'static str> {
    let key = key.trim();
    // The longest key is a name with a prefix.
    let found = find(super::bounded(key, 100)).find(|found| found.at.end == key.len())?;
    let before = &key[..found.at.start];
    let is_prefix = before.is_empty() || before.ends_with(['.', ':', '$', '_', '-', '/']);
    match found.name {
        Name::Header(name) if is_prefix => Some(name),
        _ => None,
    }
}

/// Whether a text is the name of a header or of a log field.
pub(super) fn is_name(text: &str) -> bool {
    let mut labels = LABELS.iter();
    labels.any(|(label, _)| label.eq_ignore_ascii_case(text)) || header_of(text).is_some()
}

/// Whether a text contains a known name.
pub(super) fn has_name(text: &str) -> bool {
    find(text).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> Vec<&str> {
        let names = find(text).filter_map(|found| match found.name {
            Name::Header(name) => Some(name),
            _ => None,
        });
        names.collect()
    }

    #[test]
    fn find_knows_the_spellings_of_a_name() {
        for text in [
            "traceparent",
            "Traceparent:",
            "HTTP_TRACEPARENT=",
            "$upstream_http_traceparent",
            "http.request.header.traceparent",
            "\"traceparent\"",
        ] {
            assert_eq!(headers(text), ["traceparent"], "{text}");
        }
        let names = "X_KONTUR_TRACE_ID SENTRY_TRACE SENTRY_BAGGAGE _X_AMZN_TRACE_ID http_b3";
        let expected = [
            "x-kontur-trace-id",
            "sentry-trace",
            "baggage",
            "x-amzn-trace-id",
            "b3",
        ];
        assert_eq!(headers(names), expected);
    }

    #[test]
    fn find_skips_parts_of_other_names() {
        for text in [
            "X-Trace-Id",
            "trace_id",
            "traceparent2",
            "elastic-apm-traceparent",
            "my-baggage",
            "x-kontur-trace-id-2",
            "nb3",
        ] {
            assert_eq!(headers(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn find_takes_a_word_of_prose_for_no_label() {
        let is_found = |text: &str| find(text).next().is_some();
        for text in [
            "Trace: 1",
            ". Trace: 1",
            "x trace=1",
            "\"trace\": 1",
            "otelTraceID=1",
        ] {
            assert!(is_found(text), "{text}");
        }
        for text in [
            "Java stack trace: 1",
            "traces: 1",
            "a trace of it",
            "query = 1",
            "x-request-id: 1",
        ] {
            assert!(!is_found(text), "{text}");
        }
    }

    #[test]
    fn header_of_takes_the_end_of_a_key() {
        for (key, name) in [
            ("http.request.header.traceparent", Some("traceparent")),
            ("Sentry-Trace", Some("sentry-trace")),
            ("traceparent.note", None),
            ("trace_id", None),
        ] {
            assert_eq!(header_of(key), name, "{key}");
        }
    }
}
