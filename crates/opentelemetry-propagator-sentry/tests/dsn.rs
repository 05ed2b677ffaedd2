//! Tests of the DSN parser, by examples and by comparison with the parser of Sentry's SDK.

use std::net::Ipv6Addr;

use opentelemetry_propagator_sentry::Dsn;
use proptest::prelude::*;

fn parse(text: &str) -> Dsn {
    text.parse()
        .unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// Compares a parsed DSN with the result of Sentry's parser.
fn assert_agrees(dsn: &Dsn, text: &str) {
    let theirs: sentry_types::Dsn = text
        .parse()
        .unwrap_or_else(|error| panic!("Sentry's parser rejects {text:?}: {error}"));
    assert_eq!(dsn.public_key(), theirs.public_key(), "{text:?}");
    // Sentry's type holds an organization ID in 64 bits.
    if let Some(org_id) = theirs.org_id() {
        let ours = dsn.org_id().expect(text).trim_start_matches('0');
        assert_eq!(ours, org_id.to_string().trim_start_matches('0'), "{text:?}");
    } else if let Some(org_id) = dsn.org_id() {
        org_id
            .parse::<u64>()
            .expect_err("the number fits in 64 bits");
    }
}

#[test]
fn dsn_accepts_every_optional_part() {
    for (text, org_id) in [
        ("https://key@o447951.ingest.sentry.io/1", Some("447951")),
        ("HTTPS://key:@O1.Ingest.DE.Sentry.io:443/1/", Some("1")),
        (
            "http://key:secret@localhost:9000/a/b/shop?timeout=5#x",
            None,
        ),
        ("http://key@127.0.0.1:080/23%21", None),
        ("https://key@[2001:DB8:0::1]:8443//a//1//", None),
        ("https://key@[::ffff:1.2.3.4]/1", None),
    ] {
        let dsn = parse(text);
        assert_eq!(dsn.public_key(), "key");
        assert_eq!(dsn.org_id(), org_id, "{text:?}");
        assert_agrees(&dsn, text);
    }
}

#[test]
fn dsn_org_id_is_derived_from_an_ingest_host() {
    for (host, org_id) in [
        ("o447951.ingest.sentry.io", Some("447951")),
        ("o1.ingest.us.sentry.io", Some("1")),
        ("o1.ingest.de.sentry.io", Some("1")),
        ("sentry.io", None),
        ("o1.sentry.io", None),
        ("o.ingest.sentry.io", None),
        ("oops.ingest.sentry.io", None),
        ("o1.ingest.a.b.sentry.io", None),
        ("o1.ingest.notsentry.io", None),
        ("sentry.example.com", None),
        ("o1.ingest.sentry.io.example.com", None),
    ] {
        let text = format!("https://key@{host}/1");
        let dsn = parse(&text);
        assert_eq!(dsn.org_id(), org_id, "{host}");
        assert_agrees(&dsn, &text);
    }
}

#[test]
fn dsn_debug_hides_the_secret() {
    let dsn = format!("{:?}", parse("https://key:secret@sentry.io/1"));
    assert!(dsn.contains("key"), "{dsn}");
    assert!(!dsn.contains("secret"), "{dsn}");
}

#[test]
fn dsn_error_names_the_invalid_part() {
    for (text, message) in [
        ("", "missing https:// or http:// at the start"),
        ("sentry.io/1", "missing https:// or http:// at the start"),
        (
            "ftp://key@sentry.io/1",
            "missing https:// or http:// at the start",
        ),
        ("https://sentry.io/1", "missing public key before the host"),
        ("https://@sentry.io/1", "missing public key before the host"),
        (
            "https://:secret@sentry.io/1",
            "missing public key before the host",
        ),
        ("https://key@/1", "missing host after the public key"),
        ("https://key@:80/1", "missing host after the public key"),
        ("https://key@sentry.io", "missing project ID after the host"),
        (
            "https://key@sentry.io//",
            "missing project ID after the host",
        ),
        (
            "https://key@sentry.io?1",
            "missing project ID after the host",
        ),
        (
            "https://k y@sentry.io/1",
            "invalid character ' ' in the public key",
        ),
        (
            "https://key@me@sentry.io/1",
            "invalid character '@' in the public key",
        ),
        (
            "https://key:a:b@sentry.io/1",
            "invalid character ':' in the secret key",
        ),
        (
            "https://key@sentry\n.io/1",
            "invalid character '\\n' in the host",
        ),
        (
            "https://key@почта.рф/1",
            "invalid character 'п' in the host",
        ),
        (
            "https://key@sentry.io/\u{e9}",
            "invalid character 'é' in the path",
        ),
        (
            "https://key@1.2.3/1",
            "invalid IPv4 address: expected four decimal numbers",
        ),
        (
            "https://key@sentry.0x1f./1",
            "invalid IPv4 address: expected four decimal numbers",
        ),
        (
            "https://key@1.2.3.256/1",
            "invalid IPv4 address: expected four decimal numbers",
        ),
        ("https://key@[::g]/1", "invalid IPv6 address in brackets"),
        ("https://key@[::1/1", "invalid IPv6 address in brackets"),
        (
            "https://key@sentry.io:/1",
            "invalid port: expected a number from 0 to 65535",
        ),
        (
            "https://key@sentry.io:+80/1",
            "invalid port: expected a number from 0 to 65535",
        ),
        (
            "https://key@sentry.io:65536/1",
            "invalid port: expected a number from 0 to 65535",
        ),
        (
            "https://key@[::1]80/1",
            "invalid port: expected a number from 0 to 65535",
        ),
        (
            "https://key@sentry.io/a/../1",
            "path must not contain the segments . or ..",
        ),
        (
            "https://key@sentry.io/%2E",
            "path must not contain the segments . or ..",
        ),
    ] {
        let error = text.parse::<Dsn>().expect_err(text);
        assert_eq!(error.to_string(), message, "{text:?}");
    }
}

/// Generates texts that resemble DSNs, valid and invalid.
fn dsn_like() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![
        8 => Just("https://".to_owned()),
        4 => Just("http://".to_owned()),
        1 => "[a-zA-Z]{0,5}:?/{0,3}",
    ];
    let keys = prop_oneof![
        6 => "[0-9a-f]{32}@",
        4 => "[a-zA-Z0-9._~%-]{1,8}(:[a-zA-Z0-9._~%-]{0,8})?@",
        1 => "[ -~\t\u{e9}]{0,6}(:[ -~]{0,4})?@?",
    ];
    let host = prop_oneof![
        3 => "o[0-9]{1,22}\\.ingest(\\.(us|de))?\\.sentry\\.io",
        3 => "[a-zA-Z0-9_.-]{1,16}",
        2 => "[0-9]{1,3}(\\.[0-9]{1,3}){0,4}\\.?",
        1 => "(0x[0-9a-fA-F]{0,3}|[0-9a-z]{1,3})(\\.(0x[0-9a-fA-F]{0,3}|[0-7]{1,3})){0,3}",
        2 => any::<u128>().prop_map(|bits| format!("[{}]", Ipv6Addr::from(bits))),
        1 => "\\[[0-9a-fA-F:.]{1,20}\\]?",
        1 => "[ -~\u{e9}]{0,10}",
    ];
    let port = prop_oneof![
        4 => Just(String::new()),
        3 => "(:[0-9]{1,5})",
        1 => "(:0{0,9}(80|443))",
        1 => "(:[ -~]{0,3})",
    ];
    let path = prop_oneof![
        5 => "/[0-9]{1,8}/?",
        3 => "(/[a-zA-Z0-9._~%!$&'()*+,;=:@-]{0,5}){0,4}/{0,2}",
        1 => "(/(\\.|%2[eE]|a){0,3}){0,3}",
        1 => "[/\\\\ -~\t]{0,10}",
    ];
    let end = prop_oneof![6 => Just(String::new()), 1 => "[?#][ -~]{0,5}"];
    (scheme, keys, host, port, path, end)
        .prop_map(|(a, b, c, d, e, f)| format!("{a}{b}{c}{d}{e}{f}"))
        // Unlike Sentry's parser, ours does not validate the ASCII form of internationalized names.
        .prop_filter("IDN", |text| !text.to_ascii_lowercase().contains("xn--"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Every accepted text is also accepted by Sentry's parser, with the same key and organization.
    #[test]
    fn dsn_agrees_with_the_parser_of_sentry(text in dsn_like()) {
        if let Ok(dsn) = text.parse::<Dsn>() {
            assert_agrees(&dsn, &text);
        }
    }

    /// DSNs in the documented form are accepted by both parsers.
    #[test]
    fn dsn_accepts_every_documented_form(
        scheme in "https?",
        public_key in "[0-9a-f]{32}",
        secret_key in "(:[0-9a-f]{32})?",
        host in "(o[0-9]{1,19}\\.ingest(\\.(us|de))?\\.sentry\\.io|[a-z]{1,9}(-[a-z0-9]{1,9})?(\\.[a-z]{1,9}){0,3})",
        port: Option<u16>,
        path in "(/[a-z]{1,9}){0,2}",
        project_id: u64,
    ) {
        let port = port.map_or(String::new(), |port| format!(":{port}"));
        let text = format!("{scheme}://{public_key}{secret_key}@{host}{port}{path}/{project_id}");
        let dsn = parse(&text);
        prop_assert_eq!(dsn.public_key(), public_key);
        assert_agrees(&dsn, &text);
    }
}
