//! Formats that code adds to the list of the operator.

use std::collections::HashMap;

use opentelemetry_autoprop::{builder, Builder, Propagator};
use opentelemetry_propagator_sentry::SentryPropagator;

fn with(builder: Builder, variables: &[(&str, &str)]) -> Propagator {
    let variables: HashMap<String, String> = variables
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    builder
        .lookup(move |variable| variables.get(variable).cloned())
        .from_env()
}

fn show(propagator: &Propagator) -> String {
    format!("{propagator:?}")
}

const LIST: &str = "OTEL_PROPAGATORS";
const EXTRACT: &str = "OTEL_RUST_PROPAGATORS_EXTRACT";
const INJECT: &str = "OTEL_RUST_PROPAGATORS_INJECT";

#[test]
fn append_adds_to_the_end_of_any_list() {
    for (variables, expected) in [
        (&[][..], "Propagator(tracecontext, baggage, sentry)"),
        (
            &[(LIST, "tracecontext,kontur,vostok")],
            "Propagator(tracecontext, kontur, vostok, sentry)",
        ),
        (
            &[(LIST, "sentry,tracecontext")],
            "Propagator(sentry, tracecontext)",
        ),
        (&[(LIST, " Sentry ")], "Propagator(sentry)"),
        (&[(LIST, "none")], "Propagator(none)"),
        (&[(LIST, "tracecontext,none")], "Propagator(none)"),
        (
            &[(LIST, "knotur,whatever")],
            "Propagator(tracecontext, baggage, sentry)",
        ),
        (
            &[(EXTRACT, "kontur"), (INJECT, "tracecontext")],
            "Propagator { extract: [kontur, sentry], inject: [tracecontext, sentry] }",
        ),
        (
            &[(LIST, "kontur"), (INJECT, "none")],
            "Propagator { extract: [kontur, sentry], inject: [] }",
        ),
    ] {
        let appended = with(builder().append("Sentry"), variables);
        assert_eq!(show(&appended), expected, "{variables:?}");
        let appended = with(builder().append_format(SentryPropagator::new()), variables);
        assert_eq!(show(&appended), expected, "{variables:?}");
    }
}

#[test]
fn append_respects_a_single_direction() {
    let limited = || builder().append("sentry").extract_only(["sentry"]);
    assert_eq!(
        show(&with(limited(), &[(LIST, "kontur")])),
        "Propagator { extract: [kontur, sentry], inject: [kontur] }"
    );
    assert_eq!(
        show(&with(limited(), &[(EXTRACT, "vostok"), (INJECT, "kontur")])),
        "Propagator { extract: [vostok, sentry], inject: [kontur] }"
    );
}

#[test]
fn append_applies_to_a_list_and_to_the_default() {
    let appended = builder().append("kontur").append("vostok").append("kontur");
    assert_eq!(
        show(&appended.from_list("sentry").unwrap()),
        "Propagator(sentry, kontur, vostok)"
    );
    let appended = builder().append("kontur").default_list("sentry");
    assert_eq!(show(&with(appended, &[])), "Propagator(sentry, kontur)");
    let appended = builder().append("kontur").default_list("none");
    assert_eq!(show(&with(appended, &[])), "Propagator(none)");
}

#[test]
fn append_of_an_unknown_name_is_an_error() {
    let error = builder()
        .append("sentri")
        .from_list("kontur")
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(
            "builder().append(…): unknown propagator \"sentri\"; did you mean \"sentry\"?"
        ),
        "{error}"
    );
}

#[test]
fn configuration_file_names_the_propagators() {
    let none: [&str; 0] = [];
    for (composite, list, expected) in [
        (&none[..], None, "Propagator(none)"),
        (
            &none[..],
            Some("tracecontext,b3"),
            "Propagator(tracecontext, b3)",
        ),
        (
            &["kontur", "tracecontext"],
            None,
            "Propagator(kontur, tracecontext)",
        ),
        (
            &["tracecontext", "b3"],
            Some("baggage,b3,tracecontext,sentry"),
            "Propagator(tracecontext, b3, baggage, sentry)",
        ),
        (&["none"], Some("b3"), "Propagator(none)"),
    ] {
        let configured = builder()
            .lookup(|variable| {
                assert!(!variable.starts_with("OTEL_"), "{variable} is read");
                None
            })
            .from_config(composite.iter().copied(), list);
        assert_eq!(
            show(&configured.unwrap()),
            expected,
            "{composite:?} {list:?}"
        );
    }
    let error = builder().from_config(["tracecontxt"], None).unwrap_err();
    assert!(error.unknown_names().eq(["tracecontxt"]));
}

#[test]
fn config_file_is_mentioned_with_the_variables() {
    for variable in ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"] {
        let lookup = move |name: &str| match name {
            name if name == variable => Some("/etc/otel.yaml".to_owned()),
            LIST => Some("kontur".to_owned()),
            _ => None,
        };
        assert_eq!(
            show(&builder().lookup(lookup).from_env()),
            "Propagator(kontur)"
        );
        let error = builder()
            .lookup(lookup)
            .try_from_env()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(variable) && error.contains("builder().from_config(…)"),
            "{error}"
        );
    }
}
