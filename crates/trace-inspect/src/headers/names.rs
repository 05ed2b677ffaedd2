//! The known names, in all their spellings.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use opentelemetry_autoprop::known_formats;
use opentelemetry_propagator_kontur::header::{PARENT_SPAN_ID, PROFILE_ID};

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

/// What a name of a log field or of a foreign header is followed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// A trace id in any spelling. Other words may precede it: `otelTraceID`.
    Id,
    /// A long trace id, if punctuation precedes the name, which also occurs in prose.
    Trace,
    /// A long trace id in quotes: a query of Grafana.
    Query,
    /// .NET's `|<trace id>.<span id>.`.
    RequestId,
    /// The upper 64 bits of Datadog's trace id.
    Upper,
    /// SkyWalking's list, whose second item is the id in Base64.
    SkyWalking,
    /// New Relic's JSON in Base64.
    NewRelic,
}

const LABELS: [(&str, Label); 18] = [
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
    ("query", Label::Query),
    ("request-id", Label::RequestId),
    ("_dd.p.tid", Label::Upper),
    ("sw8", Label::SkyWalking),
    ("newrelic", Label::NewRelic),
];

/// Beginnings of Base64 without a name: an envelope, JSON, the name `traceparent`, an export of
/// Burp.
const BASE64: [&str; 4] = ["aaa", "eyj", "dhjhy2vwyxjlbnq", "base64=\"true\""];

/// Returns the names of all known headers, each once.
pub(super) fn all() -> &'static [&'static str] {
    static ALL: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let mut names: Vec<&str> = Vec::new();
        let of_formats = known_formats().iter().flat_map(|format| format.headers);
        let is_variable = |name: &str| VARIABLES.iter().any(|(variable, _)| *variable == name);
        for name in of_formats.chain(&ONLY_SHOWN) {
            if !names.contains(name) && !is_variable(name) {
                names.push(name);
            }
        }
        names
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
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) name: Name,
    pub(super) start: usize,
    pub(super) end: usize,
}

struct Names {
    automaton: AhoCorasick,
    /// The name for each pattern of the automaton. Those of Base64 have none.
    names: Vec<Option<Name>>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut patterns: Vec<(String, Option<Name>)> = Vec::new();
    for &name in all() {
        patterns.push((name.to_owned(), Some(Name::Header(name))));
        // `trace_id` is a field of logs.
        if name.contains('-') && name != TRACE_ID {
            patterns.push((name.replace('-', "_"), Some(Name::Header(name))));
        }
    }
    let variables =
        VARIABLES.map(|(variable, name)| (variable.to_owned(), Some(Name::Header(name))));
    patterns.extend(variables);
    patterns.extend(LABELS.map(|(name, label)| (name.to_owned(), Some(Name::Label(label)))));
    let prefixes = known_formats()
        .iter()
        .flat_map(|format| format.header_prefixes);
    patterns.extend(prefixes.map(|prefix| ((*prefix).to_owned(), Some(Name::Prefix))));
    patterns.extend(BASE64.map(|text| (text.to_owned(), None)));
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(aho_corasick::AhoCorasickKind::DFA))
        .build(patterns.iter().map(|(pattern, _)| pattern))
        .expect("a few short patterns");
    let names = patterns.into_iter().map(|(_, name)| name).collect();
    Names { automaton, names }
});

/// Finds the known names in a text, in either case, with hyphens or underscores.
pub(super) fn find(text: &str) -> impl Iterator<Item = Found> + '_ {
    NAMES.automaton.find_iter(text).filter_map(move |found| {
        let start = found.start();
        let before = before(&text[..start]);
        let name = match NAMES.names[found.pattern()]? {
            Name::Header(TRACE_ID) if !before.is_empty() => Name::Label(Label::Id),
            name => name,
        };
        let rest = super::bounded(&text[found.end()..], MAX_LEN);
        let end = match name {
            Name::Prefix => found.end() + rest.find(|c| !is_of_name(c)).unwrap_or(rest.len()),
            _ => found.end(),
        };
        if text[end..].starts_with(is_of_name) {
            return None;
        }
        let is_whole = match name {
            _ if before.is_empty() => true,
            Name::Header(_) | Name::Prefix => is_prefix(before),
            // Other words may precede it, or a part of such a word.
            Name::Label(label) => label == Label::Id && !text[start..].starts_with('@'),
        };
        let start = if matches!(name, Name::Label(_)) {
            start - before.len()
        } else {
            start
        };
        (is_whole && is_in_place(name, &text[..start], &text[end..])).then_some(Found {
            name,
            start,
            end,
        })
    })
}

/// How many characters of a name are read before a known name, or after a prefix. A limit keeps the
/// search linear.
const MAX_LEN: usize = 40;

/// Returns the characters of a name before a position.
fn before(text: &str) -> &str {
    let bytes = text.as_bytes().iter().rev().take(MAX_LEN);
    let len = bytes.take_while(|b| is_of_name(char::from(**b))).count();
    &text[text.len() - len..]
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// Whether characters before a header's name are those of CGI: `HTTP_`, `$upstream_http_`.
fn is_prefix(before: &str) -> bool {
    let before = before.to_ascii_lowercase();
    before.ends_with("http_") || before.ends_with("http-")
}

/// Whether a name that is also a word of prose stands where a field does.
fn is_in_place(name: Name, before: &str, after: &str) -> bool {
    match name {
        Name::Label(Label::Trace) => {
            let is_word = before
                .trim_end_matches(' ')
                .ends_with(char::is_alphanumeric);
            after.starts_with(['"', '=']) || after.trim_start().starts_with(':') && !is_word
        }
        Name::Label(Label::Query) => after.starts_with('"'),
        _ => true,
    }
}

/// Whether a text may contain a known name, an id, or Base64 of either.
pub(super) fn is_hit(text: &str) -> bool {
    NAMES.automaton.is_match(text) || has_digits(text)
}

/// Whether a text contains 16 hex digits in a row, with hyphens or without.
///
/// Only every 16th byte is examined, since such a row contains at least one of these.
fn has_digits(text: &str) -> bool {
    const LEN: usize = 16;
    let bytes = text.as_bytes();
    let is_of_id = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b'-';
    (LEN - 1..bytes.len()).step_by(LEN).any(|at| {
        let (before, after) = bytes.split_at(at);
        is_of_id(&&bytes[at]) && {
            let before = before.iter().rev().take(LEN).take_while(is_of_id);
            let after = after.iter().take(LEN).take_while(is_of_id);
            before.count() + after.count() >= LEN
        }
    })
}

/// Returns the header that a key of a map stands for, such as `http.request.header.traceparent`.
pub(super) fn header_of(key: &str) -> Option<&'static str> {
    let key = key.trim();
    // The longest key is a name with a prefix.
    if key.len() > 100 {
        return None;
    }
    let found = find(key).find(|found| found.end == key.len())?;
    let before = &key[..found.start];
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
