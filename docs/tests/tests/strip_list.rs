//! Compares the lists of headers in docs/guides/trust.md with the registry.

use std::collections::BTreeSet;

use opentelemetry_autoprop::known_formats;

const GUIDES: [&str; 2] = [
    include_str!("../../guides/trust.md"),
    include_str!("../../guides/ru/trust.md"),
];

/// Headers of Kontur that only other services read.
const OF_OTHERS: [&str; 2] = ["x-kontur-trace-parentspanid", "x-kontur-trace-profileid"];

/// What HAProxy needs after the beginning of a name.
const BY_PREFIX: &str = " -m beg";

/// Returns the names between `before` and `after` in the lines of a guide.
fn listed<'a>(guide: &'a str, before: &str, after: &str) -> BTreeSet<&'a str> {
    let name = |line: &'a str| line.strip_prefix(before)?.strip_suffix(after);
    guide.lines().filter_map(name).collect()
}

/// Returns the lines of the code block that follows the line `start`, without that line.
fn block_after<'a>(guide: &'a str, start: &str) -> &'a str {
    let (_, rest) = guide.split_once(start).expect("the guide has the block");
    rest.split("```").next().unwrap()
}

#[test]
fn strip_lists_contain_every_header_of_every_format() {
    let known = known_formats().iter().flat_map(|format| format.headers);
    let mut expected: BTreeSet<&str> = known.copied().collect();
    for read_only in ["x-b3-flags", "request-priority", "jaeger-baggage"] {
        assert!(expected.contains(read_only), "{read_only}");
    }
    expected.extend(OF_OTHERS);
    for guide in GUIDES {
        let nginx = listed(guide, "proxy_set_header ", " \"\";");
        assert_eq!(nginx, expected, "nginx");
        let envoy = block_after(guide, "request_headers_to_remove:\n");
        assert_eq!(listed(envoy, "- ", ""), expected, "Envoy");
        let mut haproxy = listed(guide, "http-request del-header ", "");
        haproxy.retain(|name| !name.ends_with(BY_PREFIX));
        assert_eq!(haproxy, expected, "HAProxy");
    }
}

#[test]
fn strip_lists_contain_every_prefix_of_every_format() {
    let known = known_formats()
        .iter()
        .flat_map(|format| format.header_prefixes);
    let expected: BTreeSet<&str> = known.copied().collect();
    assert!(expected.contains("uberctx-"));
    for guide in GUIDES {
        let nginx = listed(guide, "more_clear_input_headers '", "*';");
        assert_eq!(nginx, expected, "nginx");
        let envoy = "      - remove_on_match: {key_matcher: {prefix: ";
        assert_eq!(listed(guide, envoy, "}}"), expected, "Envoy");
        let haproxy = listed(guide, "http-request del-header ", BY_PREFIX);
        assert_eq!(haproxy, expected, "HAProxy");
    }
}
