//! The Rust code of every Markdown file. `cargo test` compiles it, and runs it unless it is marked
//! `no_run`.
#![doc(test(attr(deny(warnings))))]
#![cfg(doctest)]

macro_rules! files {
    ($($name:ident = $text:expr;)*) => {
        $(
            #[doc = $text]
            mod $name {}
        )*
    };
}

files! {
    readme = include_str!("../../../README.md");
    autoprop = include_str!("../../../crates/opentelemetry-autoprop/README.md");
    kontur = include_str!("../../../crates/opentelemetry-propagator-kontur/README.md");
    sentry = include_str!("../../../crates/opentelemetry-propagator-sentry/README.md");
    vostok = include_str!("../../../crates/opentelemetry-propagator-vostok/README.md");
    w3c = include_str!("../../../crates/opentelemetry-propagator-w3c/README.md");
    zipkin = include_str!("../../../crates/opentelemetry-propagator-zipkin/README.md");
    xray = include_str!("../../../crates/opentelemetry-propagator-xray/README.md");
    jaeger = include_str!("../../../crates/opentelemetry-propagator-jaeger/README.md");
    ottrace = include_str!("../../../crates/opentelemetry-propagator-ottrace/README.md");
    carriers = include_str!("../../../crates/opentelemetry-carriers/README.md");
    core = include_str!("../../../crates/opentelemetry-propagator-core/README.md");
    guide_existing_sdk = include_str!("../../../docs/guides/existing-sdk.md");
    guide_axum_reqwest = include_str!("../../../docs/guides/axum-reqwest.md");
    guide_browser = include_str!("../../../docs/guides/browser.md");
    guide_actix_web = include_str!("../../../docs/guides/actix-web.md");
    guide_tonic = include_str!("../../../docs/guides/tonic.md");
    guide_mcp = include_str!("../../../docs/guides/mcp.md");
    guide_lambda = include_str!("../../../docs/guides/lambda.md");
    guide_messages = include_str!("../../../docs/guides/messages.md");
    guide_sentry = include_str!("../../../docs/guides/sentry.md");
    guide_migration = include_str!("../../../docs/guides/migration.md");
    guide_vostok = include_str!("../../../docs/guides/vostok.md");
    guide_trust = include_str!("../../../docs/guides/trust.md");
}
