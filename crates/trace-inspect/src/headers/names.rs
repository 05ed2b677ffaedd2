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
const ONLY_SHOWN: [&str; 5] = [
    PARENT_SPAN_ID,
    PROFILE_ID,
    TRACE_ID,
    SERVER_TIMING,
    UBER_TRACE_ID,
];

/// Names of environment variables that the rule for spellings does not cover.
const VARIABLES: [(&str, &str); 2] = [
    ("sentry_baggage", "baggage"),
    ("_x_amzn_trace_id", "x-amzn-trace-id"),
];

/// Returns all known names, each once.
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

/// A known name in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// The name, in lower case, with hyphens.
    pub(super) name: &'static str,
    pub(super) start: usize,
    pub(super) end: usize,
}

struct Names {
    automaton: AhoCorasick,
    /// The name for each pattern of the automaton.
    names: Vec<&'static str>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut patterns = Vec::new();
    for &name in all() {
        patterns.push((name.to_owned(), name));
        if name.contains('-') {
            patterns.push((name.replace('-', "_"), name));
        }
    }
    patterns.extend(VARIABLES.map(|(variable, name)| (variable.to_owned(), name)));
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(patterns.iter().map(|(pattern, _)| pattern))
        .expect("a few short patterns");
    let names = patterns.into_iter().map(|(_, name)| name).collect();
    Names { automaton, names }
});

/// Finds the known names in a text, in either case, with hyphens or underscores.
pub(super) fn find(text: &str) -> impl Iterator<Item = Found> + '_ {
    NAMES.automaton.find_iter(text).filter_map(move |found| {
        let (start, end) = (found.start(), found.end());
        let is_whole = !text[end..].starts_with(is_of_name) && begins_name(&text[..start]);
        is_whole.then(|| Found {
            name: NAMES.names[found.pattern()],
            start,
            end,
        })
    })
}

/// Whether a text contains a known name.
pub(super) fn contains(text: &str) -> bool {
    find(text).next().is_some()
}

/// Returns the known name that a key of a map stands for: `http.request.header.traceparent`.
pub(super) fn canonical(key: &str) -> Option<&'static str> {
    let key = key.trim();
    // The longest key is a name with a prefix.
    if key.len() > 100 {
        return None;
    }
    let found = find(key).find(|found| found.end == key.len())?;
    let before = &key[..found.start];
    let is_prefix = before.is_empty() || before.ends_with(['.', ':', '$', '_', '-', '/']);
    is_prefix.then_some(found.name)
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// Whether a name may begin after this text: after a character that is not part of a name, after
/// `HTTP_` as in CGI, or after `\n` as in an escaped string.
fn begins_name(before: &str) -> bool {
    /// The longest prefix is `upstream_http_`. A limit keeps the search linear.
    const MAX_LEN: usize = 16;
    let bytes = before.as_bytes();
    let is_of_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let len = bytes
        .iter()
        .rev()
        .take(MAX_LEN)
        .take_while(is_of_name)
        .count();
    let (rest, run) = bytes.split_at(bytes.len() - len);
    match run {
        [] => true,
        [b'n' | b'r' | b't'] => rest.ends_with(b"\\"),
        _ => [b"http_", b"http-"]
            .iter()
            .any(|prefix| run.len() >= 5 && run[len - 5..].eq_ignore_ascii_case(*prefix)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_knows_the_spellings_of_a_name() {
        for text in [
            "traceparent",
            "Traceparent:",
            "HTTP_TRACEPARENT=",
            "$upstream_http_traceparent",
            r"\r\nTRACEPARENT: ",
            "http.request.header.traceparent",
            "\"traceparent\"",
        ] {
            let found: Vec<_> = find(text).map(|found| found.name).collect();
            assert_eq!(found, ["traceparent"], "{text}");
        }
        let names = "X_KONTUR_TRACE_ID SENTRY_TRACE SENTRY_BAGGAGE _X_AMZN_TRACE_ID http_b3";
        let found: Vec<_> = find(names).map(|found| found.name).collect();
        let expected = [
            "x-kontur-trace-id",
            "sentry-trace",
            "baggage",
            "x-amzn-trace-id",
            "b3",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn find_skips_parts_of_other_names() {
        for text in [
            "X-Trace-Id",
            "traceparent2",
            "sentry-trace_id",
            "my-baggage",
            "x-kontur-trace-id-2",
            "nb3",
        ] {
            assert_eq!(find(text).count(), 0, "{text}");
        }
    }

    #[test]
    fn canonical_needs_the_name_at_the_end_of_the_key() {
        assert_eq!(canonical("http.request.header.baggage"), Some("baggage"));
        assert_eq!(
            canonical("HTTP_X_KONTUR_TRACE_ID"),
            Some("x-kontur-trace-id")
        );
        assert_eq!(canonical("traceparent: 00"), None);
        assert_eq!(canonical("about baggage"), None);
    }
}
