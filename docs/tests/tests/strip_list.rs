//! Compares the lists of headers in docs/guides/trust.md with the registry.

use std::collections::BTreeSet;

use opentelemetry_autoprop::known_formats;

const GUIDES: [&str; 2] = [
    include_str!("../../guides/trust.md"),
    include_str!("../../guides/ru/trust.md"),
];

/// Headers of Kontur that only other services read.
const OF_OTHERS: [&str; 2] = ["x-kontur-trace-parentspanid", "x-kontur-trace-profileid"];

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
    for read_only in [
        "_x_amzn_trace_id",
        "x-b3-flags",
        "x-b3-parentspanid",
        "request-priority",
    ] {
        assert!(expected.contains(read_only), "{read_only}");
    }
    expected.extend(OF_OTHERS);
    for guide in GUIDES {
        assert_eq!(
            listed(guide, "proxy_set_header ", " \"\";"),
            expected,
            "nginx"
        );
        let envoy = block_after(guide, "request_headers_to_remove:\n");
        assert_eq!(listed(envoy, "- ", ""), expected, "Envoy");
        assert_eq!(
            listed(guide, "http-request del-header ", ""),
            expected,
            "HAProxy"
        );
    }
}
