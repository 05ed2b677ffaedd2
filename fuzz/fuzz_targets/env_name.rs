//! The names of environment variables for propagation keys.
//!
//! - `env_name` follows the rule of OpenTelemetry's specification, and maps a name to itself.
//! - `EnvExtractor` finds a variable under its normalized name, and under no other.
#![cfg_attr(not(test), no_main)]

use opentelemetry::propagation::Extractor;
use opentelemetry_carriers::{env_name, EnvExtractor};

propagator_fuzz::value! {
    words: ["traceparent", "x-kontur-trace-id", "9", "_", "-", "ы", "A", "\0", "="];
    fn check(key: &str) {
        let name = env_name(key);
        let mut expected = String::new();
        if key.chars().next().is_none_or(|c| c.is_ascii_digit()) {
            expected.push('_');
        }
        expected.extend(key.chars().map(|c| match c.to_ascii_uppercase() {
            c @ ('A'..='Z' | '0'..='9') => c,
            _ => '_',
        }));
        assert_eq!(name, expected);
        assert_eq!(env_name(&name), name);

        // A variable is found only under its normalized name.
        let env = EnvExtractor::from_iter([(name.as_str(), "value")]);
        assert_eq!(env.get(key), Some("value"));
        let env = EnvExtractor::from_iter([(key, "value")]);
        assert_eq!(env.get(key).is_some(), key == name);
    }
}
